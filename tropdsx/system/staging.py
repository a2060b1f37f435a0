"""Where an output comes into being: beside its target, under a name of its own.

``.<name>.partial-<pid>-<n>`` is flushed to the disk and renamed when all went well, and removed on
any exception, Ctrl-C included. A killed process can leave it behind; never a half file under the
final name.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from tropdsx.errors import OutputError

_NUMBER = itertools.count()
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REASONS = {
    errno.EACCES: "no permission to write there",
    errno.EPERM: "no permission to write there",
    errno.EROFS: "the file system is read-only",
    errno.ENAMETOOLONG: "the name is too long",
    **dict.fromkeys(_NO_SPACE, "no space left (disk full, quota or file size limit)"),
}


def check_target(
    path: str | os.PathLike[str], *, overwrite: bool = False, folder: bool | None = None
) -> Path:
    """Refuse an output that cannot be written, before anything is computed.

    Parameters
    ----------
    path : str or os.PathLike
        The file or Zarr folder to be written.
    overwrite : bool, optional
        Whether an existing output may be replaced.
    folder : bool, optional
        The output is a Zarr folder; by default, if its name ends in ``.zarr``.

    Raises
    ------
    OutputError
        It exists, is of another kind, or its folder is missing or not writable.
    """
    target = Path(path)
    if folder is None:
        folder = target.suffix == ".zarr"
    with output_errors(target):
        _check(target, overwrite=overwrite, folder=folder)
    return target


def _check(target: Path, *, overwrite: bool, folder: bool) -> None:
    parent = target.parent
    if not parent.is_dir():
        what = "is not a folder" if parent.exists() else "does not exist"
        msg = f"cannot write {target}: folder {parent} {what}; make it first"
        raise OutputError(msg)
    if target.exists():
        store = target.is_dir() and any(
            (target / name).exists() for name in ("zarr.json", ".zgroup", ".zmetadata")
        )
        if folder != target.is_dir() or (folder and not store):
            kind = "a Zarr store" if folder else "a file"
            msg = f"cannot write {target}: something there is not {kind}; move it"
            raise OutputError(msg)
        if not overwrite:
            msg = f"{target} exists; give another name or overwrite it (--overwrite)"
            raise OutputError(msg)
    if not os.access(parent, os.W_OK | os.X_OK):
        msg = f"cannot write {target}: no permission to write in folder {parent}"
        raise OutputError(msg)


@contextlib.contextmanager
def staged(target: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a partial name; on success flush it and rename it, on any exception remove it."""
    # A name of the longest length allowed still has a partial one.
    stem = os.fsdecode(os.fsencode(target.name)[:200])
    partial = target.with_name(f".{stem}.partial-{os.getpid()}-{next(_NUMBER)}")
    try:
        yield partial
        with output_errors(target):
            _flush(partial)
            if target.exists() and not overwrite:
                msg = f"{target} appeared while it was being written; left alone"
                raise OutputError(msg)
            if target.is_dir():
                # A folder cannot be renamed onto a full one: the old store steps aside first.
                aside = partial.with_name(partial.name + "-old")
                target.rename(aside)
                partial.rename(target)
                shutil.rmtree(aside, ignore_errors=True)
            else:
                partial.replace(target)
            _fsync(target.parent)
    finally:
        remove(partial)


def remove(partial: Path) -> None:
    """Remove a partial output, and a folder again if late writers bring it back.

    The workers of a cluster finish the task in hand after an interrupt; local threads are waited
    for before it comes to this.

    Parameters
    ----------
    partial : Path
        A file, a folder, or nothing.
    """
    if not partial.is_dir():
        partial.unlink(missing_ok=True)
        return
    quiet = 0
    for _ in range(50):
        quiet = 0 if partial.exists() else quiet + 1
        if quiet == 3:
            return
        shutil.rmtree(partial, ignore_errors=True)
        time.sleep(0.1)


def _flush(path: Path) -> None:
    for item in [path, *path.rglob("*")] if path.is_dir() else [path]:
        _fsync(item)


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def output_errors(target: Path) -> Iterator[None]:
    """Turn what the file system and HDF5 say into one line; leave other errors alone."""
    try:
        yield
    except OutputError:
        raise
    except (OSError, RuntimeError) as error:
        number = getattr(error, "errno", None)
        reason = _REASONS.get(number or 0) or str(error).strip().splitlines()[0]
        # HDF5 hides the errno: look for ourselves.
        if number not in _REASONS and shutil.disk_usage(target.parent).free < 2**20:
            reason = _REASONS[errno.ENOSPC]
        elif "HDF error" in reason:
            reason += " (disk full or file size limit?)"
        msg = f"cannot write {target}: {reason}"
        raise OutputError(msg) from error
