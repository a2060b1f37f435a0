"""Choose what of a series a page can carry, and read just that: a few epochs of some nodes."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.time.snap import match_epochs

__all__ = ["choose_epochs", "label_epochs", "node_stride", "pair_epochs", "read_epochs"]

#: Epochs beyond which a slider is of little use.
MAX_EPOCHS = 124
#: Nodes of a field beyond which every second one, third one ... is shown.
MAX_NODES = 1_100_000
#: Epochs that are read at once.
_AT_ONCE = 8


def choose_epochs(count: int, limit: int) -> NDArray[np.intp]:
    """Choose epochs evenly, the first and the last among them.

    Parameters
    ----------
    count, limit : int
        How many there are, and how many may be shown.

    Returns
    -------
    ndarray of int
        Places in the series.

    Examples
    --------
    >>> choose_epochs(9, 3).tolist(), choose_epochs(2, 3).tolist()
    ([0, 4, 8], [0, 1])
    """
    places = np.linspace(0, count - 1, max(1, min(count, limit)))
    return np.rint(places).astype(np.intp)


def node_stride(rows: int, columns: int, most: int = MAX_NODES) -> int:
    """Say that every how many rows and columns a page shows.

    Parameters
    ----------
    rows, columns : int
        Of the grid.
    most : int, optional
        Nodes that may be shown.

    Returns
    -------
    int
        1 where all nodes are shown.

    Examples
    --------
    >>> node_stride(180, 360), node_stride(1801, 3600)
    (1, 3)
    """
    return int(np.ceil(np.sqrt(rows * columns / most)))


def label_epochs(times: NDArray) -> list[str]:
    """Write the dates of epochs.

    Parameters
    ----------
    times : ndarray of datetime64
        NaT where a date is not known.

    Returns
    -------
    list of str

    Examples
    --------
    >>> label_epochs(np.array(["2022-07-01T06", "NaT"], "datetime64[ns]"))
    ['2022-07-01 06:00 UTC', 'epoch 2, without date']
    """
    texts = np.datetime_as_string(times.astype("datetime64[m]"), unit="m")
    return [
        f"epoch {k + 1}, without date" if text == "NaT" else f"{text.replace('T', ' ')} UTC"
        for k, text in enumerate(texts)
    ]


def pair_epochs(own: NDArray, other: NDArray) -> NDArray[np.intp]:
    """Find the epoch of another series for each of ours.

    Parameters
    ----------
    own, other : ndarray of datetime64
        Series without dates that are as long are the same in order.

    Returns
    -------
    ndarray of int
        Place in the other series; -1 where it has none.

    Examples
    --------
    >>> hours = np.array(["2022-07-01T00", "2022-07-01T06"], "datetime64[ns]")
    >>> pair_epochs(hours, hours[1:]).tolist()
    [-1, 0]
    """
    if own.size == other.size and (np.isnat(own).all() or np.isnat(other).all()):
        return np.arange(own.size)
    places = np.full(own.size, -1, np.intp)
    here, there = match_epochs(own, other)
    places[here] = there
    return places


def read_epochs(field: xr.DataArray, places: NDArray[np.intp], stride: int) -> NDArray[np.float32]:
    """Read some epochs of a field, a few at a time.

    Parameters
    ----------
    field : DataArray
        On (time, lat, lon), lazy or not, in any unit.
    places : ndarray of int
        Epochs; -1 for one that the field lacks.
    stride : int
        Every how many rows and columns are kept.

    Returns
    -------
    ndarray of float32, shape (len(places), lat, lon)
        NaN where there is nothing.

    Examples
    --------
    >>> field = xr.DataArray(np.ones((2, 2, 2)), dims=("time", "lat", "lon"))
    >>> read_epochs(field, np.array([1, -1]), 2).tolist()
    [[[1.0]], [[nan]]]
    """
    part = field[:, ::stride, ::stride]
    out = np.full((places.size, *part.shape[1:]), np.nan, np.float32)
    known = np.flatnonzero(places >= 0)
    for start in range(0, known.size, _AT_ONCE):
        chosen = known[start : start + _AT_ONCE]
        out[chosen] = part.isel(time=places[chosen]).to_numpy()
    return out
