"""Translate a word such as ``zlib:1`` into how NetCDF and Zarr compress."""

from __future__ import annotations

from typing import Any

from tropdsx.errors import OutputError

__all__ = ["parse_compression", "zarr_codecs"]


def parse_compression(compression: str, *, store: bool = False) -> dict[str, Any]:
    """Translate a compression word into keywords of netCDF4.

    Parameters
    ----------
    compression : str
        ``none``, ``zlib:1`` .. ``zlib:9`` or ``zstd``, ``zstd:1`` .. ``zstd:19``.
    store : bool, optional
        The word is meant for a Zarr store, which does not need the filters of the HDF5 library.

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
    if name == "zstd" and not store:
        import netCDF4

        if not netCDF4.__has_zstandard_support__:
            msg = "this netCDF library has no zstd filter; use compression='zlib:1'"
            raise OutputError(msg)
    return {"compression": name, "complevel": int(level or 1), "shuffle": True}


def zarr_codecs(compression: str, itemsize: int, *, zarr_format: int = 3) -> dict[str, Any]:
    """Translate a compression word into the encoding of a Zarr variable.

    Parameters
    ----------
    compression : str
        As in :func:`parse_compression`.
    itemsize : int
        Size of a value [byte].
    zarr_format : {2, 3}, optional
        Version of the store, which decides in whose terms the codec is spelled.

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
    found = parse_compression(compression, store=True)
    if not found:
        return {"compressors": None}
    name, level = found["compression"], min(found["complevel"], 9)
    # Blosc shuffles bytes as HDF5 does; Zarr has no shuffle of its own that others know.
    if zarr_format == 2:
        from numcodecs import Blosc

        return {"compressors": Blosc(name, level, Blosc.SHUFFLE)}
    from zarr.codecs import BloscCodec, BloscShuffle

    shuffle = BloscShuffle.shuffle
    return {"compressors": BloscCodec(cname=name, clevel=level, shuffle=shuffle, typesize=itemsize)}
