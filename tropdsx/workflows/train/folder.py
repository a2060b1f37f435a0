"""The folder of a training run: whether it may be written to, and when it and its files appear."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from tropdsx.errors import OutputError

__all__ = ["check_folder", "make_folder", "written_together"]

#: What a run leaves, in the order of its worth.
RUN = ("last.ckpt", "best.safetensors", "final.safetensors", "history.csv")


def check_folder(out: str | Path, *, resume: bool = False, overwrite: bool = False) -> Path:
    """Refuse a folder that cannot be trained into, before anything is computed or made.

    Parameters
    ----------
    out : path
        Folder of the run; it need not exist.
    resume, overwrite : bool, default False
        Whether the run in it may be gone on with, or replaced.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OutputError
        If it is no folder, cannot be written to, or holds a run.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     free = check_folder(f"{folder}/run").name
    ...     Path(folder, "last.ckpt").touch()
    ...     check_folder(folder)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    tropdsx.errors.OutputError: ... holds a training run (last.ckpt); go on with it (--resume), ...
    >>> free
    'run'
    """
    out = Path(out)
    problem = _find_problem(out, replaced=resume or overwrite)
    if problem:
        raise OutputError(problem)
    return out


def _find_problem(out: Path, *, replaced: bool) -> str:
    """Say why a folder cannot be trained into; nothing if it can."""
    there = next(each for each in (out, *out.absolute().parents) if os.path.lexists(each))
    if not there.is_dir():
        return f"cannot train into {out}: {there} is not a folder; give another name with -o"
    if not os.access(there, os.W_OK | os.X_OK):
        return f"cannot train into {out}: no permission to write in folder {there}"
    found = [name for name in RUN if (out / name).exists()]
    if replaced or not found:
        return ""
    # Without last.ckpt there is nothing to go on from.
    more = "go on with it (--resume), " if found[0] == "last.ckpt" else ""
    held = f"{out} holds a training run ({', '.join(found)})"
    return f"{held}; {more}give another folder, or replace it (--overwrite)"


def make_folder(out: Path) -> None:
    """Make the folder of a run, with those above it.

    Parameters
    ----------
    out : Path
        Folder of the run.

    Raises
    ------
    OutputError
        If the file system refuses.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     make_folder(Path(folder, "january", "run"))
    ...     sorted(path.name for path in Path(folder).rglob("*"))
    ['january', 'run']
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"cannot make folder {out}: {error.strerror or error}; give another name with -o"
        raise OutputError(msg) from error


@contextlib.contextmanager
def written_together(out: Path) -> Iterator[Callable[[str], Path]]:
    """Let checkpoints appear under their names only when all of them are written.

    Parameters
    ----------
    out : Path
        Folder.

    Yields
    ------
    callable
        From a name ("final") to the path to write to.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with written_together(Path(folder)) as new:
    ...         _ = new("final").write_text("weights")
    ...     [path.name for path in Path(folder).iterdir()]
    ['final.safetensors']
    """
    made: dict[Path, Path] = {}

    def new(name: str) -> Path:
        path = out / f".{name}.safetensors.part"
        made[path] = out / f"{name}.safetensors"
        return path

    try:
        yield new
        for path, final in made.items():
            path.replace(final)
    finally:
        for path in made:
            path.unlink(missing_ok=True)
