"""Tell the format of a file by its content."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from tropdsx.errors import InputError, did_you_mean
from tropdsx.read.containers.archives import describe_tar
from tropdsx.read.containers.classic_netcdf import check_classic_length
from tropdsx.read.containers.padding import ends_whole, find_end
from tropdsx.read.containers.remote import is_netcdf, is_store
from tropdsx.read.containers.temporary import origin_of
from tropdsx.read.text import DAMAGED, describe_error, is_compressed, open_compressed
from tropdsx.system.names import split_part
from tropdsx.system.paths import is_zarr_store

__all__ = ["ACCEPTED", "GROUPED", "detect_kind", "tell_kind"]

ACCEPTED = "accepted are NetCDF, Zarr, GRIB, VMF text (.xz, .gz) and TropDS npy files, also zipped"
"""For messages: what can be read."""

GROUPED = ("netcdf", "zarr")
"""Kinds of file that can have groups."""

_FOREIGN = {
    b"BZh": "compressed with bzip2 (decompress it with bunzip2, or tar -xf, first)",
    b"\x28\xb5\x2f\xfd": "compressed with zstd (decompress it with unzstd first)",
    b"\x1f\x9d": "compressed with compress (decompress it with uncompress first)",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive (unpack it with 7z x first)",
    b"Rar!": "a RAR archive (unpack it with unrar x first)",
    b"\x0e\x03\x13\x01": "HDF4 (convert it with h4tonccf first)",
    b"BUFR": "BUFR, which holds no grids",
    b"II*\x00": "TIFF (convert it with gdal_translate -of netCDF first)",
    b"MM\x00*": "TIFF (convert it with gdal_translate -of netCDF first)",
    b"%PDF": "a PDF document",
}
"""What is told by its first bytes but not read, and the way out."""


_GACOS = "is a grid of total delays at its own terrain by GACOS, which tropdsx.open_gacos reads"


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
        If there is no such file or nothing in it, it is cut off, or it is of no accepted kind; the
        text says what it seems to be.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = Path(file.name).write_bytes(b"GRIB....7777")
    ...     detect_kind(file.name)
    'grib'
    """
    path, group = split_part(path)
    kind = _kind_of_url(path) if isinstance(path, str) else _kind_of_file(path)
    if group is not None and kind not in GROUPED:
        msg = (
            f"{path} ({kind}) has no parts, but '#{group}' is asked for; groups are of NetCDF and "
            "Zarr, members of ZIP. Leave it out."
        )
        raise InputError(msg)
    return kind


def _kind_of_url(url: str) -> str:
    return "zarr" if is_store(url) else "netcdf"


def _kind_of_file(path: Path) -> str:
    if not path.exists():
        beside: list[str] = []
        with contextlib.suppress(OSError):  # no such folder, or one that may not be looked into
            beside = [each.name for each in path.parent.iterdir()]
        msg = f"no such file: {path}{did_you_mean(path.name, beside)}."
        raise InputError(msg)
    if path.is_dir():
        if is_zarr_store(path):
            return "zarr"
        msg = f"{path} is a folder but no Zarr store; give files, or a pattern such as {path}/*.nc."
        raise InputError(msg)
    head = _read_head(path)
    kind = tell_kind(head)
    if kind is None:
        what = _describe_head(head) if not _is_gacos(path) else _GACOS
        msg = f"{path} {what}; {ACCEPTED}. Check that this is the right file."
        raise InputError(msg)
    if head[:3] == b"CDF":
        check_classic_length(path)
    if kind == "grib":
        _refuse_cut_grib(path)
    return kind


def _refuse_cut_grib(path: Path) -> None:
    """Refuse GRIB that ends within a message: eccodes skips it, and fields miss levels."""
    with path.open("rb") as stream:
        whole = ends_whole(stream, find_end(stream))
    if not whole:
        msg = (
            f"{origin_of(path)} is cut off: its last GRIB message does not end with 7777; accepted "
            "are whole files, since fields would miss levels or epochs. Fetch it again."
        )
        raise InputError(msg)


def _is_gacos(path: Path) -> bool:
    return path.suffix.lower() == ".ztd" or path.with_name(f"{path.name}.rsc").is_file()


def tell_kind(head: bytes) -> str | None:
    r"""Tell the format of a file by its first bytes.

    Parameters
    ----------
    head : bytes
        Up to 512, of compressed text after decompression.

    Returns
    -------
    str or None
        As :func:`detect_kind`; None for what is not read.

    Examples
    --------
    >>> tell_kind(b"CDF\x01..."), tell_kind(b"<!DOCTYPE html>")
    ('netcdf', None)
    """
    if is_netcdf(head):
        return "netcdf"
    if head[:4] == b"GRIB":
        return "grib"
    if head[:6] == b"\x93NUMPY":
        return "npy"
    return "vmf" if _looks_like_vmf(head) else None


def _read_head(path: Path) -> bytes:
    """Read the first bytes, of compressed text after decompression."""
    try:
        with path.open("rb") as stream:
            head = stream.read(512)
        if not head:
            msg = f"{path} is empty (0 bytes); {ACCEPTED}. Fetch the file again."
            raise InputError(msg)
        compressed = is_compressed(head)
        if compressed:
            with open_compressed(path, head) as stream:
                head = stream.read(512)
        if head[257:262] == b"ustar":
            msg = f"{path} {describe_tar(path)}."
            raise InputError(msg)
        if compressed and not _looks_like_vmf(head):
            msg = (
                f"{path} is compressed and {_describe_head(head)} inside; only VMF text is read "
                "compressed. Decompress it first."
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
        return len([float(word) for word in head.lstrip().splitlines()[0].split()]) in (6, 10)
    except (ValueError, IndexError):
        return False


def _describe_head(head: bytes) -> str:
    if not head:
        return "is empty"
    for magic, name in _FOREIGN.items():
        if head.startswith(magic):
            return f"is {name}"
    printable = sum(byte in b"\t\r\n\f" or 32 <= byte < 127 for byte in head)
    if head.lstrip()[:1] == b"<":
        return "is a web page (a failed download?)"
    if printable < 0.95 * len(head):
        return "is of an unknown binary kind"
    text = head.decode("latin-1")
    if text.lstrip()[:1] == "{" and '"refs"' in text:
        return (
            "is a list of references by kerchunk, whose Dataset is taken: "
            "xr.open_dataset(path, engine='kerchunk')"
        )
    if "p:a0" in text:
        return "is a grid of GPT3 coefficients, of which `tropdsx gpt3` makes delays,"
    if (foreign := _foreign(text)) is not None:
        return f"is {foreign}"
    shown = " ".join(text.split())[:30]
    if re.match(r"\W*(station|site)\w*[,;\t]", text, re.IGNORECASE):
        told = "for `tropdsx stations GRID TABLE`, and no grid"
        return f"is a table of stations ('{shown}...'), {told}"
    return f"is text ('{shown}...') but no VMF grid"


def _foreign(text: str) -> str | None:
    from tropdsx.read.tables.foreign import describe_foreign  # where something is wrong already

    return describe_foreign(text)
