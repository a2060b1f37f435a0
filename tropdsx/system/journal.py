"""A file that can be killed at any moment and taken up again at its last complete state.

HDF5 changes its own tables in place while it appends, so a process that dies in between leaves a
file that nobody can read. Here what is appended goes to the file at once, and what is changed in
place is held back; a commit writes those changes beside the file first (the journal), in one
atomic step, and only then into it. Taking the file up again cuts off what came after the commit
and repeats the changes.
"""

from __future__ import annotations

import base64
import io
import os
from pathlib import Path
from typing import Any

__all__ = ["JournaledFile", "repaired"]


class JournaledFile(io.RawIOBase):
    """A file for ``h5py.File(..., driver="fileobj")``.

    Parameters
    ----------
    path : Path
        An existing file in a complete state.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("r+b", buffering=0)
        self.committed = self._size()
        #: Take writes without doing them: for closing a file that could not be written.
        self.idle = False
        self._place = 0
        # By place and length, newest last: HDF5 writes the same places again and again.
        self._changes: dict[tuple[int, int], bytes] = {}

    def fileno(self) -> int:
        """Descriptor of the file underneath."""
        return self._file.fileno()

    def _size(self) -> int:
        return os.fstat(self._file.fileno()).st_size

    def readable(self) -> bool:
        """Yes."""
        return True

    def writable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Place of the next read or write."""
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move that place."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place}.get(whence)
        self._place = offset + (self._size() if base is None else base)
        return self._place

    def readinto(self, buffer: Any) -> int:
        """Read, with the changes that are held back."""
        view = memoryview(buffer).cast("B")
        self._file.seek(self._place)
        count = self._file.readinto(view)
        start, stop = self._place, self._place + count
        for (offset, _), change in self._changes.items():
            low, high = max(start, offset), min(stop, offset + len(change))
            if low < high:
                view[low - start : high - start] = change[low - offset : high - offset]
        self._place = stop
        return count

    def write(self, data: Any) -> int:
        """Append at once; hold back what changes the committed part."""
        view = memoryview(data).cast("B")
        if self.idle:
            self._place += len(view)
            return len(view)
        inside = max(0, min(len(view), self.committed - self._place))
        if inside:
            place = (self._place, inside)
            self._changes.pop(place, None)
            self._changes[place] = bytes(view[:inside])
        self._file.seek(self._place + inside)
        _write_all(self._file, view[inside:])
        self._place += len(view)
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        """Lengthen the file; the committed part is never cut."""
        size = self._place if size is None else size
        if not self.idle:
            self._file.truncate(max(size, self.committed))
        return size

    def flush(self) -> None:
        """Nothing to do: nothing is buffered."""

    def close(self) -> None:
        """Close without a commit."""
        if not self.closed:
            self._file.close()
        super().close()

    def pending(self) -> dict[str, Any]:
        """State to write down in the commit: the length of the file, and the changes held back."""
        os.fsync(self._file.fileno())
        return {
            "size": self._size(),
            "changes": [
                [offset, base64.b64encode(data).decode()]
                for (offset, _), data in self._changes.items()
            ],
        }

    def commit(self, state: dict[str, Any]) -> None:
        """Make the changes, now that ``state`` of `pending` is safe on the disk."""
        _apply(self._file, state)
        self.committed = state["size"]
        self._changes.clear()


def _write_all(file: Any, data: memoryview | bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def _apply(file: Any, state: dict[str, Any]) -> None:
    for offset, data in state["changes"]:
        file.seek(offset)
        _write_all(file, base64.b64decode(data))


def repaired(path: Path, state: dict[str, Any]) -> None:
    """Bring a file back to the state of a commit, whatever happened after it.

    Parameters
    ----------
    path : Path
        The file.
    state : dict
        What :meth:`JournaledFile.pending` gave and was written down.

    Raises
    ------
    OSError
        If the file is shorter than it was.
    """
    with path.open("r+b", buffering=0) as file:
        if os.fstat(file.fileno()).st_size < state["size"]:
            msg = f"{path} is shorter than when its last state was written down"
            raise OSError(msg)
        file.truncate(state["size"])
        _apply(file, state)
        os.fsync(file.fileno())
