"""Find a variable of a Dataset by its CF attributes or by the names that files give it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import xarray as xr

from tropdsx.cf.conventions import Conventions
from tropdsx.cf.quantified import without_pint
from tropdsx.cf.quantities import QUANTITIES
from tropdsx.cf.units import delay_in_metres, in_unit
from tropdsx.errors import GridError, UnitsError

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = [
    "UNKNOWN_HEIGHTS",
    "Names",
    "drop_coordinates",
    "find_delay",
    "find_fields",
    "find_height",
    "find_named",
    "find_variable",
]

UNKNOWN_HEIGHTS = {"tropdsx_heights": "unknown"}
"""Attribute of delays at a ground whose height nobody told: none is to be guessed."""

_TEXTS = ("standard_name", "long_name")
_SHORT_NAMES = ("GRIB_shortName", "GRIB_cfVarName", "short_name")
_HEIGHT = ("orography", "height", "height_ell", "height_ell_m", "ellipsoidal_height", "h_ell")


def find_variable(ds: xr.Dataset, quantity: str, dims: set[Hashable]) -> Hashable | None:
    """Find the variable that holds a quantity.

    Parameters
    ----------
    ds : Dataset
        Any gridded Dataset.
    quantity : str
        A key of `QUANTITIES`.
    dims : set of hashable
        Dimensions that the variable must have, usually latitude and longitude.

    Returns
    -------
    hashable or None
        Its name: told by the name without case first, then by ``long_name`` or ``standard_name``,
        where it is neither bounds nor ancillary to another variable; None where there is none.

    Examples
    --------
    >>> import numpy as np
    >>> ds = xr.Dataset({"ZHD": (("y", "x"), np.full((2, 2), 2.3))})
    >>> find_variable(ds, "zhd", {"y", "x"})
    'ZHD'
    """
    wanted = QUANTITIES[quantity]
    fields = {
        n: v
        for n, v in ds.variables.items()
        if dims <= set(v.dims) and v.dtype.kind in "fiu" and not _is_angle(n, v)
    }
    for name, variable in fields.items():
        if variable.attrs.get("tropdsx_variable") == quantity:
            return name
    ranked = sorted(
        (wanted.aliases.index(str(n).lower()), str(n) != str(n).lower(), str(n), n)
        for n in fields
        if str(n).lower() in wanted.aliases
    )
    if ranked:
        return ranked[0][3]
    named = [n for n, v in fields.items() if wanted.long_names and _is_called(v, wanted.long_names)]
    # "zenith wet delay error" begins like a delay, too.
    ancillary = Conventions(ds).ancillary if named else set()
    return next((name for name in named if name not in ancillary), None)


def _is_angle(name: Hashable, variable: xr.Variable) -> bool:
    """Whether an elevation is one above the horizon, not of the ground."""
    unit = str(variable.attrs.get("units", "")).lower()
    return str(name).lower() == "elevation" and unit.startswith(("deg", "rad"))


def _is_called(variable: xr.Variable, beginnings: tuple[str, ...]) -> bool:
    texts = [str(variable.attrs.get(key, "")).lower().replace("_", " ") for key in _TEXTS]
    return any(text.startswith(beginnings) for text in texts)


def drop_coordinates(da: xr.DataArray) -> xr.DataArray:
    """Drop all coordinates: what lies on the same dimensions of one Dataset belongs together.

    Parameters
    ----------
    da : DataArray
        Any; lazy or not.

    Returns
    -------
    DataArray
        The same values, name and attributes.

    Examples
    --------
    >>> drop_coordinates(xr.DataArray([0.1], {"lat": [45.0]}, name="zwd")).coords
    Coordinates:
        *empty*
    """
    return xr.DataArray(da.variable.to_base_variable(), name=da.name)


def find_named(ds: xr.Dataset, names: Iterable[str]) -> Hashable | None:
    """Find the first variable with one of these names, in any case.

    Parameters
    ----------
    ds : Dataset
        Any.
    names : iterable of str
        Lower case, best first.

    Returns
    -------
    hashable or None
        The name as the Dataset spells it; None where there is none.

    Examples
    --------
    >>> find_named(xr.Dataset({"T2M": 280.0}), ("2t", "t2m"))
    'T2M'
    """
    found = {str(name).lower(): name for name in ds.variables}
    return next((found[name] for name in names if name in found), None)


class Names(NamedTuple):
    """What files call one quantity.

    Parameters
    ----------
    aliases : tuple of str
        Names in lower case, best first: of the variable, or as its short name.
    standard_names : tuple of str
        CF standard names.
    long_names : tuple of str
        Whole long names, in lower case.

    Examples
    --------
    >>> Names(("sp", "ps"), ("surface_air_pressure",)).long_names
    ()
    """

    aliases: tuple[str, ...]
    standard_names: tuple[str, ...] = ()
    long_names: tuple[str, ...] = ()


def find_fields(
    ds: xr.Dataset, names: Names, *, without: Iterable[Hashable] = ()
) -> list[xr.DataArray]:
    """List the variables with one of these names, standard names, short names, long names.

    Parameters
    ----------
    ds : Dataset
        Any.
    names : Names
        What files call it.
    without : iterable of hashable, optional
        Variables to pass over.

    Returns
    -------
    list of DataArray
        Numbers alone, without coordinates, best first.

    Examples
    --------
    >>> ds = xr.Dataset({"temp": ((), 280.0, {"standard_name": "air_temperature"}), "T": 281.0})
    >>> [field.name for field in find_fields(ds, Names(("t", "ta"), ("air_temperature",)))]
    ['T', 'temp']
    """
    names = Names(*names)
    known = Conventions(ds).standard_names
    by_standard_name = {name for each in names.standard_names for name in known.get(each, ())}
    ranked = []
    for name, variable in ds.variables.items():
        if name in without or variable.dtype.kind not in "fiu":
            continue
        place = _rank(name, variable, names, told=name in by_standard_name)
        if place is not None:
            ranked.append((place, str(name), name))
    return [drop_coordinates(ds[entry[-1]]) for entry in sorted(ranked)]


def _rank(name: Hashable, variable: xr.Variable, names: Names, *, told: bool) -> int | None:
    """Place a variable in order of certainty; None where it is something else."""
    lower, count = str(name).lower(), len(names.aliases)
    if lower in names.aliases:
        return names.aliases.index(lower)
    if told:
        return count
    short = (str(variable.attrs.get(key, "")).lower() for key in _SHORT_NAMES)
    if any(each in names.aliases for each in short):
        return count + 1
    called = " ".join(str(variable.attrs.get("long_name", "")).lower().split())
    return count + 2 if called in names.long_names else None


def find_delay(ds: xr.Dataset, quantity: str) -> xr.DataArray:
    """Find a delay in a Dataset and convert it to metres.

    Parameters
    ----------
    ds : Dataset
        Any.
    quantity : {"zhd", "zwd"}
        Which.

    Returns
    -------
    DataArray
        As stored [m].

    Raises
    ------
    GridError
        If there is none.
    UnitsError
        If its units or values fit no delay.

    Examples
    --------
    >>> ds = xr.Dataset({"ZWD": ("site", [20.0], {"units": "cm"})})
    >>> find_delay(ds, "zwd").values
    array([0.2])
    """
    ds = without_pint(ds)
    name = find_variable(ds, quantity, set())
    if name is None:
        msg = (
            f"no {quantity} found among the variables {', '.join(map(str, ds.data_vars)) or 'none'}"
            f"; accepted names are {', '.join(QUANTITIES[quantity].aliases[:5])}. Rename yours "
            f"with ds.rename({{'...': '{quantity}'}})."
        )
        raise GridError(msg)
    return delay_in_metres(ds[name], quantity, computed="tropdsx_version" in ds.attrs)


def find_height(data: xr.Dataset | xr.DataArray) -> xr.DataArray | None:
    """Find the ellipsoidal heights that the data refer to.

    Parameters
    ----------
    data : Dataset or DataArray
        With a variable or coordinate of heights, such as ``orography``.

    Returns
    -------
    DataArray or None
        Height [m]; None where there is none.

    Raises
    ------
    UnitsError
        If the unit is no length, or they are no numbers.

    Examples
    --------
    >>> ds = xr.Dataset(coords={"orography": ((), 0.4, {"units": "km"})})
    >>> float(find_height(ds))
    400.0
    """
    ds = data.coords.to_dataset() if isinstance(data, xr.DataArray) else data
    name = find_named(ds, _HEIGHT)
    if name is None:
        return None
    height = in_unit(ds[name], "height")
    if height.dtype.kind not in "fiu":
        msg = f"'{name}' holds no numbers; accepted are heights in m. Rename or convert it."
        raise UnitsError(msg)
    return height
