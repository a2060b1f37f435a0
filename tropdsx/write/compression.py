"""Translate a word such as ``zlib:1`` into how NetCDF and Zarr compress."""

from __future__ import annotations

from typing import Any

from tropdsx.errors import OutputError

__all__ = ["parse_compression", "zarr_codecs"]


def parse_compression(compression: str) -> dict[str, Any]:
    """Translate a compression word into keywords of netCDF4.

    Parameters
    ----------
    compression : str
        ``none``, ``zlib:1`` .. ``zlib:9`` or ``zstd``, ``zstd:1`` .. ``zstd:19``.

    Returns
    -------
    dict
        Empty for ``none``.

    Raises
    ------
    OutputError
        Another word, or zstd where the HDF5 library has no such filter.

    Examples
    --------
    >>> parse_compression("zlib:1")
    {'compression': 'zlib', 'complevel': 1, 'shuffle': True}
    >>> parse_compression("none")
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
    """Translate a compression word into the encoding of a Zarr variable.

    Parameters
    ----------
    compression : str
        As in :func:`parse_compression`.
    itemsize : int
        Size of a value [byte].

    Returns
    -------
    dict
        ``compressors``, for the encoding of a variable.

    Raises
    ------
    OutputError
        As :func:`parse_compression`.

    Examples
    --------
    >>> zarr_codecs("zlib:1", 4)["compressors"].cname.value, zarr_codecs("none", 4)
    ('zlib', {'compressors': None})
    """
    from zarr.codecs import BloscCodec, BloscShuffle

    found = parse_compression(compression)
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
