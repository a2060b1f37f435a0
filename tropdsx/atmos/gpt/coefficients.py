"""Reading the coefficient grids of GPT2, GPT2w and GPT3."""

from __future__ import annotations

import gzip
import lzma
import os
import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from tropdsx.atmos.arrays import FloatArray
from tropdsx.errors import AssetError, GridError

GptModel: TypeAlias = Literal["gpt2", "gpt2w", "gpt3"]
GridLike: TypeAlias = "GptGrid | str | os.PathLike[str]"

_MODEL_OF_COLUMNS: dict[int, GptModel] = {34: "gpt2", 44: "gpt2w", 64: "gpt3"}
_STEP_OF_ROWS = {2592: 5.0, 64800: 1.0}

# Seasonal quantities in file order; each is five columns a0, A1, B1, A2, B2, and the number is
# the factor from file units to pressure [Pa], temperature [K], humidity [1], gradient [K/m], ...
_BEFORE_HEIGHTS = {"pressure": 1.0, "temperature": 1.0, "humidity": 1e-3, "lapse_rate": 1e-3}
_AFTER_HEIGHTS = {
    "ah": 1e-3,
    "aw": 1e-3,
    "water_vapour_decrease_factor": 1.0,
    "mean_temperature": 1.0,
    "gradient_north_hydrostatic": 1e-5,
    "gradient_east_hydrostatic": 1e-5,
    "gradient_north_wet": 1e-5,
    "gradient_east_wet": 1e-5,
}


@dataclass(frozen=True, eq=False)
class GptGrid:
    """A coefficient grid in SI units, laid out for evaluation; make it with `read_gpt_grid`.

    Row `i * columns + j` is the cell i from the north, j from 0 E. Two more rows at the end are
    the mean of the northernmost and southernmost circle: the poles of `polar="continuous"`.

    Attributes
    ----------
    model : {"gpt2", "gpt2w", "gpt3"}
        Which model the columns belong to.
    step : float
        Cell size [deg].
    names : tuple of str
        Quantities, in the order of `seasonal`.
    seasonal : ndarray, shape (cells + 2, quantities, 5)
        a0, A1, B1, A2, B2 of every quantity [SI]. The geoid undulation and the height of the cell
        above the geoid have a0 only: beside the others they come with the same memory access.

    Examples
    --------
    >>> uniform = GptGrid("gpt3", 5.0, ("geoid_undulation",), np.ones((2592 + 2, 1, 5)))
    >>> uniform.seasonal.shape[0] == round(180 / uniform.step) * round(360 / uniform.step) + 2
    True
    """

    model: GptModel
    step: float
    names: tuple[str, ...]
    seasonal: FloatArray


def read_gpt_grid(path: str | os.PathLike[str]) -> GptGrid:
    """Read a GPT2, GPT2w or GPT3 coefficient grid as published by TU Wien.

    The number of columns tells the model (34, 44, 64) and the number of rows the step (2592 rows
    are 5 deg, 64800 are 1 deg). Reading the same unchanged file again costs nothing.

    Parameters
    ----------
    path : path-like
        Text file with `%` comments (`gpt2_5.grd`, `gpt2_5w.grd`, `gpt2_1wA.grd`, `gpt3_5.grd`,
        `gpt3_1.grd`), plain or compressed (`.xz`, `.gz`).

    Returns
    -------
    GptGrid
        The grid, scaled once.

    Raises
    ------
    AssetError
        If there is no such file.
    GridError
        If the file is no table of numbers, or its shape is that of no GPT grid.

    Notes
    -----
    Lagler et al. (2013), doi:10.1002/grl.50288; Boehm et al. (2015), doi:10.1007/s10291-014-0403-7;
    Landskron and Boehm (2018), doi:10.1007/s00190-017-1066-2.

    Examples
    --------
    >>> grid = read_gpt_grid("gpt3_5.grd.xz")  # doctest: +SKIP
    >>> grid.model, grid.step  # doctest: +SKIP
    ('gpt3', 5.0)
    """
    file = Path(path)
    if not file.is_file():
        msg = (
            f"GPT grid {str(file)!r} not found; accepted is the path of a coefficient grid. Fetch "
            "one with `tropdsx assets fetch gpt3_5`, or download it from "
            "https://vmf.geo.tuwien.ac.at/codes/ and pass grid=path."
        )
        raise AssetError(msg)
    return _read_cached(file.resolve(), file.stat().st_mtime_ns)


