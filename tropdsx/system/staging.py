"""Write an output beside its target under another name, and rename it when it is complete.

``.<name>.partial-<pid>-<n>`` is flushed to the disk and renamed when all went well, and removed on
any exception, Ctrl-C included. A killed process can leave it behind, but never a half file under
the final name.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tropdsx.errors import OutputError, TropdsxError
from tropdsx.system.paths import fsync, is_zarr_store, names_store, remove

__all__ = [
    "check_target",
    "output_errors",
    "partial_path",
    "put_in_place",
    "stage",
]

_NUMBER = itertools.count()
_MANY = 64
"""Files from which on they are flushed in threads: 1,440 took 4.9 s one by one, 0.3 s so."""
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

    Returns
    -------
    Path
        The output as a path.

    Raises
    ------
    OutputError
        It exists, is of another kind, or its folder is missing or not writable.

    Examples
    --------
    >>> check_target("none/out.nc")
    Traceback (most recent call last):
    tropdsx.errors.OutputError: cannot write none/out.nc: folder none does not exist; make it first
    """
    target = Path(path)
    if folder is None:
        folder = names_store(target)
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
        if folder != target.is_dir() or (folder and not is_zarr_store(target)):
            kind = "a Zarr store" if folder else "a file"
            msg = f"cannot write {target}: something there is not {kind}; move it"
            raise OutputError(msg)
        if not overwrite:
            msg = f"{target} exists; give another name or overwrite it (--overwrite)"
            raise OutputError(msg)
    if not os.access(parent, os.W_OK | os.X_OK):
        msg = f"cannot write {target}: no permission to write in folder {parent}"
        raise OutputError(msg)


def partial_path(target: Path, tag: str = "") -> Path:
    """Name the file or folder beside a target in which its content is collected.

    Parameters
    ----------
    target : Path
        The final name.
    tag : str, optional
        What tells this partial output from others of the same target.

    Returns
    -------
    Path
        ``.<name>.partial<tag>`` in the folder of the target.

    Examples
    --------
    >>> partial_path(Path("out.nc")).name, partial_path(Path("out.zarr"), "-7-0").name
    ('.out.nc.partial', '.out.zarr.partial-7-0')
    """
    # A name of the longest length allowed still has a partial one.
    stem = os.fsdecode(os.fsencode(target.name)[:200])
    return target.with_name(f".{stem}.partial{tag}")


@contextlib.contextmanager
def stage(target: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a partial name; on success flush and rename what is there, on any exception remove it.

    Parameters
    ----------
    target : Path
        The final name.
    overwrite : bool
        Whether an existing output may be replaced.

    Yields
    ------
    Path
        Where to write.

    Raises
    ------
    OutputError
        The output appeared meanwhile, or the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = Path(folder) / "out.txt"
    ...     with stage(target, overwrite=False) as partial:
    ...         _ = partial.write_text("complete")
    ...         before = target.exists()
    ...     before, target.read_text(), len(list(Path(folder).iterdir()))
    (False, 'complete', 1)
    """
    partial = partial_path(target, f"-{os.getpid()}-{next(_NUMBER)}")
    try:
        yield partial
        with output_errors(target):
            _flush([partial, *partial.rglob("*")] if partial.is_dir() else [partial])
        put_in_place(partial, target, overwrite=overwrite)
    finally:
        remove(partial)


def _flush(items: list[Path]) -> None:
    """Flush files and folders; many at once, since each waits for the disk by itself."""
    if len(items) < _MANY:
        for item in items:
            fsync(item)
        return
    with ThreadPoolExecutor(16) as threads:
        for _ in threads.map(fsync, items):
            pass


def put_in_place(partial: Path, target: Path, *, overwrite: bool) -> None:
    """Give a complete output, which is on the disk already, its final name.

    Parameters
    ----------
    partial : Path
        File or folder as :func:`partial_path` names it.
    target : Path
        The final name.
    overwrite : bool
        Whether an existing output is replaced.

    Raises
    ------
    OutputError
        The output appeared meanwhile, or cannot be renamed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     new, target = Path(folder) / ".out.partial", Path(folder) / "out"
    ...     _ = new.write_text("new"), target.write_text("old")
    ...     put_in_place(new, target, overwrite=True)
    ...     target.read_text(), new.exists()
    ('new', False)
    """
    with output_errors(target):
        if target.exists() and not overwrite:
            msg = f"{target} appeared while it was being written; left alone"
            raise OutputError(msg)
        aside = None
        if target.is_dir():
            # A folder cannot be renamed onto a full one: the old store steps aside first.
            aside = partial.with_name(f"{partial.name}-old")
            target.rename(aside)
        partial.replace(target)
        fsync(target.parent)
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)


@contextlib.contextmanager
def output_errors(target: Path) -> Iterator[None]:
    """Turn what the file system and HDF5 say into one line; leave other errors alone.

    Parameters
    ----------
    target : Path
        The output, for the message and to see whether its disk is full.

    Raises
    ------
    OutputError
        In place of any OSError or RuntimeError that leaves the block; the text names the output
        and the reason.

    Examples
    --------
    >>> with output_errors(Path("out.nc")):
    ...     raise PermissionError(errno.EACCES, "denied")
    Traceback (most recent call last):
    tropdsx.errors.OutputError: cannot write out.nc: no permission to write there
    """
    try:
        yield
    except TropdsxError:  # of the input, or said already
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
