"""How values are stored: compression, chunks, packing, quantisation, fill values."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf import description as cf
from tropdsx.cf.bounds import time_units
from tropdsx.cf.description import DELAYS
from tropdsx.errors import OutputError

# Steps of 0.05 mm around 1.5 m reach from -0.138 m to 3.138 m: every zenith delay on Earth, ztd in
# the Dead Sea depression (2.75 m) included. float32 factors make readers unpack to float32.
_PACKED = {"scale_factor": 5e-5, "add_offset": 1.5}
_PACKED_FILL = np.int16(-32768)
_PER_METRE = {"m": 1.0, "cm": 100.0, "mm": 1000.0}
# 15 explicit mantissa bits: at most 0.031 mm on a delay of 2 to 4 m.
KEPT_BITS = 15


def filters(compression: str) -> dict[str, Any]:
    """Read a compression word into netCDF4 keywords.

    Parameters
    ----------
    compression : str
        ``none``, ``zlib:1`` .. ``zlib:9`` or ``zstd``, ``zstd:1`` .. ``zstd:19``.

    Raises
    ------
    OutputError
        Another word, or zstd where the HDF5 library has no such filter.

    Examples
    --------
    >>> filters("zlib:1")
    {'compression': 'zlib', 'complevel': 1, 'shuffle': True}
    >>> filters("none")
    {}
    """
    name, _, level = compression.partition(":")
    top = {"zlib": 9, "zstd": 19}.get(name)
    if compression == "none":
        return {}
    if top is None or not (level or "1").isdigit() or not 1 <= int(level or 1) <= top:
        msg = (
            f"compression {compression!r} is unknown; accepted are none, zlib:1 to zlib:9 and "
            "zstd:1 to zstd:19"
        )
        raise OutputError(msg)
    if name == "zstd":
        import netCDF4

        if not netCDF4.__has_zstandard_support__:
            msg = "this netCDF library has no zstd filter; use compression='zlib:1'"
            raise OutputError(msg)
    return {"compression": name, "complevel": int(level or 1), "shuffle": True}


def zarr_codecs(compression: str, itemsize: int) -> dict[str, Any]:
    """Say in Zarr's words how values are compressed.

    Parameters
    ----------
    compression : str
        As in :func:`filters`.
    itemsize : int
        Bytes of a value [byte].

    Returns
    -------
    dict
        For the encoding of a variable.

    Raises
    ------
    OutputError
        Another word.
    """
    from zarr.codecs import BloscCodec, BloscShuffle

    found = filters(compression)
    if not found:
        return {"compressors": None}
    # Blosc shuffles bytes as HDF5 does; Zarr version 3 has no shuffle of its own.
    codec = BloscCodec(
        cname=found["compression"],
        clevel=min(found["complevel"], 9),
        shuffle=BloscShuffle.shuffle,
        typesize=itemsize,
    )
    return {"compressors": codec}


def encode(
    ds: xr.Dataset,
    record: Hashable | None,
    *,
    compression: str = "zlib:1",
    quantize: bool = False,
    pack: bool = False,
) -> xr.Dataset:
    """Set the encoding of every variable; encodings left over from an input file are dropped.

    Parameters
    ----------
    ds : xarray.Dataset
        Described data (see :func:`tropdsx.cf.describe`); stays lazy.
    record : Hashable or None
        The growing dimension: one chunk per step of it.
    compression : str, optional
        As in :func:`filters`.
    quantize : bool, optional
        Keep 15 mantissa bits of the delays (at most 0.031 mm off) so that they compress better.
    pack : bool, optional
        Store the delays as int16 in steps of 0.05 mm.

    Returns
    -------
    xarray.Dataset
        The same data; with ``quantize``, the CF container variable ``quantization_info`` is added.
    """
    if pack and quantize:
        msg = "pack and quantize exclude each other: int16 steps are a quantisation"
        raise OutputError(msg)
    out = ds.copy(deep=False)
    packing = filters(compression)
    for name, var in out.variables.items():
        kept = {k: var.encoding[k] for k in ("coordinates",) if k in var.encoding}
        if var.dtype.kind in "mM":
            var.encoding = kept | _time_encoding(var)
            continue
        var.encoding = kept
        if var.dtype.kind == "f":
            data = name in out.data_vars and not str(name).endswith("_bnds")
            var.encoding["_FillValue"] = var.dtype.type(np.nan) if data else None
        if var.ndim >= 2 and var.dtype.kind in "iuf":
            var.encoding |= packing | {
                "chunksizes": tuple(
                    1 if dim == record else size
                    for dim, size in zip(var.dims, var.shape, strict=True)
                )
            }
        if name in DELAYS:
            _delay_encoding(var, quantize=quantize, pack=pack)
    if quantize:
        out["quantization_info"] = _quantization_info()
    return out


def _time_encoding(var: xr.Variable) -> dict[str, Any]:
    if var.dtype.kind == "m":
        return {"units": "seconds", "dtype": "float64", "_FillValue": None}
    # Units must not depend on the block that happens to be written, so they are fixed here.
    units = var.encoding.get("units") or time_units(np.empty(0) if var.chunks else var.values)
    calendar = var.encoding.get("calendar", "standard")
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


def prepared(name: Hashable, var: xr.Variable) -> xr.Variable:
    """Quantise a loaded variable that is to be, and refuse what int16 packing would wrap around.

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
        A value outside the range of the packing.
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


def bit_round(values: np.ndarray, bits: int) -> np.ndarray:
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


def record_of(ds: xr.Dataset) -> Hashable | None:
    """Name the dimension to grow along; None where the file is better written in one go."""
    time = cf.axes_of(ds).time
    odd = any(time in var.dims and var.dtype.kind == "O" for var in ds.variables.values())
    return time if time in ds.dims and not odd else None
