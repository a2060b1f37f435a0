"""Where exported patches go: a Zarr store, or a folder of NumPy files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tropdsx.workflows.patches.validity import valid_cells

__all__ = ["NpySink", "Sink", "ZarrSink"]


class Sink(Protocol):
    """What takes patches."""

    def add(self, number: int, values: NDArray, row: Mapping[str, Any]) -> dict[str, str]:
        """Take a patch, and give the columns of the index that say where it is."""

    def close(self, attrs: Mapping[str, Any]) -> None:
        """End with what is told of all patches."""


class NpySink:
    """A folder with ``y_npy/00000000.npy``: float32, (C, size, size), missing values filled.

    ``valid_npy`` beside it says which cells hold a value, since the filling may be a value too.

    Parameters
    ----------
    folder : Path
        To be made.
    fill : float
        Stands for missing values.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sink = NpySink(Path(folder) / "out", fill=0.0)
    ...     sink.add(0, np.array([[[np.nan, 1.0]]]), {})["path"]
    'y_npy/00000000.npy'
    """

    def __init__(self, folder: Path, *, fill: float) -> None:
        self.folder, self.fill = folder, np.float32(fill)
        for name in ("y_npy", "valid_npy"):
            (folder / name).mkdir(parents=True)

    def add(self, number: int, values: NDArray, row: Mapping[str, Any]) -> dict[str, str]:
        """Write a patch.

        Parameters
        ----------
        number : int
            Of the patch, from 0.
        values : ndarray, shape (C, size, size)
            NaN where nothing is known.
        row : mapping
            Of the index.

        Returns
        -------
        dict
            Where the files lie in the folder.
        """
        valid = valid_cells(values)
        paths = {"path": f"y_npy/{number:08d}.npy", "valid_path": f"valid_npy/{number:08d}.npy"}
        np.save(self.folder / paths["path"], np.where(valid, values, self.fill).astype(np.float32))
        np.save(self.folder / paths["valid_path"], valid)
        return paths

    def close(self, attrs: Mapping[str, Any]) -> None:
        """Write what is told of all patches.

        Parameters
        ----------
        attrs : mapping
            Plain values.
        """
        text = json.dumps(dict(attrs) | {"fill": float(self.fill)}, indent=1)
        (self.folder / "patches.json").write_text(text + "\n", encoding="utf-8")


class ZarrSink:
    """A Zarr store: patches bit for bit as stored, each a chunk, with place, time and split.

    Parameters
    ----------
    path : Path
        To be made.
    name : str
        Name of the variable.
    values : ndarray, shape (most, C, size, size)
        Of the type and shape of all patches that there can be; its values are not read.
    splits : sequence of str
        Names of the splits, whose numbers are stored.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     like = np.broadcast_to(np.float32(0), (5, 1, 2, 2))
    ...     sink = ZarrSink(Path(folder) / "out.zarr", "so", like, splits=["train"])
    ...     sink.add(0, like[0], {"y0": 0, "x0": 4, "split": "train"})["path"]
    'so[0]'
    """

    def __init__(self, path: Path, name: str, values: NDArray, *, splits: Sequence[str]) -> None:
        import zarr

        # Format 2: NetCDF and GDAL read it too.
        self._group = zarr.open_group(path, mode="w-", zarr_format=2)
        self._name, self._splits, self._count = name, list(splits), 0
        self._patches = self._group.create_array(
            name,
            shape=values.shape,
            dtype=values.dtype,
            chunks=(1, *values.shape[1:]),
            fill_value=np.nan if values.dtype.kind == "f" else None,
        )
        self._columns = {
            key: np.full(len(values), empty, dtype=kind)
            for key, (kind, empty) in (_PLACE | {"split": ("i1", 0)}).items()
        }

    def add(self, number: int, values: NDArray, row: Mapping[str, Any]) -> dict[str, str]:
        """Write a patch.

        Parameters
        ----------
        number : int
            Of the patch, from 0.
        values : ndarray, shape (C, size, size)
            NaN where nothing is known.
        row : mapping
            Of the index.

        Returns
        -------
        dict
            Where the patch lies in the store.
        """
        self._patches[number] = values
        for key, column in self._columns.items():
            value = self._splits.index(row["split"]) if key == "split" else row.get(key)
            if key == "time":
                value = _microseconds(value)
            if value is not None:
                column[number] = value
        self._count = number + 1
        return {"path": f"{self._name}[{number}]"}

    def close(self, attrs: Mapping[str, Any]) -> None:
        """Cut the arrays to what came, and write what is told of all patches.

        Parameters
        ----------
        attrs : mapping
            Plain values.
        """
        import zarr

        self._patches.resize((self._count, *self._patches.shape[1:]))
        dims = {"_ARRAY_DIMENSIONS": ["patch", "level", "y", "x"]}
        self._patches.attrs.update(dims | {"units": attrs["units"]})
        for key, column in self._columns.items():
            if key == "time" and (column[: self._count] == _NO_TIME).all():
                continue
            array = self._group.create_array(
                key,
                data=column[: self._count],
                chunks=(max(self._count, 1),),
                fill_value=_NO_TIME if key == "time" else None,
            )
            array.attrs.update({"_ARRAY_DIMENSIONS": ["patch"]} | _ABOUT.get(key, {}))
        flags = np.arange(len(self._splits)).tolist()
        about: Any = {"flag_values": flags, "flag_meanings": " ".join(self._splits)}
        self._group["split"].attrs.update(about)
        if attrs["selected_depth_values"]:
            levels = self._group.create_array(
                "level", data=np.array(attrs["selected_depth_values"])
            )
            levels.attrs["_ARRAY_DIMENSIONS"] = ["level"]
        self._group.attrs["tropdsx_patches"] = json.dumps(dict(attrs))
        zarr.consolidate_metadata(self._group.store)


_NO_TIME = np.iinfo(np.int64).min
_PLACE: dict[str, tuple[str, Any]] = {
    **dict.fromkeys(("y0", "x0"), ("i4", 0)),
    **dict.fromkeys(("lat0", "lat1", "lon0", "lon1"), ("f8", np.nan)),
    "time": ("i8", _NO_TIME),
}
_ABOUT: dict[str, dict[str, Any]] = {
    "time": {"units": "microseconds since 1970-01-01", "calendar": "proleptic_gregorian"},
    **{key: {"units": "degrees_north"} for key in ("lat0", "lat1")},
    **{key: {"units": "degrees_east"} for key in ("lon0", "lon1")},
}


def _microseconds(time: Any) -> int | None:
    if not isinstance(time, np.datetime64) or np.isnat(time):
        return None
    return int(time.astype("datetime64[us]").astype(np.int64))
