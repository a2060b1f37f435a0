"""Epochs in the names of VMF text files (VMF3_20210101.H06) beside those of their headers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from tropdsx.errors import warn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["FILE_NAME", "note_epochs"]

FILE_NAME = re.compile(
    r"^(?:VMF[13GO]?|V3GR)[A-Z_]*_?(\d{4})(\d{2})(\d{2})\.H(\d{2})(\.xz|\.gz)?$", re.I
)
"""Names such as ``VMF3_20210101.H00.xz``: year, month, day, hour."""


class Header(Protocol):
    """What is known of a file: its epochs, and where they lie in it."""

    @property
    def epochs(self) -> NDArray[np.datetime64]:
        """Epochs that were found [UTC]."""

    @property
    def sections(self) -> tuple[Any, ...]:
        """Sections of the file, one for each: `tropdsx.read.vmf_sections.Section`."""


def note_epochs(found: Sequence[tuple[Header, Path]]) -> list[str]:
    """Tell of header lines that name no epoch, or another one than the name of their file.

    Of the first, the epoch of the file's name was taken, of the others that of the header.

    Parameters
    ----------
    found : sequence of (header, Path)
        Files, with ``sections`` and the ``epochs`` that were found for them.

    Returns
    -------
    list of str
        What the caller is warned of, for the provenance.

    Examples
    --------
    >>> note_epochs([])
    []
    """
    notes = [
        f"{path.name}: the line '! Epoch: {section.entries['epoch']}' is no epoch; that of the "
        f"file's name was taken, {str(epoch)[:16]}"
        for header, path in found
        for section, epoch in zip(header.sections, header.epochs, strict=True)
        if section.entries.get("epoch") and np.isnat(section.epoch)
    ]
    others = [text for header, path in found if (text := _other_name(header, path))]
    if others:
        more = f" (and of {len(others) - 1} more files)" if len(others) > 1 else ""
        notes.append(f"{others[0]}; that of the header was taken{more}")
    for note in notes:
        warn(f"{note}.")
    return notes


def _other_name(header: Header, path: Path) -> str:
    """Say how the name of a file of one epoch and its header differ; empty where they do not."""
    named = FILE_NAME.match(path.name) if len(header.sections) == 1 else None
    told = header.sections[0].epoch
    if named is None or np.isnat(told):
        return ""
    year, month, day, hour = named.groups()[:4]
    stated = f"{year}-{month}-{day}T{hour}:00"
    if stated == f"{told!s:.16}":
        return ""
    return f"{path.name}: the line '! Epoch:' says {told!s:.16}, the file's name {stated}"