def as_gpt_grid(grid: GridLike, accepted: GptModel) -> GptGrid:
    """Read the grid if a path is given, and refuse that of another model.

    Parameters
    ----------
    grid : GptGrid or path-like
        A grid, or the path of its file.
    accepted : {"gpt2", "gpt2w", "gpt3"}
        The model that the grid must belong to.

    Returns
    -------
    GptGrid
        The grid.

    Raises
    ------
    GridError
        If the grid belongs to another model, or its file is damaged.
    AssetError
        If there is no such file.

    Examples
    --------
    >>> grid = GptGrid("gpt2w", 5.0, (), np.empty((2594, 0, 5)))
    >>> as_gpt_grid(grid, "gpt3")
    Traceback (most recent call last):
    tropdsx.errors.GridError: a gpt2w grid (44 columns) found; gpt3() accepts grids of 64 columns...
    """
    found = grid if isinstance(grid, GptGrid) else read_gpt_grid(grid)
    if found.model != accepted:
        columns = {model: n for n, model in _MODEL_OF_COLUMNS.items()}
        msg = (
            f"a {found.model} grid ({columns[found.model]} columns) found; {accepted}() accepts "
            f"grids of {columns[accepted]} columns. Call {found.model}() or give a {accepted} grid."
        )
        raise GridError(msg)
    return found


@lru_cache(maxsize=4)
def _read_cached(path: Path, _mtime_ns: int) -> GptGrid:
    # The modification time is part of the key, so an exchanged file is read anew.
    return _scale(_read_table(path))


def _read_text(path: Path) -> str:
    content = path.read_bytes()
    if path.suffix == ".xz":
        content = lzma.decompress(content)
    elif path.suffix == ".gz":
        content = gzip.decompress(content)
    return content.decode("latin-1")


def _read_table(path: Path) -> FloatArray:
    lines = [line for line in _read_text(path).splitlines() if line.strip()]
    rows = [line for line in lines if not line.lstrip().startswith("%")]
    columns = len(rows[0].split()) if rows else 0
    # fromstring reads the whole table five times faster than loadtxt; it reports bad text by a
    # warning only.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            values = np.fromstring(" ".join(rows), dtype=np.float64, sep=" ")
        except (DeprecationWarning, ValueError):
            msg = (
                f"text that is no number found in {str(path)!r}; accepted are whitespace-separated "
                "numbers and % comments. Download the grid again."
            )
            raise GridError(msg) from None
    if columns not in _MODEL_OF_COLUMNS or values.size != columns * len(rows):
        msg = (
            f"{len(rows)} rows beginning with {columns} columns ({values.size} numbers) found in "
            f"{str(path)!r}; accepted are tables of 34 (GPT2), 44 (GPT2w) or 64 (GPT3) columns. "
            "Check that this is a GPT coefficient grid and that the download is complete."
        )
        raise GridError(msg)
    return values.reshape(-1, columns)


def _scale(table: FloatArray) -> GptGrid:
    rows, columns = table.shape
    model = _MODEL_OF_COLUMNS[columns]
    if rows not in _STEP_OF_ROWS:
        msg = (
            f"{rows} rows found in a {model} grid; accepted are 2592 (5 deg) or 64800 (1 deg). "
            "Check that the download is complete."
        )
        raise GridError(msg)
    step = _STEP_OF_ROWS[rows]
    _check_order(table, step)
    after = dict(list(_AFTER_HEIGHTS.items())[: (columns - 24) // 5])
    scale = np.array([*_BEFORE_HEIGHTS.values(), *after.values()])
    coefficients = np.concatenate([table[:, 2:22], table[:, 24:]], axis=1)
    heights = np.zeros((rows, 2, 5))
    heights[:, :, 0] = table[:, 22:24]
    seasonal = coefficients.reshape(rows, -1, 5) * scale[:, np.newaxis]
    seasonal = np.concatenate([seasonal, heights], axis=1)
    names = (*_BEFORE_HEIGHTS, *after, "geoid_undulation", "cell_height")
    return GptGrid(model, step, names, _add_poles(seasonal, step))


def _check_order(table: FloatArray, step: float) -> None:
    lat = np.repeat(np.arange(90 - step / 2, -90, -step), round(360 / step))
    lon = np.tile(np.arange(step / 2, 360, step), round(180 / step))
    if not (np.allclose(table[:, 0], lat) and np.allclose(table[:, 1] % 360, lon)):
        msg = (
            f"rows found from ({table[0, 0]:g}, {table[0, 1]:g}) to ({table[-1, 0]:g}, "
            f"{table[-1, 1]:g}); accepted are cells from ({90 - step / 2:g}, {step / 2:g}), "
            "longitude fastest, southwards. Use the file as published by TU Wien."
        )
        raise GridError(msg)


def _add_poles(values: FloatArray, step: float) -> FloatArray:
    circle = round(360 / step)
    poles = np.stack([values[:circle].mean(axis=0), values[-circle:].mean(axis=0)])
    extended = np.concatenate([values, poles])
    extended.flags.writeable = False
    return extended
