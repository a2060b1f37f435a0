"""Tell the format of a file by its content."""

from __future__ import annotations

import glob
import re
from collections.abc import Sequence
from pathlib import Path

from tropdsx.errors import InputError
from tropdsx.read.classic_netcdf import check_classic_length
from tropdsx.read.text import DAMAGED, describe_error, is_compressed, open_compressed
from tropdsx.system.paths import is_zarr_store

__all__ = ["ACCEPTED", "detect_kind", "find_files", "is_url"]

ACCEPTED = "accepted are NetCDF, Zarr, GRIB, VMF text (.xz, .gz) and TropDS npy files"
"""For messages: what can be read."""

_URL = re.compile(r"^[a-z][a-z0-9+]+://", re.I)


def is_url(path: str | Path) -> bool:
    """Tell whether a name is a URL.

    Parameters
    ----------
    path : str or Path
        Name of a file, folder or URL.

    Returns
    -------
    bool
        True for text such as ``https://...`` and ``s3://...``.

    Examples
    --------
    >>> is_url("s3://bucket/a.zarr"), is_url("C:/a.nc")
    (True, False)
    """
    return isinstance(path, str) and _URL.match(path) is not None


def find_files(
    paths: str | Path | Sequence[str | Path], accepted: str = ACCEPTED
) -> list[str | Path]:
    """Find the files behind names and patterns, in order.

    Parameters
    ----------
    paths : str, Path or sequence of them
        Files, URLs or patterns; ~ is the home folder.
    accepted : str, optional
        What the caller accepts, for the message if nothing is given.

    Returns
    -------
    list of str or Path
        URLs as they are, files as paths.

    Raises
    ------
    InputError
        If nothing is given, or a pattern matches no file at all.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("b.nc", "a.nc"):
    ...         (Path(folder) / name).touch()
    ...     [file.name for file in find_files(f"{folder}/*.nc")]
    ['a.nc', 'b.nc']
    """
    if isinstance(paths, (str, Path)):
        paths = [paths]
    files: list[str | Path] = []
    for entry in paths:
        if is_url(entry):
            files.append(entry)
            continue
        path = _at_home(Path(entry))
        if _exists(path) or not glob.has_magic(str(entry)):
            files.append(path)
        else:
            matched = sorted(glob.glob(str(path)))  # noqa: PTH207 - Path.glob refuses absolute ones
            if not matched:
                msg = f"no file matches {entry}; check the pattern and the folder."
                raise InputError(msg)
            files += [Path(name) for name in matched]
    if not files:
        msg = f"no input given; {accepted}."
        raise InputError(msg)
    return files


def _at_home(path: Path) -> Path:
    """Put the home folder for ~, unless there is a file of this very name."""
    try:
        return path if _exists(path) else path.expanduser()
    except RuntimeError:  # ~name, and nobody is called so
        return path


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        msg = f"{str(path)[:80]} cannot be looked up ({error.strerror}); check the name."
        raise InputError(msg) from error


def detect_kind(path: str | Path) -> str:
    """Tell the format of a file by its content.

    Parameters
    ----------
    path : str or Path
        File, folder or URL.

    Returns
    -------
    str
        ``"netcdf"``, ``"zarr"``, ``"grib"``, ``"npy"`` or ``"vmf"``.

    Raises
    ------
    InputError
        If there is no such file or nothing in it, or it is of no accepted kind; the text says
        what it seems to be.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = Path(file.name).write_bytes(b"GRIB....")
    ...     detect_kind(file.name)
    'grib'
    """
    if is_url(path):
        store = str(path).rstrip("/").endswith(".zarr") or str(path).startswith("s3")
        return "zarr" if store else "netcdf"
    path = Path(path)
    if not path.exists():
        msg = f"no such file: {path}."
        raise InputError(msg)
    if path.is_dir():
        if is_zarr_store(path):
            return "zarr"
        msg = f"{path} is a folder but no Zarr store; give files, or a pattern such as {path}/*.nc."
        raise InputError(msg)
    head = _read_head(path)
    if head[:3] == b"CDF" and head[3:4] in (b"\x01", b"\x02", b"\x05"):
        check_classic_length(path)
        return "netcdf"
    if head[:8] == b"\x89HDF\r\n\x1a\n":
        return "netcdf"
    if head[:4] == b"GRIB":
        return "grib"
    if head[:6] == b"\x93NUMPY":
        return "npy"
    if _looks_like_vmf(head):
        return "vmf"
    msg = f"{path} {_describe_head(head)}; {ACCEPTED}. Check that this is the right file."
    raise InputError(msg)


def _read_head(path: Path) -> bytes:
    """Read the first bytes, of compressed text after decompression."""
    try:
        with path.open("rb") as stream:
            head = stream.read(512)
        if not head:
            msg = f"{path} is empty (0 bytes); {ACCEPTED}. Fetch the file again."
            raise InputError(msg)
        if is_compressed(head):
            with open_compressed(path, head) as stream:
                head = stream.read(512)
            if not _looks_like_vmf(head):
                msg = (
                    f"{path} is compressed and {_describe_head(head)} inside; only VMF text is "
                    "read compressed. Decompress it first."
                )
                raise InputError(msg)
    except InputError:
        raise
    except DAMAGED as error:
        msg = f"{path} cannot be read ({describe_error(error)}). Fetch the file again."
        raise InputError(msg) from error
    return head


def _looks_like_vmf(head: bytes) -> bool:
    if head.lstrip().startswith(b"!"):
        return True
    try:
        return len([float(word) for word in head.lstrip().splitlines()[0].split()]) == 6
    except (ValueError, IndexError):
        return False


def _describe_head(head: bytes) -> str:
    if not head:
        return "is empty"
    printable = sum(byte in b"\t\r\n\f" or 32 <= byte < 127 for byte in head)
    if head.lstrip()[:1] == b"<":
        return "is a web page (a failed download?)"
    if printable < 0.95 * len(head):
        return "is of an unknown binary kind"
    return f"is text ('{' '.join(head.decode('latin-1').split())[:30]}...') but no VMF grid"
