"""The index of patches: a row for each, as CSV and, where pyarrow is there, as Parquet."""

from __future__ import annotations

import csv
import importlib.util
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tropdsx.errors import InputError
from tropdsx.system.staging import stage

__all__ = ["NPY_INDEX", "SEED_COLUMNS", "IndexWriter", "index_of", "read_index", "write_parquet"]

NPY_INDEX = "patch_index_with_paths.csv"
"""Index in a folder of NumPy files."""

SEED_COLUMNS = (
    "source_file", "y0", "x0", "edge_size", "lat0", "lat1", "lon0", "lon1", "nodata_fraction",
    "valid_fraction", "variable", "bands", "selected_depth_indices", "selected_depth_values",
    "path", "split",
)  # fmt: skip
"""Columns that programs of this layout look for; those of tropdsx alone follow."""

OWN_COLUMNS = ("valid_path", "patch", "time", "time_index", "lat", "lon")


def index_of(path: Path) -> Path:
    """Say where the index of exported patches lies.

    Parameters
    ----------
    path : Path
        Store (``.zarr``) or folder.

    Returns
    -------
    Path
        Beside a store, in a folder.

    Examples
    --------
    >>> index_of(Path("out.zarr")).name, index_of(Path("out")).name
    ('out.index.csv', 'patch_index_with_paths.csv')
    """
    return path.with_suffix(".index.csv") if path.suffix == ".zarr" else path / NPY_INDEX


class IndexWriter:
    """Write rows as they come, so that the index is never in memory.

    Parameters
    ----------
    path : Path
        CSV file to be written.
    extra : iterable of str
        Columns after those that all have.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with IndexWriter(Path(folder) / "index.csv") as index:
    ...         index.add({"y0": 3, "split": "train"})
    ...     row = read_index(Path(folder) / "index.csv")[0]
    >>> row["y0"], row["split"]
    ('3', 'train')
    """

    def __init__(self, path: Path, extra: Iterable[str] = ()) -> None:
        self._file = path.open("w", newline="", encoding="utf-8")
        columns = (*SEED_COLUMNS, *OWN_COLUMNS, *extra)
        self._writer = csv.DictWriter(self._file, columns, lineterminator="\n")
        self._writer.writeheader()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, row: Mapping[str, Any]) -> None:
        """Write a row.

        Parameters
        ----------
        row : mapping
            By column; lists are written as JSON, what is missing or None as nothing.
        """
        self._writer.writerow({name: _as_text(value) for name, value in row.items()})


def _as_text(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list) else value


def read_index(path: Path) -> list[dict[str, str]]:
    """Read an index.

    Parameters
    ----------
    path : Path
        CSV file.

    Returns
    -------
    list of dict
        Text by column.

    Raises
    ------
    InputError
        If it is not there, or lacks a column.
    """
    if not path.is_file():
        msg = f"no index {path}; it lies where the patches were exported, keep them together"
        raise InputError(msg)
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = {"split", "y0", "x0", "time", "patch"} - set(reader.fieldnames or ())
        if missing:
            msg = f"{path} has no column {', '.join(sorted(missing))}; export the patches again"
            raise InputError(msg)
        return list(reader)


def write_parquet(csv_path: Path) -> Path | None:
    """Write an index as Parquet too, where pyarrow is there; an older one goes in any case.

    Parameters
    ----------
    csv_path : Path
        The index; the other file has its name and the ending ``.parquet``.

    Returns
    -------
    Path or None
        What was written.
    """
    path = csv_path.with_suffix(".parquet")
    path.unlink(missing_ok=True)
    if importlib.util.find_spec("pyarrow") is None:
        return None
    from pyarrow import csv as arrow_csv
    from pyarrow import parquet

    with stage(path, overwrite=True) as partial:
        parquet.write_table(arrow_csv.read_csv(csv_path), partial)
    return path
