"""What the CF attributes of a Dataset say, as cf-xarray reads them.

Most questions are answered by one attribute; of those that are not cf-xarray is asked, and imported
when the first of them comes: that takes 40 to 130 ms and brings rich with it. The tests hold the
short answers to those of cf-xarray.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable

import numpy as np
import xarray as xr

__all__ = ["Conventions"]

_OF_AXES = ("standard_name", "units", "axis", "cartesian_axis", "grads_dim", "_CoordinateAxisType")


_SAID_OF_AXES = {
    "latitude": {
        ("standard_name", "latitude"),
        ("units", "degrees_north"),
        ("_CoordinateAxisType", "Lat"),
    },
    "longitude": {
        ("standard_name", "longitude"),
        ("units", "degrees_east"),
        ("_CoordinateAxisType", "Lon"),
    },
    "time": {
        ("standard_name", "time"),
        ("axis", "T"),
        ("cartesian_axis", "T"),
        ("grads_dim", "t"),
        ("_CoordinateAxisType", "Time"),
    },
}
"""Attributes each of which is enough to tell an axis."""


class Conventions:
    """Answers of cf-xarray about one Dataset, for variables of any kind and attributes of any type.

    cf-xarray looks for axes among coordinates, and of those only at the ones with an index and the
    ones that a global attribute ``coordinates`` names; to it a long name is as good as a standard
    name, and an attribute that is no text makes it fail. Here all variables count, and the
    attributes alone that the question is about; and so they are shown to cf-xarray where it is
    asked: as coordinates, without values.

    Parameters
    ----------
    ds : Dataset
        Any; nothing is computed.

    Examples
    --------
    >>> ds = xr.Dataset({"row": ("row", [1.0, 0.0], {"units": "Degrees_North", "bounds": "edges"})})
    >>> ds["edges"] = ("row", "nv"), [[1.5, 0.5], [0.5, -0.5]]
    >>> Conventions(ds).axes["latitude"], Conventions(ds).bounds
    ({'row'}, {'row': 'edges'})
    """

    def __init__(self, ds: xr.Dataset) -> None:
        self._ds = ds

    @property
    def axes(self) -> dict[str, set[Hashable]]:
        """Names of the variables that are "latitude", "longitude" or an axis of "time"."""
        shown = {}
        for name, attrs in self._words(_OF_AXES).items():
            unit = _spell_degrees(attrs.pop("units", ""))
            if unit:
                attrs["units"] = unit
            # No axis has more than two dimensions, and most fields have.
            if attrs and self._ds.variables[name].ndim <= 2:
                shown[name] = attrs
        return {
            key: {name for name, attrs in shown.items() if said & attrs.items()}
            for key, said in _SAID_OF_AXES.items()
        }

    @property
    def standard_names(self) -> dict[str, list[Hashable]]:
        """Names of variables by CF standard name."""
        return self._by("standard_name")

    @property
    def bounds(self) -> dict[Hashable, Hashable]:
        """Name of the cell bounds by name of the variable; only bounds that are there."""
        shown = self._relations("bounds")
        found = {name: attrs.get("bounds") for name, attrs in shown.items()}
        return {name: edges for name, edges in found.items() if edges in self._ds.variables}

    @property
    def ancillary(self) -> set[Hashable]:
        """Names of the variables that say something of others: errors, flags, cell bounds."""
        found = set(self.bounds.values())
        for name in self._words(("ancillary_variables",)):
            found.update(self.related_to(name)["ancillary_variables"])
        return found

    def related_to(self, name: Hashable) -> dict[str, list[Hashable]]:
        """Find the variables that the attributes of one name: those that are there.

        Parameters
        ----------
        name : Hashable
            A variable.

        Returns
        -------
        dict
            Names by attribute: "ancillary_variables", "bounds", "grid_mapping", ...

        Examples
        --------
        >>> zwd = ((), 0.1, {"ancillary_variables": "zwd_sigma zwd_flag"})
        >>> ds = xr.Dataset({"zwd": zwd, "zwd_sigma": 0.01})
        >>> Conventions(ds).related_to("zwd")["ancillary_variables"]
        ['zwd_sigma']
        """
        shown = self._relations("ancillary_variables", "bounds", "grid_mapping", of=name)
        view = self._show({name: {}} | shown)
        found: dict[str, list[Hashable]] = view.cf.get_associated_variable_names(name)
        return found

    def _by(self, attribute: str) -> dict[str, list[Hashable]]:
        """Collect the names of variables by the text of an attribute, in order."""
        found: dict[str, list[Hashable]] = {}
        for name, attrs in self._words((attribute,)).items():
            found.setdefault(attrs[attribute], []).append(name)
        return {text: sorted(names, key=str) for text, names in found.items()}

    def _words(self, kept: Collection[str]) -> dict[Hashable, dict[str, str]]:
        """Collect these attributes of all variables that have one, where they are text."""
        found = {}
        for name, variable in self._ds.variables.items():
            # xarray moves relations to the encoding where it was asked to follow them.
            said = {**variable.encoding, **variable.attrs}
            attrs = {
                key: " ".join(said[key].split()) for key in kept if isinstance(said.get(key), str)
            }
            if attrs:
                found[name] = attrs
        return found

    def _relations(self, *kept: str, of: Hashable | None = None) -> dict[Hashable, dict[str, str]]:
        """Collect attributes that name variables, as far as these are there, and those variables.

        cf-xarray warns of variables that are named and missing; files are often parts of others.
        """
        shown: dict[Hashable, dict[str, str]] = {}
        named: dict[Hashable, dict[str, str]] = {}
        for name, attrs in self._words(kept).items():
            if of is not None and name != of:
                continue
            there = {
                key: [word for word in text.split() if word.rstrip(":") in self._ds.variables]
                for key, text in attrs.items()
            }
            shown[name] = {key: " ".join(words) for key, words in there.items() if words}
            named |= {word.rstrip(":"): {} for words in there.values() for word in words}
        return named | shown

    def _show(self, shown: dict[Hashable, dict[str, str]]) -> xr.Dataset:
        """Make these variables coordinates without values, with these attributes alone."""
        import cf_xarray  # noqa: F401 - registers ds.cf

        variables = {}
        for name, attrs in shown.items():
            variable = self._ds.variables[name]
            values = np.broadcast_to(np.int8(0), variable.shape)
            variables[name] = xr.Variable(variable.dims, values, attrs)
        return xr.Dataset(coords=xr.Coordinates(variables, indexes={}))


def _spell_degrees(unit: str) -> str:
    """Spell "deg N", "Degrees north" or "°E" as cf-xarray knows it; empty for other units.

    cf-xarray compares units letter by letter; files are less careful.
    """
    found = re.fullmatch("(?:deg|degrees?|°)[ _]?(north|n|east|e)", unit.lower())
    if not found:
        return ""
    return "degrees_north" if found[1].startswith("n") else "degrees_east"
