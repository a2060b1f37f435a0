"""Take the files of a ZIP archive out of it, and say how to unpack archives of other kinds."""

from __future__ import annotations

import tarfile
import threading
import zipfile
import zlib
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from tropdsx.errors import InputError, warn
from tropdsx.read.containers.temporary import (
    Folder,
    copy_whole,
    hold,
    make_folder,
    origin_of,
    release,
)
from tropdsx.read.text import DAMAGED, describe_error, list_some

__all__ = ["describe_tar", "first_bytes", "is_zip", "unpack"]

_SHOWN = 5
"""How many members of a tar archive a message lists."""
_LOOKED_INTO = 1 << 26
"""Members of a compressed tar file up to this size are skipped to find more names [byte]."""
_DAMAGED = (*DAMAGED, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError)
_UNPACKED: dict[tuple[Path, int, int], Folder] = {}
"""Archives that are unpacked now, by their name, time and size."""
_LOCK = threading.RLock()


def first_bytes(path: Path) -> bytes:
    """Read the first four bytes, which tell many kinds of file.

    Parameters
    ----------
    path : Path
        A file, a folder, or nothing.

    Returns
    -------
    bytes
        None of what is no file or cannot be read.

    Examples
    --------
    >>> first_bytes(Path("/"))
    b''
    """
    if not path.is_file():
        return b""
    try:
        with path.open("rb") as stream:
            return stream.read(4)
    except OSError:  # whoever opens it says why
        return b""


def is_zip(path: Path, head: bytes | None = None) -> bool:
    """Tell whether a file is a ZIP archive, whatever its name.

    Parameters
    ----------
    path : Path
        A file, a folder, or nothing.
    head : bytes, optional
        What `first_bytes` has read of it.

    Returns
    -------
    bool
        By its first bytes.

    Examples
    --------
    >>> is_zip(Path("/"))
    False
    """
    found = first_bytes(path) if head is None else head
    return found in (b"PK\x03\x04", b"PK\x05\x06")


def unpack(path: Path, wanted: str | None, accepts: Callable[[bytes], bool]) -> list[Path]:
    r"""Unpack the members of a ZIP archive that can be read into a temporary folder.

    Nothing is written outside that folder, whatever the members are called, and nothing there but
    files of accepted kinds, block by block, while its file system has space.

    Parameters
    ----------
    path : Path
        The archive.
    wanted : str, optional
        One member, by its name in the archive, its last part, or a pattern of them; default: all
        that can be read. Behind a further ``#`` stands a group of that member.
    accepts : callable
        Whether a file that begins with these bytes, up to 512, can be read.

    Returns
    -------
    list of Path
        The members in the order of their names.

    Raises
    ------
    InputError
        If the archive is damaged or encrypted, holds nothing that can be read, has no such member,
        or the temporary folder has too little space; the text names members.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     archive = Path(folder) / "era5.zip"
    ...     with zipfile.ZipFile(archive, "w") as made:
    ...         made.writestr("../a.nc", b"CDF\x01 and so on")
    ...     [member.name for member in unpack(archive, None, lambda head: head[:3] == b"CDF")]
    ['a.nc']
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members_of(archive, path)
            chosen, group = _choose(members, wanted, path)
            readable = [m for m in chosen if accepts(_head_of(archive, m, path))]
            _check_readable(readable, chosen, members, path)
            if wanted is None:
                _warn_of_others(readable, members, path)
            files = _take_out(archive, readable, path)
    except InputError:
        raise
    except _DAMAGED as error:
        msg = (
            f"{path} is a ZIP archive that cannot be read ({describe_error(error)[:120]}); fetch "
            "it again, or unpack it with unzip and give its files."
        )
        raise InputError(msg) from error
    return [Path(f"{file}#{group}") for file in files] if group else files


def _members_of(archive: zipfile.ZipFile, path: Path) -> list[zipfile.ZipInfo]:
    """List the files of an archive, without folders and what systems add unseen."""
    members = [
        member
        for member in archive.infolist()
        if not member.is_dir()
        and not member.filename.startswith("__MACOSX/")
        and not _last(member).startswith(".")
    ]
    if sum(member.compress_size for member in archive.infolist()) > path.stat().st_size:
        msg = f"{path} is a ZIP archive whose members overlap: no tool makes such. Fetch it again."
        raise InputError(msg)
    if any(member.flag_bits & 1 for member in members):
        msg = f"{path} is an encrypted ZIP archive; unpack it with its password and give its files."
        raise InputError(msg)
    if any(_last(member) in ("zarr.json", ".zgroup") for member in members):
        msg = f"{path} is a zipped Zarr store; unpack it with unzip and give the folder."
        raise InputError(msg)
    return sorted(members, key=lambda member: member.filename)


def _last(member: zipfile.ZipInfo) -> str:
    """Last part of a member's name: what it is called where it is unpacked."""
    return PurePosixPath(member.filename.replace("\\", "/")).name


