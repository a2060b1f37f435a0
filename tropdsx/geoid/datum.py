"""The one place that knows what heights count from, and brings them all to the ellipsoid."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tropdsx.errors import DomainError, warn
from tropdsx.geoid.evidence import Evidence, weigh_evidence
from tropdsx.geoid.statements import ELLIPSOID, GEOID, SETTLED, Statement, find_statement
from tropdsx.geoid.undulation import geoid_undulation

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "AS_IS",
    "CHOICES",
    "Datum",
    "Ruling",
    "check_choice",
    "rule",
]

CHOICES = ("auto", GEOID, ELLIPSOID)
"""What a caller may say of the zero of heights."""

AS_IS = "as it is"
"""Heights that are to be left alone, whatever they count from."""

#: Names that weather models and terrain models give to heights above the geoid.
_ABOVE_GEOID = ("orog", "hsurf", "surface_altitude", "altitude", "elevation", "geopotential", "hgt")
#: An undulation that is worth a warning [m]: 2 mm of a delay.
_MATTERS = 8.0
#: Fewer places are too few to tell terrain of the Earth from any other.
_FEW = 12


class Ruling(NamedTuple):
    """What heights count from, and what to tell of it.

    Attributes
    ----------
    zero : {"geoid", "ellipsoid"}
        What they count from.
    note : str
        For the provenance; empty where attributes said it and nothing was changed.
    is_told : bool
        Whether the caller is warned with the same words.

    Examples
    --------
    >>> Ruling("ellipsoid", "", is_told=False).zero
    'ellipsoid'
    """

    zero: str
    note: str
    is_told: bool


@dataclass(frozen=True)
class Datum:
    """What is known of the zero of some heights before their values are looked at.

    Attributes
    ----------
    name : str
        What to call the heights in a message.
    attrs, about : mapping and tuple of mapping
        Attributes of the heights, then of their grid mapping and file.
    choice : {"auto", "geoid", "ellipsoid"}
        What the caller says.
    is_doubted : bool
        Whether the attributes are known to be those of other values: then evidence goes first.

    Examples
    --------
    >>> datum = Datum("z", {}, choice="geoid")
    >>> float(datum(np.array(100.0), np.array(48.2), np.array(16.37)).round())
    146.0
    """

    name: str
    attrs: Mapping[Hashable, Any]
    about: tuple[Mapping[Hashable, Any], ...] = ()
    choice: str = "auto"
    is_doubted: bool = False
    __name__ = "datum"  # of the tasks in a dask graph

    @property
    def stated(self) -> Statement | None:
        """What attributes say."""
        if self.attrs.get(SETTLED) == ELLIPSOID:
            return Statement(ELLIPSOID, f"{SETTLED} '{ELLIPSOID}'")
        return find_statement(self.attrs, self.about)

    def __call__(
        self,
        height: NDArray[np.floating],
        lat: NDArray[np.floating],
        lon: NDArray[np.floating],
        *,
        notes: list[str] | None = None,
    ) -> NDArray[np.float64]:
        """Bring heights to the ellipsoid.

        Parameters
        ----------
        height, lat, lon : ndarray
            Heights [m] and places [deg]; they broadcast against each other.
        notes : list of str, optional
            What was changed or guessed is appended.

        Returns
        -------
        ndarray of float64
            Ellipsoidal heights [m].
        """
        if self.settle(height, lat, lon, notes=notes) == ELLIPSOID:
            return np.asarray(height, np.float64)
        return np.asarray(height + geoid_undulation(lat, lon), np.float64)

    def settle(
        self,
        height: NDArray[np.floating],
        lat: NDArray[np.floating],
        lon: NDArray[np.floating],
        *,
        notes: list[str] | None = None,
    ) -> str:
        """Decide what heights count from, and tell of it.

        Parameters
        ----------
        height, lat, lon : ndarray
            Heights [m] and places [deg]; they broadcast against each other.
        notes : list of str, optional
            What is to be changed or was guessed is appended.

        Returns
        -------
        str
            "geoid" or "ellipsoid".
        """
        found = rule(self, height, lat, lon)
        if found.note and notes is not None:
            notes.append(found.note)
        if found.is_told:
            warn(f"{found.note}.")
        return found.zero


def rule(
    datum: Datum,
    height: NDArray[np.floating],
    lat: NDArray[np.floating],
    lon: NDArray[np.floating],
) -> Ruling:
    """Decide what heights count from: by the caller, by attributes, by evidence, by name.

    Parameters
    ----------
    datum : Datum
        What is known beforehand.
    height, lat, lon : ndarray
        Heights [m] and places [deg]; they broadcast against each other.

    Returns
    -------
    Ruling
        Invented and flat terrain counts as ellipsoidal, with no note.

    Examples
    --------
    >>> lat, lon = np.array([[1.0], [0.0]]), np.array([[-30.0, -29.0]])
    >>> rule(Datum("h", {"standard_name": "altitude"}), np.zeros((2, 2)), lat, lon).zero
    'geoid'
    """
    stated = datum.stated
    settled = stated is not None and stated.where.startswith(SETTLED)
    if settled or datum.choice == AS_IS:
        return Ruling(ELLIPSOID, "", is_told=False)
    if datum.choice != "auto":
        against = stated is not None and stated.zero != datum.choice
        but = f", although {stated.where} says {stated.zero}" if against and stated else ""
        why = f"as heights='{datum.choice}' says{but}"
        return _ruling(datum, datum.choice, why, (lat, lon))._replace(is_told=against)
    seen = weigh_evidence(height, lat, lon)
    if stated is not None and not (datum.is_doubted and seen.zero):
        return _as_stated(datum, stated, seen, (lat, lon))
    if seen.zero:
        told = seen.zero == GEOID
        return _ruling(datum, seen.zero, f"since {seen.why}", (lat, lon), is_guess=told)
    if not seen.of_the_earth or any("VMF" in str(text) for text in _texts(datum)):
        return Ruling(ELLIPSOID, "", is_told=False)
    if datum.name.lower() in _ABOVE_GEOID:
        return _ruling(datum, GEOID, "as is usual by that name", (lat, lon), is_guess=True)
    why = "since nothing says what they count from"
    matters = seen.undulation >= _MATTERS and seen.places >= _FEW
    if matters:
        why += f" (the geoid is {seen.undulation:.0f} m off the ellipsoid here)"
    return _ruling(datum, ELLIPSOID, why, (lat, lon), is_guess=matters)


def _as_stated(datum: Datum, stated: Statement, seen: Evidence, place: tuple[Any, Any]) -> Ruling:
    """Believe the attributes, and tell of values that speak against them."""
    why = f"as {stated.where} says"
    if seen.zero and seen.zero != stated.zero:
        why += f", but {seen.why}, as above the {seen.zero}"
        return _ruling(datum, stated.zero, why, place, is_guess=True)
    if stated.zero == ELLIPSOID:
        return Ruling(ELLIPSOID, "", is_told=False)
    return _ruling(datum, GEOID, why, place)._replace(is_told=True)


def check_choice(heights: str) -> str:
    """Refuse a word that names no zero of heights.

    Parameters
    ----------
    heights : str
        As a caller gives it.

    Returns
    -------
    str
        The same word.

    Raises
    ------
    DomainError
        If it is none of `CHOICES`.

    Examples
    --------
    >>> check_choice("geoid")
    'geoid'
    """
    if heights not in (*CHOICES, AS_IS):
        msg = f"heights={heights!r} found; accepted are {', '.join(map(repr, CHOICES))}."
        raise DomainError(msg)
    return heights


def _ruling(
    datum: Datum, zero: str, why: str, place: tuple[Any, Any], *, is_guess: bool = False
) -> Ruling:
    kind = "ellipsoidal" if zero == ELLIPSOID else "above the geoid"
    said = f"heights '{datum.name}' taken as {kind}, {why}"
    if zero == GEOID:
        undulation = geoid_undulation(*(_ends(each) for each in place))
        low, high = float(np.nanmin(undulation)), float(np.nanmax(undulation))
        said += f": undulation added ({low:.0f} to {high:.0f} m, EGM2008)"
    if is_guess:
        other = GEOID if zero == ELLIPSOID else ELLIPSOID
        said += f"; if they are not, heights='{other}' (--heights {other}) says so"
    return Ruling(zero, said, is_told=is_guess)


def _ends(axis: NDArray[np.floating]) -> NDArray[np.floating]:
    """Take a few places of many, to tell a range."""
    every = tuple(slice(None, None, max(1, size // 64)) for size in axis.shape)
    return axis[every]


def _texts(datum: Datum) -> Iterable[Any]:
    for attrs in (datum.attrs, *datum.about):
        yield from attrs.values()
