"""Write a file that survives a kill at any moment, and continue it from its last complete state.

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

__all__ = ["JournaledFile", "repair"]


class JournaledFile(io.RawIOBase):
    """A file for ``h5py.File(..., driver="fileobj")``.

    Parameters
    ----------
    path : Path
        An existing file in a complete state.

    Attributes
    ----------
    committed : int
        Length of the file at the last commit [byte].
    idle : bool
        Take writes without doing them: for closing a file that could not be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "bytes"
    ...     _ = path.write_bytes(b"old")
    ...     with JournaledFile(path) as file:
    ...         _ = file.write(b"new and more")
    ...         held_back = path.read_bytes()
    ...         file.commit(file.pending())
    ...     held_back, path.read_bytes()
    (b'old and more', b'new and more')
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("r+b", buffering=0)
        self.committed = self._size()
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
        """Say that the file can be read from."""
        return True

    def writable(self) -> bool:
        """Say that the file can be written to."""
        return True

    def seekable(self) -> bool:
        """Say that the file can be moved in."""
        return True

    def tell(self) -> int:
        """Give the place of the next read or write [byte]."""
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move the place of the next read or write.

        Parameters
        ----------
        offset : int
            Distance from ``whence`` [byte].
        whence : int, optional
            ``os.SEEK_SET``, ``os.SEEK_CUR`` or ``os.SEEK_END``.

        Returns
        -------
        int
            The new place, from the start [byte].
        """
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place}.get(whence)
        self._place = offset + (self._size() if base is None else base)
        return self._place

    def readinto(self, buffer: Any) -> int:
        """Read, with the changes that are held back.

        Parameters
        ----------
        buffer : writable buffer
            Filled from its start.

        Returns
        -------
        int
            What was read [byte]; less than the buffer at the end of the file.
        """
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
        """Append at once; hold back what changes the committed part.

        Parameters
        ----------
        data : buffer
            What to write.

        Returns
        -------
        int
            All of its length [byte].
        """
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
        """Lengthen or shorten the file, but never cut the committed part.

        Parameters
        ----------
        size : int, optional
            New length, by default up to the present place [byte].

        Returns
        -------
        int
            The length that was asked for [byte].
        """
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
        """Flush what was appended, and give the state to write down before the commit.

        Returns
        -------
        dict
            ``size`` of the file [byte] and the ``changes`` held back, as JSON can hold them.
        """
        os.fsync(self._file.fileno())
        return {
            "size": self._size(),
            "changes": [
                [offset, base64.b64encode(data).decode()]
                for (offset, _), data in self._changes.items()
            ],
        }

    def commit(self, state: dict[str, Any]) -> None:
        """Make the changes that were held back.

        Parameters
        ----------
        state : dict
            What :meth:`pending` gave, now written down safely.
        """
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


def repair(path: Path, state: dict[str, Any]) -> None:
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
        If the file has become shorter than it was at the commit.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "bytes"
    ...     _ = path.write_bytes(b"complete, and what came after the commit")
    ...     repair(path, {"size": 8, "changes": [[0, "Qw=="]]})
    ...     path.read_bytes()
    b'Complete'
    """
    with path.open("r+b", buffering=0) as file:
        if os.fstat(file.fileno()).st_size < state["size"]:
            msg = f"{path} is shorter than when its last state was written down"
            raise OSError(msg)
        file.truncate(state["size"])
        _apply(file, state)
        os.fsync(file.fileno())