def _choose(
    members: list[zipfile.ZipInfo], wanted: str | None, path: Path
) -> tuple[list[zipfile.ZipInfo], str]:
    """Choose the members that the user names, and split off a group of them."""
    if wanted is None:
        return members, ""
    for name, _, group in ((wanted, "", ""), wanted.rpartition("#")):
        for fits in (str.__eq__, fnmatchcase):
            found = [m for m in members if fits(m.filename, name) or fits(_last(m), name)]
            if found:
                return found, group
    msg = f"{path} has no member '{wanted}'; it holds {_list_names(members)}."
    raise InputError(msg)


def _head_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> bytes:
    try:
        with archive.open(member) as stream:
            return stream.read(512)
    except _DAMAGED as error:
        raise InputError(_damaged(path, member, error)) from error


def _damaged(path: Path, member: zipfile.ZipInfo, error: Exception) -> str:
    return (
        f"member {member.filename} of {path} cannot be unpacked ({describe_error(error)[:120]}): "
        "it is damaged or of a method that Python does not know. Fetch the archive again, or "
        "unpack it with unzip."
    )


def _check_readable(
    readable: list[zipfile.ZipInfo],
    chosen: list[zipfile.ZipInfo],
    members: list[zipfile.ZipInfo],
    path: Path,
) -> None:
    if not members:
        msg = f"{path} is a ZIP archive without files. Fetch it again."
        raise InputError(msg)
    if not readable:
        msg = (
            f"{path} is a ZIP archive of nothing that can be read ({_list_names(chosen)}); "
            "accepted are archives of NetCDF, GRIB, VMF text and npy files. Check that this is the "
            "right one, and unpack archives inside it."
        )
        raise InputError(msg)


def _warn_of_others(
    readable: list[zipfile.ZipInfo], members: list[zipfile.ZipInfo], path: Path
) -> None:
    others = [member for member in members if member not in readable]
    if others:
        text = f"of {path}, {_list_names(readable)} is read; left out is {_list_names(others)}"
        warn(text)


def _list_names(members: Sequence[zipfile.ZipInfo]) -> str:
    return list_some([member.filename for member in members])


def _take_out(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], path: Path) -> list[Path]:
    """Copy members into a folder of our own, or find them where they are unpacked already."""
    status = path.stat()
    key = (path.resolve(), status.st_mtime_ns, status.st_size)
    with _LOCK:
        folder = _UNPACKED.get(key)
        if folder is None or not hold(folder):
            folder = _UNPACKED[key] = make_folder()
        try:
            return [_take_one(archive, member, path, folder) for member in members]
        except BaseException:
            release([folder.path])
            raise


def _take_one(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, folder: Folder
) -> Path:
    name = f"{origin_of(path)}#{member.filename}"
    known = next((file for file, origin in folder.origins.items() if origin == name), None)
    if known is not None:
        return known
    # Never the member's own path as it is: it may lead out of the folder.
    parts = PurePosixPath(member.filename.replace("\\", "/")).parent.parts
    place = folder.path.joinpath(path.name, *(p for p in parts if p not in ("/", "//", "..")))
    while (place / _last(member)).exists():
        place = place / "more"
    place.mkdir(parents=True, exist_ok=True)
    file = place / _last(member)
    try:
        with archive.open(member) as stream:
            copy_whole(cast(BinaryIO, stream), file, member.file_size, name)
    except InputError:
        raise
    except (*DAMAGED, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(_damaged(path, member, error)) from error
    folder.origins[file] = name
    return file


def describe_tar(path: Path) -> str:
    """Say what a tar archive holds and how to unpack it.

    Parameters
    ----------
    path : Path
        Plain or compressed.

    Returns
    -------
    str
        For a message: which files, and the command.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     archive = Path(folder) / "year.tar.gz"
    ...     with tarfile.open(archive, "w:gz") as made:
    ...         made.addfile(tarfile.TarInfo("a.nc"))
    ...     describe_tar(archive)  # doctest: +ELLIPSIS
    'is a tar archive (a.nc); unpack it with `tar -xf ...year.tar.gz` and give its files'
    """
    names = []
    try:
        with tarfile.open(path, "r|*") as archive:
            for member in archive:
                names += [member.name] if member.isfile() else []
                if len(names) > _SHOWN or member.size > _LOOKED_INTO:
                    names.append("...")
                    break
    except (tarfile.TarError, *DAMAGED):
        names.append("... damaged")
    listed = ", ".join(names[: _SHOWN + 1])
    return f"is a tar archive ({listed}); unpack it with `tar -xf {path}` and give its files"
