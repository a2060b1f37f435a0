"""Tell the format of a file by its content."""

from __future__ import annotations

import glob
import gzip
import lzma
import re
import zlib
from collections.abc import Sequence
from pathlib import Path

from tropdsx.errors import InputError
from tropdsx.read.classic_netcdf import check_classic_length

__all__ = ["ACCEPTED", "URL", "files_named", "is_text", "kind_of_file"]

ACCEPTED = "accepted are NetCDF, Zarr, GRIB, VMF text (.xz, .gz) and TropDS npy files"
URL = re.compile(r"^[a-z][a-z0-9+]+://", re.I)


def files_named(
    paths: str | Path | Sequence[str | Path], accepted: str = ACCEPTED
) -> list[str | Path]:
    """Find the files behind names and patterns, in order.

    Parameters
    ----------
    paths : str, Path or sequence of them
        Files, URLs or patterns; ~ is the home folder.
    accepted : str
        What the caller accepts, for the message if nothing is given.

    Returns
    -------
    list of str or Path
        URLs as they are, files as paths.

    Raises
    ------
    InputError
        If nothing is given or a pattern matches no file.
    """
    if isinstance(paths, (str, Path)):
        paths = [paths]
    files: list[str | Path] = []
    for entry in paths:
        if isinstance(entry, str) and URL.match(entry):
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


def kind_of_file(path: str | Path) -> str:
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
        If the file is missing, empty, or of no accepted kind.
    """
    if isinstance(path, str) and URL.match(path):
        return "zarr" if path.rstrip("/").endswith(".zarr") or path.startswith("s3") else "netcdf"
    path = Path(path)
    if not path.exists():
        msg = f"no such file: {path}."
        raise InputError(msg)
    if path.is_dir():
        if any((path / name).exists() for name in ("zarr.json", ".zgroup", ".zmetadata")):
            return "zarr"
        msg = f"{path} is a folder but no Zarr store; give files, or a pattern such as {path}/*.nc."
        raise InputError(msg)
    head = _head(path)
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
    msg = f"{path} {_described(head)}; {ACCEPTED}. Check that this is the right file."
    raise InputError(msg)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            head = stream.read(512)
        if not head:
            msg = f"{path} is empty (0 bytes); {ACCEPTED}. Fetch the file again."
            raise InputError(msg)
        if head[:6] == b"\xfd7zXZ\x00" or head[:2] == b"\x1f\x8b":
            with (gzip.open if head[0] == 0x1F else lzma.open)(path, "rb") as stream:
                head = stream.read(512)
            if not _looks_like_vmf(head):
                msg = (
                    f"{path} is compressed and {_described(head)} inside; only VMF text is read "
                    "compressed. Decompress it first."
                )
                raise InputError(msg)
    except InputError:
        raise
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        msg = f"{path} cannot be read ({' '.join(str(error).split())}). Fetch the file again."
        raise InputError(msg) from error
    return head


def _looks_like_vmf(head: bytes) -> bool:
    if head.lstrip().startswith(b"!"):
        return True
    try:
        return len([float(word) for word in head.lstrip().splitlines()[0].split()]) == 6
    except (ValueError, IndexError):
        return False


def _described(head: bytes) -> str:
    if not head:
        return "is empty"
    printable = sum(byte in b"\t\r\n\f" or 32 <= byte < 127 for byte in head)
    if head.lstrip()[:1] == b"<":
        return "is a web page (a failed download?)"
    if printable < 0.95 * len(head):
        return "is of an unknown binary kind"
    return f"is text ('{' '.join(head.decode('latin-1').split())[:30]}...') but no VMF grid"


def is_text(path: Path) -> bool:
    """Say whether a file begins as text does, or is compressed."""
    with path.open("rb") as stream:
        head = stream.read(512)
    if head[:6] == b"\xfd7zXZ\x00" or head[:2] == b"\x1f\x8b":
        return True
    return bool(head) and all(byte in b"\t\r\n\f" or 32 <= byte < 127 for byte in head)
