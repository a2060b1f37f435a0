"""Decide how values are stored: chunks, packing, quantisation, fill values."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.attributes.bounds import choose_time_units
from tropdsx.cf.axes import find_axis_names
from tropdsx.cf.quantities import DELAYS_AND_TOTAL
from tropdsx.errors import OutputError
from tropdsx.write.attributes import settle_attributes
from tropdsx.write.compression import parse_compression
from tropdsx.write.tiles import Bands, cut_sizes, tile_shape

__all__ = [
    "KEPT_BITS",
    "bit_round",
    "empty_like",
    "encode",
    "encode_values",
    "find_time_dim",
    "quantise",
]

# Steps of 0.05 mm around 1.5 m reach from -0.138 m to 3.138 m: every zenith delay on Earth, ztd in
# the Dead Sea depression (2.75 m) included. float32 factors make readers unpack to float32.
_PACKED = {"scale_factor": 5e-5, "add_offset": 1.5}
_PACKED_FILL = np.int16(-32768)
_PER_METRE = {"m": 1.0, "cm": 100.0, "mm": 1000.0}
_CALENDARS = ("standard", "gregorian", "proleptic_gregorian")
KEPT_BITS = 15
"""Explicit mantissa bits of a quantised delay: at most 0.031 mm off at 2 to 4 m."""


def encode(
    ds: xr.Dataset,
    time_dim: Hashable | None,
    *,
    compression: str = "zlib:1",
    quantize: bool = False,
    pack: bool = False,
    bands: Bands | None = None,
) -> xr.Dataset:
    """Set the encoding of every variable, after a last look at what its attributes point to.

    Encodings left over from an input file are dropped, and so are its attributes of storage and
    quantisation, and whatever names a variable that is not there or does not fit.

    Parameters
    ----------
    ds : xarray.Dataset
        Described data (see :func:`tropdsx.cf.describe`); stays lazy.
    time_dim : Hashable or None
        The dimension that grows: one chunk for each step of it.
    compression : str, optional
        As in :func:`tropdsx.write.compression.parse_compression`.
    quantize : bool, optional
        Keep 15 mantissa bits of the delays (at most 0.031 mm off) so that they compress better.
    pack : bool, optional
        Store the delays as int16 in steps of 0.05 mm.
    bands : tuple of (Hashable, int), optional
        Dimension along which a field is written in bands, and rows in a band: chunks end there.

    Returns
    -------
    xarray.Dataset
        The same data; with ``quantize``, the CF container variable ``quantization_info`` is added.

    Raises
    ------
    OutputError
        ``pack`` together with ``quantize``, packing of a unit other than m, cm or mm, or an
        unknown compression.

    Examples
    --------
    >>> ds = xr.Dataset({"zhd": (("time", "lat", "lon"), np.full((8, 2, 3), 2.3))})
    >>> encoding = encode(ds, "time", compression="none", pack=True)["zhd"].encoding
    >>> encoding["dtype"], encoding["chunksizes"], float(encoding["add_offset"])
    ('int16', (1, 2, 3), 1.5)
    """
    if pack and quantize:
        msg = "pack and quantize exclude each other: int16 steps are a quantisation"
        raise OutputError(msg)
    out = settle_attributes(ds)
    packing = parse_compression(compression)
    for name, var in out.variables.items():
        kept = {k: var.encoding[k] for k in ("coordinates",) if k in var.encoding}
        if var.dtype.kind in "mM":
            var.encoding = kept | _time_encoding(var)
            continue
        var.encoding = kept
        if var.dtype.kind == "f":
            data = name in ds.data_vars and not str(name).endswith("_bnds")
            missing = var.attrs.pop("_FillValue", var.dtype.type(np.nan))  # as xarray wants it
            var.encoding["_FillValue"] = missing if data else None
        if var.ndim >= 2 and var.dtype.kind in "iuf":
            var.encoding |= packing | {
                "chunksizes": tile_shape(
                    [1 if d == time_dim else n for d, n in cut_sizes(var, bands).items()],
                    2 if pack and name in DELAYS_AND_TOTAL else var.dtype.itemsize,
                )
            }
        elif var.dims == (time_dim,) and name in ds.data_vars:
            var.encoding["chunksizes"] = (1,)  # written epoch by epoch, as the fields are
        if name in DELAYS_AND_TOTAL:
            _delay_encoding(var, quantize=quantize, pack=pack)
    if quantize:
        out["quantization_info"] = _quantization_info()
    _encode_time_bounds(out)
    return out


def _encode_time_bounds(ds: xr.Dataset) -> None:
    """Store the bounds of a time in the units of the time, as CF has it."""
    for var in ds.variables.values():
        cells = ds.variables.get(var.attrs.get("bounds", var.attrs.get("climatology")))
        if cells is not None and var.dtype.kind == cells.dtype.kind == "M":
            cells.encoding |= {key: var.encoding[key] for key in ("units", "calendar")}


def _time_encoding(var: xr.Variable) -> dict[str, Any]:
    if var.dtype.kind == "m":
        return {"units": "seconds", "dtype": "float64", "_FillValue": None}
    # Units must not depend on the block that happens to be written, so they are fixed here.
    known = np.empty(0, "datetime64[ns]") if var.chunks else var.values
    units = var.encoding.get("units") or choose_time_units(known)
    # Other calendars lack days that these dates have.
    calendar = var.encoding.get("calendar", "standard")
    calendar = calendar if calendar in _CALENDARS else "standard"
    return {"units": units, "calendar": calendar, "dtype": "float64", "_FillValue": None}


def _delay_encoding(var: xr.Variable, *, quantize: bool, pack: bool) -> None:
    if pack:
        unit = str(var.attrs.get("units", "m"))
        if unit not in _PER_METRE:
            msg = f"int16 packing needs delays in m, cm or mm, found {unit!r}"
            raise OutputError(msg)
        var.encoding |= {k: np.float32(v * _PER_METRE[unit]) for k, v in _PACKED.items()}
        var.encoding |= {"dtype": "int16", "_FillValue": _PACKED_FILL}
        return
    var.encoding |= {"dtype": "float32", "_FillValue": np.float32(np.nan)}
    if quantize:
        var.attrs |= {"quantization": "quantization_info", "quantization_nsb": np.int32(KEPT_BITS)}


def _quantization_info() -> xr.Variable:
    """Build the container variable of CF-1.11 section 8.4."""
    attrs = {
        "algorithm": "bitround",
        "implementation": f"tropdsx, NumPy version {np.__version__}",
        "long_name": "lossy compression of the delays",
    }
    return xr.Variable((), np.int32(0), attrs, {"coordinates": None})


def encode_values(name: Hashable, values: NDArray[Any], like: xr.Variable) -> NDArray[Any]:
    """Turn values into what the file stores: quantised, packed, dates as numbers.

    Parameters
    ----------
    name : Hashable
        For messages.
    values : ndarray
        Values of some epochs.
    like : Variable
        With the dimensions, attributes and encoding that :func:`encode` gave the variable; its own
        values do not count.

    Returns
    -------
    ndarray
        Of the stored type.

    Raises
    ------
    OutputError
        One of the values is too large or too small for int16 packing (see :func:`quantise`).

    Examples
    --------
    >>> ds = encode(xr.Dataset({"zhd": ("lat", [1.5, 2.5])}), None, pack=True)
    >>> encode_values("zhd", np.array([1.5, 2.5]), ds["zhd"].variable)
    array([    0, 20000], dtype=int16)
    """
    var = quantise(name, xr.Variable(like.dims, values, like.attrs, like.encoding))
    return np.asarray(xr.conventions.encode_cf_variable(var, name=name).values)


def empty_like(var: xr.Variable) -> xr.Variable:
    """Keep the dimensions, type, attributes and encoding of a variable, and no values.

    Parameters
    ----------
    var : Variable
        Of any kind, also lazy.

    Returns
    -------
    Variable
        Of length 0 along every dimension; small enough to travel to a worker.

    Examples
    --------
    >>> empty_like(xr.Variable(("lat", "lon"), np.ones((180, 360)), {"units": "m"})).shape
    (0, 0)
    """
    return xr.Variable(var.dims, np.empty((0,) * var.ndim, var.dtype), var.attrs, var.encoding)


def quantise(name: Hashable, var: xr.Variable) -> xr.Variable:
    """Quantise a loaded variable if its encoding asks for it, and check that int16 can hold it.

    Parameters
    ----------
    name : Hashable
        For the message.
    var : xarray.Variable
        With the attributes and encoding that :func:`encode` gave it.

    Returns
    -------
    xarray.Variable
        What to write.

    Raises
    ------
    OutputError
        A value outside the range of the packing, which would wrap around.

    Examples
    --------
    >>> ds = encode(xr.Dataset({"zhd": ("lat", [2.34567])}), None, quantize=True)
    >>> round(float(quantise("zhd", ds["zhd"].variable)[0]), 5)
    2.34564
    """
    if "quantization_nsb" in var.attrs:
        # Not by the netCDF library: its attribute _Quantize... breaks CF's naming rule.
        return var.copy(data=bit_round(var.values.astype(np.float32), KEPT_BITS))
    if var.encoding.get("dtype") != "int16" or not var.size:
        return var
    scale, offset = float(var.encoding["scale_factor"]), float(var.encoding["add_offset"])
    low, high = offset - 32767 * scale, offset + 32767 * scale
    with np.errstate(invalid="ignore"):
        outside = int(((var.values < low) | (var.values > high)).sum())
    if outside:
        msg = (
            f"{name} has {outside} values outside {low:.3f} to {high:.3f} "
            f"{var.attrs.get('units', 'm')}, all that int16 packing can hold; write float32 instead"
        )
        raise OutputError(msg)
    return var


def bit_round(values: NDArray[np.float32], bits: int) -> NDArray[np.float32]:
    """Round float32 to so many explicit mantissa bits, halves to even (BitRound).

    Parameters
    ----------
    values : numpy.ndarray of float32
        NaN and infinity pass through.
    bits : int
        1 to 22 of the 23 bits.

    Returns
    -------
    numpy.ndarray of float32
        Of the same shape and unit.

    Examples
    --------
    >>> bool(abs(bit_round(np.float32([2.34567]), 15) - np.float32(2.34567)) < 3.1e-5)
    True
    """
    drop = np.uint32(23 - bits)
    raw = values.view(np.uint32)
    one = np.uint32(1)
    half = (one << (drop - one)) - one + ((raw >> drop) & one)
    rounded = ((raw + half) >> drop) << drop
    return np.where(np.isfinite(values), rounded.view(np.float32), values)


def find_time_dim(ds: xr.Dataset) -> Hashable | None:
    """Name the dimension that the file grows along.

    Parameters
    ----------
    ds : Dataset
        Described data.

    Returns
    -------
    Hashable or None
        The time dimension; None where there is none, or where texts along it can be written in one
        go only.

    Examples
    --------
    >>> axes = {"lat": [1.0, 0.0], "lon": [5.0, 6.0], "time": [np.datetime64("2021-01-01", "ns")]}
    >>> ds = xr.Dataset(coords=axes)
    >>> find_time_dim(ds), find_time_dim(ds.isel(time=0))
    ('time', None)
    """
    time = find_axis_names(ds).time
    odd = any(time in var.dims and var.dtype.kind == "O" for var in ds.variables.values())
    return time if time in ds.dims and not odd else None
