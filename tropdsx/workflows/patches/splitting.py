"""Which patch is for training and which is held back: by stable hashes, whatever the order.

A unit (a window, a block of time) goes as a whole to one split, so that none is in two.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tropdsx.errors import DomainError
from tropdsx.workflows.patches.places import TOGETHER, group_places, unit_vectors
from tropdsx.workflows.patches.validity import exact_share

__all__ = [
    "Region",
    "check_labels",
    "label_blocks",
    "label_regions",
    "label_stations",
    "label_units",
    "stable_hash",
]

TRAIN, APART = "train", "none"


class Region(NamedTuple):
    """A box of latitudes and longitudes [deg].

    Parameters
    ----------
    south, west, north, east : float
        West may be greater than east: then the box crosses the antimeridian.

    Examples
    --------
    >>> Region(south=-10.0, west=170.0, north=10.0, east=-170.0).north
    10.0
    """

    south: float
    west: float
    north: float
    east: float


def stable_hash(text: str, seed: int = 0) -> int:
    """Hash a text the same way on every machine and in every run.

    Parameters
    ----------
    text : str
        What names the unit.
    seed : int
        Another seed gives other numbers.

    Returns
    -------
    int
        From 0 to 2**64 - 1.

    Examples
    --------
    >>> stable_hash("0/64", 42) == stable_hash("0/64", 42) != stable_hash("0/64", 43)
    True
    """
    digest = hashlib.sha256(f"{seed}|{text}".encode()).digest()
    return int.from_bytes(digest[:8], "big")


def label_units(
    units: Iterable[str], shares: Mapping[str, float], *, seed: int = 42, exact: bool = True
) -> dict[str, str]:
    """Draw the split of each unit.

    Parameters
    ----------
    units : iterable of str
        Names in any order; repeated ones count once.
    shares : mapping of str to float
        Share of the units for each split but ``train``, which gets the rest.
    seed : int
        Names the draw.
    exact : bool, default True
        The shares hold as exactly as whole units allow. Otherwise each unit is drawn by itself:
        what is added later changes no other.

    Returns
    -------
    dict of str to str
        Split of each unit.

    Raises
    ------
    DomainError
        If a share is none, they leave nothing for training, or a split would be empty.

    Examples
    --------
    >>> labels = label_units([f"{n}" for n in range(10)], {"val": 0.2})
    >>> sorted(labels.values()).count("val")
    2
    """
    parts = {name: exact_share(share, f"share of {name}") for name, share in shares.items()}
    if TRAIN in parts or sum(parts.values()) >= 1:
        msg = (
            f"shares {dict(shares)}; accepted are those of other splits than train, below 1 in all"
        )
        raise DomainError(msg)
    ranked = sorted(set(units), key=lambda unit: (stable_hash(unit, seed), unit))
    places = [
        (rank + 0.5) / len(ranked) if exact else stable_hash(unit, seed) / 2**64
        for rank, unit in enumerate(ranked)
    ]
    names, ends = [*parts, TRAIN], np.cumsum([*map(float, parts.values())])
    labels = [names[int(np.searchsorted(ends, place, side="right"))] for place in places]
    empty = [name for name, share in (parts | {TRAIN: 1}).items() if share and name not in labels]
    if empty:
        msg = f"split {empty[0]} is empty: there are only {len(ranked)} windows or blocks to share"
        msg += "; give smaller patches or blocks, other shares, or more data"
        raise DomainError(msg)
    return dict(zip(ranked, labels, strict=True))


def label_blocks(
    times: ArrayLike, days: float, shares: Mapping[str, float], *, seed: int = 42
) -> NDArray[np.str_]:
    """Draw the split of each instant, in blocks of time.

    Parameters
    ----------
    times : array_like of datetime64, shape (T,)
        In any order.
    days : float
        Length of a block, counted from 1970-01-01 [day].
    shares, seed
        As for :func:`label_units`.

    Returns
    -------
    ndarray of str, shape (T,)
        Split of each instant.

    Raises
    ------
    DomainError
        If an instant is unknown, or as :func:`label_units`.

    Examples
    --------
    >>> times = np.datetime64("2024-02-28") + np.arange(4)
    >>> sorted(label_blocks(times, 1, {"val": 0.25}).tolist())
    ['train', 'train', 'train', 'val']
    """
    times = np.asarray(times, dtype="datetime64[us]").ravel()
    if np.isnat(times).any() or not days > 0:
        msg = f"a time block of {days} days over times of which {np.isnat(times).sum()} are unknown"
        msg += "; accepted are days above 0 and data with times"
        raise DomainError(msg)
    blocks = np.floor((times - np.datetime64(0, "us")) / np.timedelta64(1, "D") / days)
    names = [f"block {int(block)}" for block in blocks]
    labels = label_units(names, shares, seed=seed)
    return np.array([labels[name] for name in names], dtype=np.str_)


def label_regions(lat: NDArray, lon: NDArray, regions: Mapping[str, Region]) -> str:
    """Find the split of a window from where its cells lie.

    Parameters
    ----------
    lat, lon : ndarray, shape (J,) and (I,)
        Nodes of the window [deg].
    regions : mapping of str to Region
        Box of each split but ``train``.

    Returns
    -------
    str
        The split whose box holds all nodes; ``train`` where no box holds one; ``none`` where the
        window is partly in a box, so that no node is in two splits.

    Examples
    --------
    >>> box = {"val": Region(0, 170, 10, -170)}
    >>> label_regions(np.array([1.0, 2.0]), np.array([179.0, -179.0]), box)
    'val'
    """
    touched = []
    for name, box in regions.items():
        width = (box.east - box.west) % 360.0 or 360.0
        rows = (lat >= box.south) & (lat <= box.north)
        columns = (lon - box.west) % 360.0 <= width
        if rows.all() and columns.all():
            touched.append(name)
        elif rows.any() and columns.any():
            touched.append(APART)
    return TRAIN if not touched else touched[0] if len(touched) == 1 else APART


def label_stations(
    names: Sequence[str],
    lat: ArrayLike,
    lon: ArrayLike,
    shares: Mapping[str, float],
    *,
    together: float = TOGETHER,
    seed: int = 42,
) -> dict[str, str]:
    """Draw the split of each station; those at one place go together.

    Parameters
    ----------
    names : sequence of str, length n
        Each once, in any order.
    lat, lon : array_like, shape (n,)
        Where they are [deg].
    shares, seed
        As for :func:`label_units`.
    together : float
        Stations this near to each other, also through others, are one place [km].

    Returns
    -------
    dict of str to str
        Split of each station.

    Raises
    ------
    DomainError
        If a name occurs twice, or as :func:`label_units`.

    Examples
    --------
    >>> labels = label_stations(["A", "B", "C"], [47.0, 47.01, 50.0], [19.0] * 3, {"val": 0.5})
    >>> labels["A"] == labels["B"] != labels["C"]
    True
    """
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        msg = f"station {twice[0]} occurs more than once; give each station once"
        raise DomainError(msg)
    member = group_places(unit_vectors(lat, lon), together)
    place: dict[int, str] = {}
    for name, number in sorted(zip(names, member.tolist(), strict=True)):
        place.setdefault(number, name)  # the first name of a place names it
    labels = label_units(place.values(), shares, seed=seed)
    return {name: labels[place[number]] for name, number in zip(names, member, strict=True)}


def check_labels(labels: Iterable[str], units: Iterable[str], what: str) -> None:
    """Refuse labels that put one unit into two splits.

    Parameters
    ----------
    labels, units : iterable of str
        Split and unit of each patch.
    what : str
        How the message calls a unit.

    Raises
    ------
    DomainError
        Naming the first such unit.

    Examples
    --------
    >>> check_labels(["train", "val"], ["0/0", "0/0"], "window")
    Traceback (most recent call last):
    tropdsx.errors.DomainError: window 0/0 is in two splits: train and val; export the patches again
    """
    found: dict[str, str] = {}
    for label, unit in zip(labels, units, strict=True):
        if found.setdefault(unit, label) != label:
            msg = f"{what} {unit} is in two splits: {found[unit]} and {label}"
            msg += "; export the patches again"
            raise DomainError(msg)
