"""Keep the partial output of an interrupted run, and let the next run continue it.

Beside ``out.nc`` lie ``.out.nc.partial``, the data, and ``.out.nc.partial.json``, a note that says
what the run was, how many epochs are complete, and what else belongs to that state. The note is
only ever replaced whole, after the data are on the disk. Both vanish when the output gets its name.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tropdsx.errors import OutputError, warn
from tropdsx.system.paths import fsync, remove
from tropdsx.system.staging import output_errors, partial_path, put_in_place

if sys.platform != "win32":  # no such locks there: two runs on one target are not noticed
    import fcntl

__all__ = ["Partial"]

FORMAT = "tropdsx-partial-1"


class Partial:
    """The partial output of one target, held by one process at a time.

    Parameters
    ----------
    target : Path
        The final name.
    run : Mapping
        What decides the content: parameters, inputs, model, format. A partial output of another
        run is refused.
    resume : bool
        Continue a partial output that is there.
    overwrite : bool
        Discard a partial output that is there, and replace the target at the end.
    bands : int
        Parts that each epoch is written in.

    Attributes
    ----------
    path : Path
        Where the data come into being.
    state : dict
        What the last commit wrote down; empty at the start.

    Raises
    ------
    OutputError
        If there is a partial output and neither ``resume`` nor ``overwrite``, if it is of another
        run, or if another process is writing it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     partial = Partial(Path(folder) / "out.txt", {"model": "none"})
    ...     _ = partial.path.write_text("two epochs")
    ...     partial.commit(2, {"size": 10})
    ...     name = partial.finish().name
    ...     partial.release()
    ...     name, sorted(p.name for p in Path(folder).iterdir())
    ('out.txt', ['out.txt'])
    """

    def __init__(
        self,
        target: Path,
        run: Mapping[str, Any],
        *,
        resume: bool = False,
        overwrite: bool = False,
        bands: int = 1,
    ) -> None:
        self.target = target
        self.bands = bands
        self.path = partial_path(target)
        self._note = self.path.with_name(f"{self.path.name}.json")
        self._overwrite = overwrite
        self._run = json.loads(json.dumps(dict(run), sort_keys=True, default=str))
        with output_errors(target):
            self._lock = self._take_lock()
            try:
                self.state = self._read_note(resume=resume, overwrite=overwrite)
            except BaseException:
                self._unlock()
                raise

    def _take_lock(self) -> int:
        # The lock is on a file of its own: the data may be a folder, and are renamed at the end.
        file = os.open(self.path.with_name(f"{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if sys.platform != "win32":
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(file)
            msg = f"another run is writing {self.target}; wait for it, or give another name"
            raise OutputError(msg) from error
        return file

    def _unlock(self) -> None:
        self.path.with_name(f"{self.path.name}.lock").unlink(missing_ok=True)
        os.close(self._lock)

    def _read_note(self, *, resume: bool, overwrite: bool) -> dict[str, Any]:
        try:
            note = json.loads(self._note.read_text())
        except (OSError, ValueError):
            note = {}
        if note.get("format") != FORMAT or not self.path.exists() or not _parts_of(note):
            self.discard()
            return {}
        done = f"{self.path.name} of an interrupted run holds {note['epochs_done']} epochs"
        if resume:
            self._check_same(note["run"], done)
            return note
        if overwrite:
            self.discard()
            return {}
        msg = f"{done}: continue it with --resume, or discard it with --overwrite"
        raise OutputError(msg)

    def _check_same(self, before: Mapping[str, Any], done: str) -> None:
        differing = _differences(before, self._run)
        if differing:
            said = "; ".join(
                f"{key} was {_short(old)}, is {_short(new)}" for key, old, new in differing
            )
            msg = (
                f"{done}, but this run is another one ({said}): call it as before to continue it, "
                "or discard it with --overwrite"
            )
            raise OutputError(msg)

    @property
    def epochs_done(self) -> int:
        """Complete epochs in the partial output."""
        return self.parts_done // self.bands

    @property
    def parts_done(self) -> int:
        """Complete bands of epochs in the partial output: epochs, where these are not cut."""
        return _parts_of(self.state)

    def commit(self, parts_done: int, state: Mapping[str, Any]) -> None:
        """Write down, in one step, how many epochs are complete; their data are on the disk.

        Parameters
        ----------
        parts_done : int
            Complete epochs; where these are cut, bands of them.
        state : Mapping
            What is needed to find this state again, as JSON can hold it.
        """
        done: dict[str, float] = {"epochs_done": parts_done}
        if self.bands > 1:
            done = {"epochs_done": round(parts_done / self.bands, 2), "parts_done": parts_done}
        note = {"format": FORMAT, **done, "run": self._run, **state}
        fresh = self._note.with_name(f"{self._note.name}.new")
        with fresh.open("w") as file:
            json.dump(note, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._note)
        fsync(self._note.parent)
        self.state = note

    def finish(self) -> Path:
        """Give the data their final name.

        Returns
        -------
        Path
            The target, which is complete now.

        Raises
        ------
        OutputError
            As by :func:`tropdsx.system.staging.put_in_place`.
        """
        put_in_place(self.path, self.target, overwrite=self._overwrite)
        with output_errors(self.target):
            self._note.unlink(missing_ok=True)
        return self.target

    def release(self) -> None:
        """Let other runs have it; without a complete epoch it is removed, else kept to resume."""
        if not self._finished:
            if self.parts_done:
                text = (
                    f"{self.state['epochs_done']} epochs of {self.target.name} are complete and "
                    f"kept in {self.path.name}: continue with --resume (resume=True)"
                )
                warn(text)
            else:
                self.discard()
        self._unlock()

    @property
    def _finished(self) -> bool:
        return not self.path.exists()

    def discard(self) -> None:
        """Remove the partial output."""
        remove(self.path)
        for leftover in (self._note, self._note.with_name(f"{self._note.name}.new")):
            leftover.unlink(missing_ok=True)


def _parts_of(note: Mapping[str, Any]) -> int:
    """Complete bands of epochs that a note tells of; where epochs are not cut, epochs."""
    return int(note.get("parts_done", note.get("epochs_done", 0)))


def _differences(before: Any, now: Any, name: str = "") -> list[tuple[str, Any, Any]]:
    """Name, old and new value of what differs, down to the single parameter."""
    old, new = _parsed(before), _parsed(now)
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        return [] if old == new else [(name, old, new)]
    return [
        found
        for key in sorted({*old, *new})
        for found in _differences(old.get(key), new.get(key), f"{name}.{key}" if name else key)
    ]


def _parsed(value: Any) -> Any:
    """Read a mapping that is kept as JSON; leave all else."""
    if isinstance(value, str) and value.startswith("{"):
        with contextlib.suppress(ValueError):
            return json.loads(value)
    return value


def _short(value: Any) -> str:
    text = "absent" if value is None else json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
