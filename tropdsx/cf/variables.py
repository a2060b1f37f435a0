"""Find a variable of a Dataset by its CF attributes or by the names that files give it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import xarray as xr

from tropdsx.cf.quantities import QUANTITIES
from tropdsx.cf.units import delay_in_metres, in_unit
from tropdsx.errors import GridError, UnitsError

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["bare", "delay_of", "fields_named", "find_variable", "height_of", "variable_named"]


def find_variable(ds: xr.Dataset, quantity: str, dims: set[Hashable]) -> Hashable | None:
    """Name of the variable that holds a quantity.

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
        The variable, by name without case first, then by ``long_name``; None where there is none.

    Examples
    --------
    >>> import numpy as np
    >>> ds = xr.Dataset({"ZHD": (("y", "x"), np.full((2, 2), 2.3))})
    >>> find_variable(ds, "zhd", {"y", "x"})
    'ZHD'
    """
    wanted = QUANTITIES[quantity]
    fields = {
        n: v for n, v in ds.variables.items() if dims <= set(v.dims) and v.dtype.kind in "fiu"
    }
    for name, variable in fields.items():
        if variable.attrs.get("tropdsx_variable") == quantity:
            return name
    ranked = sorted(
        (wanted.aliases.index(str(n).lower()), str(n), n)
        for n in fields
        if str(n).lower() in wanted.aliases
    )
    if ranked:
        return ranked[0][2]
    for name, variable in fields.items():
        texts = [str(variable.attrs.get(key, "")).lower().replace("_", " ") for key in _TEXTS]
        if any(text.startswith(wanted.long_names) for text in texts if wanted.long_names):
            return name
    return None


_TEXTS = ("standard_name", "long_name")


_HEIGHT = ("orography", "height", "height_ell", "height_ell_m", "ellipsoidal_height", "h_ell")


def bare(da: xr.DataArray) -> xr.DataArray:
    """Drop all coordinates: what lies on the same dimensions of one Dataset belongs together."""
    return xr.DataArray(da.variable.to_base_variable(), name=da.name)


def variable_named(ds: xr.Dataset, names: Iterable[str]) -> Hashable | None:
    """Find the first variable with one of these names, in any case; None where there is none.

    Examples
    --------
    >>> variable_named(xr.Dataset({"T2M": 280.0}), ("2t", "t2m"))
    'T2M'
    """
    found = {str(name).lower(): name for name in ds.variables}
    return next((found[name] for name in names if name in found), None)


def fields_named(
    ds: xr.Dataset,
    names: tuple[tuple[str, ...], tuple[str, ...]],
    *,
    without: Iterable[Hashable] = (),
) -> list[xr.DataArray]:
    """List variables with one of these names, then with one of these standard names, bare."""
    aliases, standard = names
    ranked = []
    for name, variable in ds.variables.items():
        lower = str(name).lower()
        if name in without or variable.dtype.kind not in "fiu":
            continue
        if lower in aliases:
            ranked.append((aliases.index(lower), str(name), name))
        elif variable.attrs.get("standard_name") in standard:
            ranked.append((len(aliases), str(name), name))
    return [bare(ds[entry[-1]]) for entry in sorted(ranked)]


def delay_of(ds: xr.Dataset, quantity: str) -> xr.DataArray:
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
    >>> delay_of(ds, "zwd").values
    array([0.2])
    """
    name = find_variable(ds, quantity, set())
    if name is None:
        msg = (
            f"no {quantity} found among the variables {', '.join(map(str, ds.data_vars)) or 'none'}"
            f"; accepted names are {', '.join(QUANTITIES[quantity].aliases[:5])}. Rename yours "
            f"with ds.rename({{'...': '{quantity}'}})."
        )
        raise GridError(msg)
    return delay_in_metres(ds[name], quantity)


def height_of(data: xr.Dataset | xr.DataArray) -> xr.DataArray | None:
    """Find the ellipsoidal heights that the data refer to [m]; None where there are none.

    Examples
    --------
    >>> ds = xr.Dataset(coords={"orography": ((), 0.4, {"units": "km"})})
    >>> float(height_of(ds))
    400.0
    """
    ds = data.coords.to_dataset() if isinstance(data, xr.DataArray) else data
    name = variable_named(ds, _HEIGHT)
    if name is None:
        return None
    height = in_unit(ds[name], "height")
    if height.dtype.kind not in "fiu":
        msg = f"'{name}' holds no numbers; accepted are heights in m. Rename or convert it."
        raise UnitsError(msg)
    return height
