"""What each file holds, before any value is read: all files of an export share one grid."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tropdsx.cf.spelling.same_unit import is_same_unit
from tropdsx.errors import GridError, warn
from tropdsx.read.containers.temporary import origin_of
from tropdsx.read.delays import open_delays
from tropdsx.workflows.patches.files.dates import date_in_name
from tropdsx.workflows.patches.layout import Layout
from tropdsx.workflows.patches.windows import Patches, patches

__all__ = ["Survey", "check_alike", "opened_patches", "survey"]


@dataclass(frozen=True)
class Survey:
    """What a file holds.

    Parameters
    ----------
    file : str or Path
        Where it is.
    variable : str
        Of which values are taken; its name as stored.
    layout : Layout
        Axes and windows.
    times : ndarray, shape (T,)
        Instants; of a file without any the date in its name; else empty.
    dtype : dtype
        Of the values.
    units : str
        As stored, or empty.
    level_indices, level_values : list
        Chosen levels; empty where there are none.
    steps : int
        Times and extra dimensions together.

    Examples
    --------
    >>> Survey.__name__
    'Survey'
    """

    file: str | Path
    variable: str
    layout: Layout
    times: NDArray
    dtype: np.dtype
    units: str
    level_indices: list[int]
    level_values: list[float]
    steps: int

    @property
    def name(self) -> str:
        """Name of the file as the caller gave it."""
        return str(origin_of(self.file))

    @property
    def bands(self) -> int:
        """Levels of each patch; 1 where there are none."""
        return len(self.level_indices) or 1


@contextlib.contextmanager
def opened_patches(
    file: str | Path, variable: str, cutting: Mapping[str, Any]
) -> Iterator[Patches]:
    """Open a file and lay windows on it; values are read step by step.

    Parameters
    ----------
    file : str or Path
        Of any kind that :func:`tropdsx.open_delays` reads.
    variable : str
        Name as stored.
    cutting : mapping
        Options of :func:`tropdsx.patches`.

    Yields
    ------
    Patches
        Until the file is closed.
    """
    # Without dask: a step is read when it is asked for, and no chunk beyond it.
    with open_delays(file, chunks=None) as ds:
        yield patches(ds, variable, **cutting)


def survey(file: str | Path, variable: str, cutting: Mapping[str, Any]) -> Survey:
    """Say what a file holds.

    Parameters
    ----------
    file, variable, cutting
        As for :func:`opened_patches`.

    Returns
    -------
    Survey
    """
    with opened_patches(file, variable, cutting) as found:
        times = found.layout.times
        if not times.size and found.layout.time_dim is None:
            times = _named(origin_of(file))
        return Survey(
            file=file,
            variable=variable,
            layout=found.layout,
            times=times,
            dtype=found.array.dtype,
            units=str(found.array.attrs.get("units", "")),
            level_indices=found.levels,
            level_values=found.level_values,
            steps=sum(1 for _ in found.steps()),
        )


def _named(name: str) -> NDArray:
    date = date_in_name(name)
    if np.isnat(date):
        warn(f"{name} has no time, neither inside nor in its name: its patches have none")
        return np.array([], dtype="datetime64[ns]")
    return np.array([date], dtype="datetime64[ns]")


def check_alike(surveys: list[Survey]) -> None:
    """Refuse files that do not share one grid; warn where an instant occurs twice.

    Parameters
    ----------
    surveys : list of Survey
        At least one.

    Raises
    ------
    GridError
        Naming the first file that differs, and in what.
    """
    first = surveys[0]
    for other in surveys[1:]:
        same = is_same_unit(first.units, other.units, first.variable)
        pairs = {
            "latitudes": (first.layout.lat, other.layout.lat),
            "longitudes": (first.layout.lon, other.layout.lon),
            "levels": (first.level_values, other.level_values),
            "units": (first.units, first.units if same else other.units),
            "types of values": (first.dtype, other.dtype),
            "types of times": (first.times.dtype, other.times.dtype),
            "dimensions": (first.layout.extra_dims, other.layout.extra_dims),
        }
        for what, (one, two) in pairs.items():
            if not np.array_equal(np.asarray(one), np.asarray(two)):
                msg = f"{what} of {first.name} and {other.name} differ; export them apart"
                raise GridError(msg)
    times = np.concatenate([each.times for each in surveys])
    found, counts = np.unique(times, return_counts=True)
    if (counts > 1).any():
        warn(f"{found[counts > 1][0]} occurs more than once in the files: all are exported")
