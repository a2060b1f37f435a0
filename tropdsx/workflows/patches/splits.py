"""How patches are shared between training and what is held back."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from tropdsx.errors import DomainError
from tropdsx.workflows.patches.layout import Layout
from tropdsx.workflows.patches.places import find_windows, join_windows
from tropdsx.workflows.patches.splitting import (
    TRAIN,
    Region,
    check_labels,
    label_blocks,
    label_regions,
    label_units,
)

__all__ = ["KINDS", "Split", "check_index", "label_of_stations", "labeller"]

KINDS = ("none", "random", "window", "time", "region", "station")


@dataclass(frozen=True)
class Split:
    """How patches are shared.

    Parameters
    ----------
    kind : {"none", "random", "window", "time", "region", "station"}
        ``none``: all for training. ``random``: windows, in exact shares. ``window``: windows, each
        drawn by itself, so that other data change no label. ``time``: blocks of time. ``region``:
        boxes; a window partly in one is left out. ``station``: windows by the stations in them, in
        exact shares of these windows; what lies within 3 km goes together, and windows without a
        station are for training.
    shares : mapping of str to float
        Share of each split but ``train``.
    days : float
        Length of a block [day].
    regions : mapping of str to Region
        Boxes of the kind ``region``.
    stations : mapping of str to tuple of float
        Latitude and longitude by name, of the kind ``station`` [deg].
    seed : int
        Names the draw.

    Examples
    --------
    >>> Split("time", {"val": 0.1, "test": 0.1}, days=10.0).seed
    42
    """

    kind: str = "none"
    shares: Mapping[str, float] = field(default_factory=lambda: {"val": 0.2})
    days: float = 30.0
    regions: Mapping[str, Region] = field(default_factory=dict)
    stations: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    seed: int = 42

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            msg = f"split {self.kind!r} is unknown; accepted are {', '.join(KINDS)}"
            raise DomainError(msg)
        if (self.kind == "region") != bool(self.regions):
            msg = f"split {self.kind!r} with {len(self.regions)} regions; the kind region takes any"
            msg += ", such as val=40,0,50,20 (south, west, north, east)"
            raise DomainError(msg)
        if (self.kind == "station") != bool(self.stations):
            msg = f"split {self.kind!r} with {len(self.stations)} stations; the kind station takes "
            raise DomainError(msg + "their names, latitudes and longitudes")
        none = [name for name, share in self.shares.items() if not share]
        if none and self.kind not in {"none", "region"}:
            msg = (
                f"share of {none[0]} is 0: nothing would be in it; give a share above 0, or leave "
            )
            msg += "the split out"
            raise DomainError(msg)


def labeller(split: Split, layout: Layout, times: NDArray) -> Callable[[Mapping[str, Any]], str]:
    """Make the function that names the split of a patch.

    Parameters
    ----------
    split : Split
        What is wanted.
    layout : Layout
        Windows on the grid that all files share.
    times : ndarray of datetime64
        All instants of all files.

    Returns
    -------
    callable
        From the place of a patch to ``train``, another split, or ``none`` (left out).

    Raises
    ------
    DomainError
        If patches overlap and neither time nor regions keep the splits apart, or a split is empty.
    """
    if split.kind in {"random", "window", "station"}:
        if layout.overlapping:
            msg = f"patches overlap, so that a split by {split.kind} shares cells; accepted are "
            grid = f"{layout.lat.size} x {layout.width}"
            msg += f"blocks of time, regions, or a stride of the size, which divides {grid} nodes"
            raise DomainError(msg)
        if split.kind == "station":
            return _by_stations(split, layout)
        units = [_window(y0, x0) for y0, x0 in layout.windows]
        exact = split.kind == "random"
        labels = label_units(units, split.shares, seed=split.seed, exact=exact)
        return lambda place: labels[_window(place["y0"], place["x0"])]
    if split.kind == "time":
        if times.dtype.kind != "M":
            msg = f"times of type {times.dtype}; blocks of time are for dates of the usual calendar"
            raise DomainError(msg)
        drawn = label_blocks(times, split.days, split.shares, seed=split.seed)
        by_time = dict(zip(times.astype("datetime64[ns]"), drawn.tolist(), strict=True))
        return lambda place: by_time[place["time"].astype("datetime64[ns]")]
    if split.kind == "region":
        found = {
            _window(y0, x0): label_regions(*layout.nodes(y0, x0), split.regions)
            for y0, x0 in layout.windows
        }
        for name in (TRAIN, *split.regions):
            if name not in found.values():
                msg = f"no patch lies wholly in split {name!r}; give another region or smaller size"
                raise DomainError(msg)
        return lambda place: found[_window(place["y0"], place["x0"])]
    return lambda _: TRAIN


def _by_stations(split: Split, layout: Layout) -> Callable[[Mapping[str, Any]], str]:
    owner = join_windows(find_windows(layout, split.stations), split.stations)
    labels = label_units(owner.values(), split.shares, seed=split.seed)
    found = {_window(*window): labels[unit] for window, unit in owner.items()}
    return lambda place: found.get(_window(place["y0"], place["x0"]), TRAIN)


def label_of_stations(
    split: Split, layout: Layout, label: Callable[[Mapping[str, Any]], str]
) -> dict[str, str]:
    """Say in which split each station is.

    Parameters
    ----------
    split : Split
        Of the kind ``station``; others have none.
    layout : Layout
        Windows.
    label : callable
        Of :func:`labeller`.

    Returns
    -------
    dict of str to str
        Of the stations that lie in a window.
    """
    if not split.stations:
        return {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # told before
        found = find_windows(layout, split.stations)
    return {name: label({"y0": y0, "x0": x0}) for name, (y0, x0) in found.items()}


def check_index(kind: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Refuse an index in which a window, or an instant, is in two splits.

    Parameters
    ----------
    kind : str
        Of :class:`Split`.
    rows : iterable of mapping
        With ``split``, ``y0``, ``x0`` and ``time``.

    Raises
    ------
    DomainError
        Naming the first one.

    Examples
    --------
    >>> check_index("time", [{"split": "train", "y0": 0, "x0": 0, "time": "2021-01-01"}])
    """
    rows = list(rows)
    labels = [str(row["split"]) for row in rows]
    if kind == "time":
        check_labels(labels, [str(row["time"]) for row in rows], "time")
    elif kind != "none":
        check_labels(labels, [_window(row["y0"], row["x0"]) for row in rows], "window")


def _window(y0: Any, x0: Any) -> str:
    return f"{int(y0)}/{int(x0)}"
