"""What the CF attributes of a Dataset say, as cf-xarray reads them.

cf-xarray is imported when attributes first leave a question, not with tropdsx: the import takes 40
to 130 ms and brings rich with it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable

import numpy as np
import xarray as xr

__all__ = ["Conventions"]

_OF_AXES = ("standard_name", "units", "axis", "cartesian_axis", "grads_dim", "_CoordinateAxisType")


class Conventions:
    """Answers of cf-xarray about one Dataset, for variables of any kind and attributes of any type.

    cf-xarray looks for axes among coordinates, and of those only at the ones with an index and the
    ones that a global attribute ``coordinates`` names; to it a long name is as good as a standard
    name, and an attribute that is no text makes it fail. So it is shown all variables as
    coordinates, without values, with the attributes alone that the question is about.

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
        found = self._show(shown).cf.coordinates if shown else {}
        return {key: set(found.get(key, ())) for key in ("latitude", "longitude", "time")}

    @property
    def standard_names(self) -> dict[str, list[Hashable]]:
        """Names of variables by CF standard name."""
        shown = self._words(("standard_name",))
        return dict(self._show(shown).cf.standard_names) if shown else {}

    @property
    def bounds(self) -> dict[Hashable, Hashable]:
        """Name of the cell bounds by name of the variable; only bounds that are there."""
        shown = self._relations("bounds")
        found = self._show(shown).cf.bounds if shown else {}
        return {name: found[name][0] for name in shown if name in found}

    @property
    def grid_mappings(self) -> dict[str, list[Hashable]]:
        """Names of the variables that say how a grid lies on the Earth, by grid mapping name."""
        shown = self._words(("grid_mapping_name",))
        return dict(self._show(shown).cf.grid_mapping_names) if shown else {}

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
