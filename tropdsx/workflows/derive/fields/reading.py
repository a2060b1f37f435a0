"""Read fields of a weather model in the units of the formulas, and keep account of them."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.quantities import QUANTITIES
from tropdsx.cf.ranges import SPANS, call, find_unit
from tropdsx.cf.units import in_unit, unit_of
from tropdsx.cf.variables import find_fields
from tropdsx.errors import GridError, warn
from tropdsx.workflows.derive.fields.guard import (
    SPAN_OF,
    check_later,
    describe_unit,
    write_unit,
)
from tropdsx.workflows.derive.fields.names import AT_GROUND, COLUMN, HUMIDITY, ON_LEVELS
from tropdsx.workflows.derive.fields.presence import find_first_values, without_fills

__all__ = ["FieldReader", "is_of_ground"]

_KINDS_OF_GROUND = ("surface", "heightAboveGround", "hybrid", "hybridLayer", "sigma", "unknown")

_QUANTITY_OF = {"geopotential": "geopotential", "ground": "geopotential"}
_FILLS = (-9999.0, -999.0, -32767.0, -32768.0)
"""Values that stand for missing ones, besides all from 1e15 on."""
_FILL_OF_LOW = 9999.0  # another, of quantities that do not reach it
_FILLED = {"temperature": 9000.0}  # rows that a model does not fill hold 9999, 1e16 or such [K]
_MASKED = tuple(role for role in SPAN_OF if role not in ("temperature", "pressure"))
_ALIKE = (tuple(HUMIDITY), ("surface pressure", "log pressure"), ("geopotential", "height"))
_ALIKE_VAPOUR = ("dew point", "surface specific", "surface relative")


def is_of_ground(field: xr.DataArray) -> bool:
    """Tell a field of the ground from one of another surface: the tropopause, the sea level.

    Parameters
    ----------
    field : DataArray
        Without a level.

    Returns
    -------
    bool
        True where no attribute says otherwise.

    Examples
    --------
    >>> is_of_ground(xr.DataArray(0.0, attrs={"GRIB_typeOfLevel": "tropopause"}))
    False
    """
    kind = str(field.attrs.get("GRIB_typeOfLevel", "surface"))
    said = " ".join(str(field.attrs.get(key, "")) for key in ("standard_name", "long_name"))
    said = said.lower().replace("_", " ").replace("-", " ")
    # A height above the sea level is one of the ground, a pressure at it is not.
    at_sea = "sea level" in said and not any(word in said for word in ("height", "altitude"))
    return kind in _KINDS_OF_GROUND and not at_sea


class FieldReader:
    """Converts fields by their units, or by their values where these say otherwise.

    Parameters
    ----------
    epoch : collection of Hashable
        Dimensions of the time: of lazy arrays the first epoch is looked at.
    sample : bool
        Whether lazy arrays may be looked at.

    Attributes
    ----------
    told : list of str
        What was assumed, for the caller and the provenance.
    used : dict
        Name of the variable that each role was read from.

    Examples
    --------
    >>> reader = FieldReader((), sample=False)
    >>> sp = xr.DataArray([101325.0], dims="site", name="sp", attrs={"units": "hPa"})
    >>> float(reader.read(sp, "surface pressure")[0])
    1013.25
    >>> reader.told
    ["'sp' has units 'hPa' and values (101325 to 101325) of surface pressure in Pa: read as Pa"]
    """

    def __init__(self, epoch: Collection[Hashable], *, sample: bool) -> None:
        self._epoch = tuple(epoch)
        self._sample = sample
        self._left: set[str] = set()
        self.told: list[str] = []
        self.used: dict[str, str] = {}

    def read(self, field: xr.DataArray, role: str) -> xr.DataArray:
        """Read a field in the unit of the formulas.

        Parameters
        ----------
        field : DataArray
            As stored, without coordinates.
        role : str
            A key of the tables of `tropdsx.workflows.derive.fields.names`.

        Returns
        -------
        DataArray
            In the standard unit of its quantity; lazy where it was.

        Raises
        ------
        UnitsError
            If the unit is none of the quantity, or the values are impossible in any.
        GridError
            If there is no value in any epoch.
        """
        self.used[role] = str(field.name)
        if role not in SPAN_OF:
            return self._by_label(field, _QUANTITY_OF.get(role, "height"))
        span = SPANS[SPAN_OF[role]]
        quantity = QUANTITIES[span.quantity]
        unit = unit_of(field)
        if unit and unit not in quantity.units:
            return in_unit(field, span.quantity)  # which refuses it
        field = self._mask(field, role)
        if not self._may_look(field):
            known = self._by_label(field, span.quantity, convert=False)
            return in_unit(self.guard(known, role, assumed=not unit), span.quantity)
        values = find_first_values(field, self._epoch, above=_FILLED.get(role, np.inf))
        if values is None:
            raise GridError(_no_value(field, role))
        if role in _FILLED:
            values = np.where(np.abs(values) < _FILLED[role], values, np.nan)
        found, low, high = find_unit(values, SPAN_OF[role], name=str(field.name), unit=unit)
        if not unit or quantity.units[found] != quantity.units[unit]:
            said = describe_unit(str(field.name), role, unit, found, (low, high))
            self.told.append(f"{said}: read as {write_unit(found)}")
            field = field.assign_attrs(units=found)
        # Of a lazy field one epoch was seen.
        return in_unit(self.guard(field, role), span.quantity)

    def has_values(self, field: xr.DataArray, role: str) -> bool:
        """Tell whether a field that can be done without holds any value.

        Parameters
        ----------
        field : DataArray
            As stored; a lazy one that is not to be looked at counts as one with values.
        role : str
            As for :meth:`read`.

        Returns
        -------
        bool
            Where not, that is told of.
        """
        if not self._may_look(field):
            return True
        if find_first_values(self._mask(field, role), self._epoch) is not None:
            return True
        self.leave_out(field, "holds no value (all are missing)")
        return False

    def leave_out(self, field: xr.DataArray, why: str) -> None:
        """Tell, once, of a field that is not used.

        Parameters
        ----------
        field : DataArray
            As stored.
        why : str
            What goes on from its name.
        """
        if str(field.name) not in self._left:
            self._left.add(str(field.name))
            self.told.append(f"'{field.name}' {why} and was not used")

    def guard(self, field: xr.DataArray, role: str, *, assumed: bool = False) -> xr.DataArray:
        """Refuse impossible values of a lazy field when they are computed.

        Parameters
        ----------
        field : DataArray
            With a name and units.
        role : str
            Of a quantity whose values have limits.
        assumed : bool, optional
            Whether the file does not say the unit.

        Returns
        -------
        DataArray
            The same values.
        """
        return check_later(field, role, assumed=assumed) if field.chunks else field

    def look(self, field: xr.DataArray) -> NDArray[np.generic] | None:
        """Give values of a field: all in memory, of a lazy one the first epoch with any.

        Parameters
        ----------
        field : DataArray
            Any.

        Returns
        -------
        ndarray or None
            None where lazy arrays are not to be looked at, or hold no value.
        """
        return find_first_values(field, self._epoch) if self._may_look(field) else None

    def _may_look(self, field: xr.DataArray) -> bool:
        return field.chunks is None or self._sample

    def note_unused(
        self,
        ds: xr.Dataset,
        reasons: Mapping[Hashable, str],
        *,
        dim: Hashable,
        places: Collection[Hashable],
    ) -> None:
        """List fields that have the name of one that is missing, and were not used.

        Parameters
        ----------
        ds : Dataset
            What was there.
        reasons : mapping
            Why fields could not be used, by name.
        dim : Hashable
            Dimension of the levels.
        places : collection of Hashable
            Dimensions of places and times.
        """
        used, listed = {*self.used.values(), *self._left}, dict[Hashable, str]()
        for role, names in {**ON_LEVELS, **AT_GROUND}.items():
            if self._is_filled(role):
                continue
            for field in find_fields(ds, names):
                name, dims = field.name, set(field.dims)
                fits = dim not in dims and is_of_ground(field)
                if role in ON_LEVELS:
                    fits = not dims <= set(places)
                if fits and dims and name not in ds.dims and str(name) not in used:
                    listed.setdefault(name, f"on {', '.join(map(str, field.dims))}")
        listed |= {name: why for name, why in reasons.items() if str(name) not in used}
        if listed:
            words = ", ".join(f"'{name}' ({why})" for name, why in listed.items())
            self.told.append(f"found and not used: {words}")

    def warn(self) -> list[str]:
        """Warn once of all that was assumed.

        Returns
        -------
        list of str
            The same, for the provenance.
        """
        if self.told:
            warn(f"{'; '.join(self.told)}.")
        return list(self.told)

    def _by_label(
        self, field: xr.DataArray, quantity: str, *, convert: bool = True
    ) -> xr.DataArray:
        if unit_of(field):
            return in_unit(field, quantity) if convert else field
        unit = QUANTITIES[quantity].unit
        if quantity == "geopotential" and _is_height(field):
            unit = "m"
        self.told.append(
            f"'{field.name}' has no units attribute: its values were taken as {quantity} in {unit}"
        )
        field = field.assign_attrs(units=unit)
        return in_unit(field, quantity) if convert else field

    def _mask(self, field: xr.DataArray, role: str) -> xr.DataArray:
        """Make missing what stands for it."""
        if role not in _MASKED or field.dtype.kind != "f":
            return field
        is_low = role in (*HUMIDITY, *COLUMN, "dew point") or "temperature" in role
        how: dict[str, Any] = {"dask": "parallelized", "output_dtypes": [field.dtype]}
        how |= {"kwargs": {"fills": (*_FILLS, _FILL_OF_LOW) if is_low else _FILLS}}
        masked = xr.apply_ufunc(without_fills, field, keep_attrs=True, **how)
        return field if masked.chunks is None and masked.data is field.data else masked

    def _is_filled(self, role: str) -> bool:
        """Whether this role, or one that does as well, has its field."""
        for alike in (*_ALIKE, _ALIKE_VAPOUR):
            if role in alike:
                return any(each in self.used for each in alike)
        return role in self.used


def _no_value(field: xr.DataArray, role: str) -> str:
    what = "size 0" if field.size == 0 else "all are missing (NaN or fill values)"
    return (
        f"'{field.name}' holds no value ({what}); accepted is {call(role)} with values. Check "
        "_FillValue and scale_factor, whether the file is complete, and what was selected from it."
    )


def _is_height(field: xr.DataArray) -> bool:
    """Whether a field without a unit has the name of a height, and not of a geopotential."""
    name = str(field.name).lower()
    return any(word in name for word in ("hgt", "gh", "zg", "height", "orog", "hsurf", "topo"))
