"""Spoil a condition as a real product is spoilt, and turn samples round: for training alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx.errors import DomainError
from tropdsx.workflows.patches.splitting import TRAIN

__all__ = [
    "TURNS",
    "Degradation",
    "Sample",
    "check_turns",
    "degrade",
    "flip",
    "roll_longitude",
    "rotate",
    "turn",
]

TURNS = ("flip", "rotate")
"""How samples may be turned at random: upside down and left to right, and by quarters."""


@dataclass(frozen=True)
class Degradation:
    """How a condition is spoilt; by default not at all.

    Parameters
    ----------
    offset : float
        Half the width of the additive offset, uniform, one for a sample [unit of the field].
    scale : float
        Half the width of the factor about 1, uniform, one for a sample.
    speckle : float
        Standard deviation of the factor of each cell about 1, which is held within ten of them.
    dropout : float
        Probability that a sample loses the condition: all cells become missing.
    blur : float
        Standard deviation of the Gaussian that smooths [cells].

    Examples
    --------
    >>> Degradation(offset=2.0, speckle=0.01).dropout
    0.0
    """

    offset: float = 0.0
    scale: float = 0.0
    speckle: float = 0.0
    dropout: float = 0.0
    blur: float = 0.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value >= 0.0 or (name == "dropout" and value > 1.0):
                msg = f"{name} is {value}; accepted are numbers from 0 (dropout: to 1)"
                raise DomainError(msg)


def degrade(
    field: NDArray[np.floating], how: Degradation, rng: np.random.Generator, *, split: str
) -> NDArray[np.floating]:
    """Spoil a condition, in training.

    Parameters
    ----------
    field : ndarray, shape (..., J, I)
        Any unit; NaN where nothing is known, and stays so.
    how : Degradation
        What is done.
    rng : Generator
        Random numbers of the sample.
    split : str
        In any other than ``train`` the field is returned as it is.

    Returns
    -------
    ndarray, shape (..., J, I)
        In the type of the field.

    Examples
    --------
    >>> field, rng = np.ones((4, 4), np.float32), np.random.default_rng(0)
    >>> degrade(field, Degradation(offset=2.0), rng, split="val") is field
    True
    >>> degrade(field, Degradation(dropout=1.0), rng, split="train")[0]
    array([nan, nan, nan, nan], dtype=float32)
    """
    if split != TRAIN:
        return field
    # All are drawn, whatever is asked for: a step more leaves the others as they were.
    offset, scale = rng.uniform(-1.0, 1.0, 2)
    lost, eps = rng.random() < how.dropout, rng.standard_normal(field.shape)
    if lost:
        return np.full_like(field, np.nan)
    out = blur(field.astype(np.float64), how.blur)
    out *= np.clip(1.0 + how.speckle * eps, 1.0 - 10.0 * how.speckle, 1.0 + 10.0 * how.speckle)
    out = out * (1.0 + how.scale * scale) + how.offset * offset
    return out.astype(field.dtype)


def blur(field: NDArray[np.float64], cells: float) -> NDArray[np.float64]:
    """Smooth a field with a Gaussian over the values that are there.

    Parameters
    ----------
    field : ndarray, shape (..., J, I)
        NaN where nothing is known, and stays so.
    cells : float
        Standard deviation [cells]; 0 leaves the field.

    Returns
    -------
    ndarray, shape (..., J, I)

    Examples
    --------
    >>> blur(np.ones((3, 3)), 1.0).round(6)[0].tolist()
    [1.0, 1.0, 1.0]
    """
    if not cells:
        return field.copy()
    from scipy.ndimage import gaussian_filter

    sigma = (0.0,) * (field.ndim - 2) + (cells, cells)
    known = np.isfinite(field)
    weight = gaussian_filter(known.astype(np.float64), sigma, mode="nearest")
    smooth = gaussian_filter(np.where(known, field, 0.0), sigma, mode="nearest")
    return np.divide(smooth, weight, out=np.full_like(field, np.nan), where=known)


class Sample(NamedTuple):
    """A patch with what belongs to each of its cells, which turn together.

    Parameters
    ----------
    fields : tuple of ndarray, each of shape (..., J, I)
        Values and masks.
    lat, lon : ndarray, shape (J,) and (I,), or both (J, I)
        Nodes [deg].

    Examples
    --------
    >>> Sample((np.ones((2, 3)),), np.arange(2.0), np.arange(3.0)).lon
    array([0., 1., 2.])
    """

    fields: tuple[NDArray, ...]
    lat: NDArray
    lon: NDArray


def roll_longitude(sample: Sample, columns: int) -> Sample:
    """Turn a sample that goes once round the globe about the axis of the Earth.

    Parameters
    ----------
    sample : Sample
        With `lon` of shape (I,).
    columns : int
        Columns by which all moves eastwards in the array; its longitudes move along.

    Returns
    -------
    Sample

    Raises
    ------
    DomainError
        If the columns do not close round the globe.

    Examples
    --------
    >>> lon = np.array([0.0, 90.0, 180.0, 270.0])
    >>> roll_longitude(Sample((lon[None] / 10,), np.zeros(1), lon), 1).fields[0].tolist()
    [[27.0, 0.0, 9.0, 18.0]]
    """
    from tropdsx.grid.edges import is_global_longitude

    if sample.lon.ndim != 1 or not is_global_longitude(np.unwrap(sample.lon, period=360.0)):
        msg = f"{sample.lon.shape} longitudes do not go round the globe; roll global fields only"
        raise DomainError(msg)
    rolled = tuple(np.roll(field, columns, axis=-1) for field in sample.fields)
    return Sample(rolled, sample.lat, np.roll(sample.lon, columns))


def flip(sample: Sample, *, rows: bool = False, columns: bool = False) -> Sample:
    """Turn a sample upside down or left to right, with its coordinates.

    Parameters
    ----------
    sample : Sample
        Of any fields.
    rows, columns : bool
        What is reversed.

    Returns
    -------
    Sample

    Examples
    --------
    >>> sample = Sample((np.arange(4).reshape(2, 2),), np.array([1.0, 0.0]), np.array([5.0, 6.0]))
    >>> flip(sample, columns=True).fields[0].tolist(), flip(sample, columns=True).lon.tolist()
    ([[1, 0], [3, 2]], [6.0, 5.0])
    """
    y, x = slice(None, None, -1 if rows else 1), slice(None, None, -1 if columns else 1)
    fields = tuple(field[..., y, x] for field in sample.fields)
    if sample.lat.ndim == 1:
        return Sample(fields, sample.lat[y], sample.lon[x])
    return Sample(fields, sample.lat[y, x], sample.lon[y, x])


def rotate(sample: Sample, quarters: int) -> Sample:
    """Turn a sample by quarters of a circle; coordinates become those of each cell.

    Parameters
    ----------
    sample : Sample
        Of planes: not for fields in which north means something, such as winds.
    quarters : int
        Counter-clockwise.

    Returns
    -------
    Sample
        With `lat` and `lon` of shape (J, I), since neither runs along one axis any more.

    Examples
    --------
    >>> sample = Sample((np.arange(4).reshape(2, 2),), np.array([1.0, 0.0]), np.array([5.0, 6.0]))
    >>> turned = rotate(sample, 1)
    >>> turned.fields[0].tolist(), turned.lat.tolist()
    ([[1, 3], [0, 2]], [[1.0, 0.0], [1.0, 0.0]])
    """
    lat, lon = sample.lat, sample.lon
    if lat.ndim == 1:
        lat, lon = np.meshgrid(lat, lon, indexing="ij")
    turned = (np.rot90(each, quarters, axes=(-2, -1)) for each in (*sample.fields, lat, lon))
    *fields, lat, lon = turned
    return Sample(tuple(fields), lat, lon)


def check_turns(turns: Sequence[str]) -> None:
    """Refuse turns that there are not.

    Parameters
    ----------
    turns : sequence of str
        Of `TURNS`.

    Raises
    ------
    DomainError
        Naming the first one.

    Examples
    --------
    >>> check_turns(["flip"])
    """
    wrong = [name for name in turns if name not in TURNS]
    if isinstance(turns, str) or wrong:
        msg = f"turns {turns!r}; accepted is a list of {' and '.join(TURNS)}"
        raise DomainError(msg)


def turn(
    fields: Mapping[str, NDArray], turns: Sequence[str], rng: np.random.Generator, *, split: str
) -> dict[str, NDArray]:
    """Turn all fields of a square sample alike, at random, in training.

    Parameters
    ----------
    fields : mapping of str to ndarray, each of shape (..., J, J)
        Values and masks.
    turns : sequence of str
        Of `TURNS`: each of the turns that they allow is as likely.
    rng : Generator
        Random numbers of the sample.
    split : str
        In any other than ``train`` nothing is turned.

    Returns
    -------
    dict of str to ndarray

    Examples
    --------
    >>> fields = {"y": np.arange(4).reshape(2, 2), "mask": np.eye(2, dtype=bool)}
    >>> found = turn(fields, ["flip", "rotate"], np.random.default_rng(2), split="train")
    >>> found["y"].tolist(), found["mask"].tolist()
    ([[2, 0], [3, 1]], [[False, True], [True, False]])
    """
    if split != TRAIN or not turns:
        return dict(fields)
    rows, columns, quarters = rng.random() < 0.5, rng.random() < 0.5, int(rng.integers(4))
    side = next(iter(fields.values())).shape[-1]
    found = Sample(tuple(fields.values()), np.arange(side), np.arange(side))
    if "flip" in turns:
        found = flip(found, rows=rows, columns=columns)
    if "rotate" in turns:
        found = rotate(found, quarters)
    return dict(zip(fields, found.fields, strict=True))
