"""Find out how a URL is read: in place by byte ranges or OPeNDAP, or as a copy fetched once."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple, cast
from urllib.parse import unquote, urlsplit

from tropdsx.errors import InputError
from tropdsx.read.containers.temporary import copy_whole, make_folder, release
from tropdsx.read.text import describe_error
from tropdsx.system.hdf5 import hdf5_lock

__all__ = ["is_netcdf", "is_store", "resolve_url"]

_SECONDS = 60
"""How long a server may keep silent [s]."""
_BROKEN = (OSError, http.client.HTTPException)  # OSError: also URLError and time-outs
_LIBRARY_ONLY = (401, 403)
"""Answers to which the netCDF library may know better: it reads .netrc and .dodsrc."""


_FETCHED = 1 << 26
"""Files up to this size are fetched whole: reading in place asks for hundreds of pieces [byte]."""


class _Answer(NamedTuple):
    """What a server says of a URL.

    Attributes
    ----------
    status : int
        HTTP status; 206 where it gives byte ranges.
    head : bytes
        The beginning, up to 512.
    size : int
        Of the file, where the server gives byte ranges [byte].
    reason : str
        Why there is no beginning.
    """

    status: int
    head: bytes = b""
    size: int = 0
    reason: str = ""

    @property
    def in_place(self) -> bool:
        """Whether the file is large, and can be read in pieces."""
        return self.status == 206 and self.size > _FETCHED and is_netcdf(self.head)


def is_netcdf(head: bytes) -> bool:
    r"""Tell NetCDF of any version by its first bytes.

    Parameters
    ----------
    head : bytes
        8 or more.

    Returns
    -------
    bool
        True for the classic formats and for HDF5.

    Examples
    --------
    >>> is_netcdf(b"CDF\x01\x00\x00\x00\x00"), is_netcdf(b"GRIB")
    (True, False)
    """
    classic = head[:3] == b"CDF" and head[3:4] in (b"\x01", b"\x02", b"\x05")
    return classic or head[:8] == b"\x89HDF\r\n\x1a\n"


def is_store(url: str) -> bool:
    """Tell whether a URL is of a Zarr store.

    Parameters
    ----------
    url : str
        Without a group.

    Returns
    -------
    bool
        By its ending or by its scheme, which only stores have.

    Examples
    --------
    >>> is_store("https://host/a.zarr"), is_store("https://host/a.nc")
    (True, False)
    """
    scheme = url.partition(":")[0].lower()
    return url.rstrip("/").endswith(".zarr") or scheme in ("s3", "s3a", "gs", "gcs", "az", "abfs")


def resolve_url(url: str, accepts: Callable[[bytes], bool]) -> str | Path:
    """Find out how a URL is read, and fetch what can only be read as a file.

    Parameters
    ----------
    url : str
        Without a group. One that names its mode behind ``#`` is left to the netCDF library.
    accepts : callable
        Whether a file that begins with these bytes, up to 512, can be read.

    Returns
    -------
    str or Path
        Large NetCDF where the server gives byte ranges: the URL with ``#mode=bytes``; OPeNDAP and
        Zarr: the URL; all else: a copy in a temporary folder.

    Raises
    ------
    InputError
        If the server is not reached, has no such file, or gives something else; the text says what.

    Examples
    --------
    >>> resolve_url("https://host/a.nc#mode=bytes", lambda head: True)
    'https://host/a.nc#mode=bytes'
    """
    if is_store(url) or "#" in url or not url.lower().startswith(("http:", "https:", "ftp:")):
        return url
    answer = _ask(url)
    if answer.in_place and _opens_in_place(f"{url}#mode=bytes"):
        return f"{url}#mode=bytes"
    if accepts(answer.head):
        return _fetch(url)
    # An OPeNDAP address is no file, so a server may answer anything; its structure tells.
    base, mark, query = url.partition("?")
    if _ask(f"{base}.dds{mark}{query}").head.lstrip().startswith(b"Dataset"):
        return url
    if answer.status in _LIBRARY_ONLY:
        return url
    what = answer.reason or f"gives {_describe(answer.head)}"
    msg = (
        f"{url} {what}; accepted are NetCDF, GRIB, VMF text, npy and ZIP files, OPeNDAP addresses "
        "and Zarr stores. Check the address in a browser, or download the file and give its name."
    )
    raise InputError(msg)


def _describe(head: bytes) -> str:
    if not head:
        return "nothing"
    if head.lstrip()[:1] == b"<":
        return "a web page"
    return f"something else ('{' '.join(head[:30].decode('ascii', 'replace').split())}...')"


def _ask(url: str) -> _Answer:
    """Ask for the beginning of a file."""
    try:
        request = urllib.request.Request(url, headers={"Range": "bytes=0-511"})
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
            size = (answer.headers.get("Content-Range") or "").rpartition("/")[2]
            known = int(size) if size.isdigit() else 0
            return _Answer(answer.status or 200, answer.read(512), known)  # ftp has no status
    except urllib.error.HTTPError as error:
        return _Answer(error.code, reason=f"cannot be fetched (HTTP {error.code} {error.reason})")
    except urllib.error.URLError as error:
        msg = f"{url} cannot be reached ({_reason(error)}); check the address and the network."
        raise InputError(msg) from error
    except (*_BROKEN, ValueError) as error:
        msg = f"{url} cannot be read ({describe_error(error)}); check the address."
        raise InputError(msg) from error


def _reason(error: urllib.error.URLError) -> str:
    return str(getattr(error.reason, "strerror", None) or error.reason)


def _opens_in_place(url: str) -> bool:
    """Tell whether the netCDF library can: it may be built without it, or not allowed to ask."""
    import netCDF4

    try:
        with hdf5_lock():
            netCDF4.Dataset(url).close()
    except (OSError, RuntimeError):
        return False
    return True


def _fetch(url: str) -> Path:
    """Copy a file from a server to a temporary folder."""
    folder = make_folder()
    name = PurePosixPath(unquote(urlsplit(url).path)).name or "file"
    path = folder.path / name
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:
            length = answer.headers.get("Content-Length")
            copy_whole(cast(BinaryIO, answer), path, int(length) if length else None, url)
    except BaseException as error:
        release([folder.path])
        if isinstance(error, _BROKEN) and not isinstance(error, InputError):
            msg = f"{url} was broken off ({describe_error(error)}). Try again."
            raise InputError(msg) from error
        raise
    folder.origins[path] = url
    return path
