"""Which VMF text the programs of the trade can read: their limits, and a check for each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx.errors import OutputError, did_you_mean, warn

__all__ = ["CONSUMERS", "Consumer", "check_consumer"]


class Consumer(NamedTuple):
    """What a program reads.

    Attributes
    ----------
    products : tuple of str
        Which products.
    grids : tuple of str
        Which global grids, by their step; empty for any.
    lift : str
        How it moves delays to the height of a station; empty where it does not.
    limit : str
        What else there is to know.
    """

    products: tuple[str, ...]
    grids: tuple[str, ...]
    lift: str
    limit: str


CONSUMERS = {
    "PRIDE": Consumer(
        ("VMF3", "VMF1"),
        ("1x1", "2x2.5"),
        "Kouba, linearised",
        "nodes 89.5 ... -89.5, 0.5 ... 359.5 by row number (VMF1: 90 ... -90, 0 ... 357.5), "
        "orography_ell_1x1 or orography_ell beside it, the day's epochs and the next 0 h joined",
    ),
    "Ginan": Consumer(
        ("VMF3",),
        ("1x1", "5x5"),
        "Kouba",
        "as many rows as the orography file has, in its order",
    ),
    "raPPPid": Consumer(
        ("VMF3", "VMF1", "V3GR"),
        ("1x1", "5x5", "2x2.5"),
        "Kouba",
        "rows by number, with the orography of its own folder",
    ),
    "GROOPS": Consumer(
        ("VMF3", "VMF1", "V3GR"),
        (),
        "isothermal",
        "is converted to its own grid format first, with the orography",
    ),
    "Orekit": Consumer(
        ("VMF3", "VMF1"),
        (),
        "",
        "the name ends in .Hhh; range and step come from the header",
    ),
}
"""Programs by name. What is said of them is known of their sources in 2026."""

_FIRST = {"1x1": (89.5, 0.5, 180, 360), "5x5": (87.5, 2.5, 36, 72), "2x2.5": (90.0, 0.0, 91, 144)}
"""First node, rows and columns of the grids of the VMF Data Server."""


def check_consumer(
    name: str, product: str, lat: NDArray[np.float64], lon: NDArray[np.float64]
) -> None:
    """Refuse a grid that a program cannot read.

    Parameters
    ----------
    name : str
        A key of `CONSUMERS`, in any case.
    product : str
        As it is to be written.
    lat, lon : ndarray
        Nodes in the order of the rows [deg].

    Raises
    ------
    OutputError
        The text says what the program reads. Of one that moves no delays in height a warning tells.

    Examples
    --------
    >>> check_consumer("Ginan", "VMF3", np.arange(87.5, -90, -5), np.arange(2.5, 360, 5))
    >>> check_consumer("PRIDE", "VMF3", np.arange(87.5, -90, -5), np.arange(2.5, 360, 5))
    Traceback (most recent call last):
    tropdsx.errors.OutputError: PRIDE reads VMF3 on the global grids 1x1 ... found are 36 x 72 ...
    """
    known = {key.lower(): (key, each) for key, each in CONSUMERS.items()}
    if name.lower() not in known:
        near = did_you_mean(name, CONSUMERS)
        msg = f"consumer {name!r} found; known are {', '.join(CONSUMERS)}{near}"
        raise OutputError(msg)
    key, consumer = known[name.lower()]
    if product not in consumer.products:
        msg = f"{key} reads {', '.join(consumer.products)}, not {product}; choose one of them"
        raise OutputError(msg)
    grids = [grid for grid in consumer.grids if (grid == "2x2.5") == (product == "VMF1")]
    if not consumer.grids or any(_is(grid, lat, lon) for grid in grids):
        if not consumer.lift:
            warn(f"{key} moves no delays in height: those of the nodes hold at their heights alone")
        return
    msg = (
        f"{key} reads {product} on the global grids {' and '.join(grids)} of the VMF Data Server "
        f"({consumer.limit}); found are {lat.size} x {lon.size} nodes from {lat[0]:g}, {lon[0]:g}"
    )
    raise OutputError(msg)


def _is(grid: str, lat: NDArray[np.float64], lon: NDArray[np.float64]) -> bool:
    north, west, rows, columns = _FIRST[grid]
    if (lat.size, lon.size) != (rows, columns):
        return False
    south, east = -north, west + 360.0 * (columns - 1) / columns
    return np.allclose([lat[0], lat[-1], lon[0], lon[-1]], [north, south, west, east], atol=1e-6)
