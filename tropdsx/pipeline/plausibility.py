"""Hold each epoch of an input against physics: in memory at once, lazy ones as they are computed.

Delays must fit the heights of their nodes, and a temperature the climatology. What does not is
warned of once a run, with the first such epoch; the values themselves pass through unchanged.

The notes of a result hold what is found in memory, or in the first epoch of a lazy input: they are
written before the epochs behind it are computed, and of those the warning alone tells.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.quantities import DELAYS
from tropdsx.cf.ranges import LEAST_WET
from tropdsx.errors import GridError, InputError, TropdsxError, UnitsError, warn
from tropdsx.grid.checks.delays import DelayCheck
from tropdsx.reduce.temperature import TemperatureCheck
from tropdsx.system.hashing import fingerprint
from tropdsx.system.workers import compute_here

__all__ = ["check_plausibility"]

_SEEN = "plausibility"
"""Attribute of heights whose delays have been looked at, so that they are looked at once."""
_AT_ONCE = 16
"""Epochs looked at at once: they stay in the processor's cache."""
_PLATEAU = -60.0
"""North of this no field of wet delays is as dry as on the Antarctic plateau [deg]."""


def check_plausibility(
    grid: xr.Dataset, notes: tuple[str, ...] = (), *, probe: bool = False
) -> tuple[xr.Dataset, tuple[str, ...]]:
    """Check the epochs of a standard grid that has heights.

    Parameters
    ----------
    grid : Dataset
        Standard grid, in memory or lazy.
    notes : tuple of str
        What was assumed about it so far.
    probe : bool, optional
        Read the first epoch of a lazy grid at once, so that what is wrong with all of them is
        known before an output is begun.

    Returns
    -------
    grid : Dataset
        The same values; lazy ones are looked at when they are computed.
    notes : tuple of str
        With what was found now.

    Raises
    ------
    InputError
        If the first epoch cannot be read.
    GridError
        If no epoch holds a delay, as far as they are in memory or may be read.
    UnitsError
        If the wet delays of the first epoch are those of metres taken for millimetres.

    Examples
    --------
    >>> axes = {"time": [np.datetime64("2021-01-01", "ns")]}
    >>> axes |= {"lat": [50.0, 45.0, 40.0], "lon": [5.0, 10.0, 15.0]}
    >>> zhd = xr.DataArray(np.full((1, 3, 3), 2.3, "f4"), axes)
    >>> grid = xr.Dataset({"zhd": zhd, "orography": 0.0 * zhd[0].astype(float)})
    >>> check_plausibility(grid)[1]
    ()
    """
    _refuse_nothing(grid, probe=probe)
    _refuse_wrong_unit(grid, probe=probe)
    if "orography" not in grid or grid["orography"].attrs.get(_SEEN):
        return grid, notes
    grid = grid.copy()
    said: list[str] = []
    lat, lon = (grid[axis].to_numpy().astype(float) for axis in ("lat", "lon"))
    checks: list[tuple[DelayCheck | TemperatureCheck, list[str]]]
    if any(note.startswith("ztd split: zhd from standard") for note in notes):
        checks = [(DelayCheck(lat, lon, "ztd"), ["zhd", "zwd"])]
    elif "zhd" in grid:
        checks = [(DelayCheck(lat, lon), ["zhd"])]
    else:
        checks = [(DelayCheck(lat, lon, "zwd"), ["zwd"])]
    if "temperature" in grid:
        checks.append((TemperatureCheck(lat, lon), ["temperature"]))
    for check, names in checks:
        grid[names[0]] = _look_at(grid, Watch(check, said), names, probe=probe)
    grid["orography"] = grid["orography"].assign_attrs({_SEEN: "checked"})
    return grid, (*notes, *said)


@dataclass(eq=False)
class Watch:
    """Looks at epochs that pass, and tells of the first that cannot be.

    Attributes
    ----------
    check : DelayCheck or TemperatureCheck
        What an epoch is held against.
    said : list of str
        What was told, for the provenance.
    """

    check: DelayCheck | TemperatureCheck
    said: list[str]
    has_told: bool = field(default=False)
    __name__ = "watch"  # of the tasks in a dask graph

    def __dask_tokenize__(self) -> tuple[str, str, str]:
        """Name of this check in a dask graph."""
        kind = getattr(self.check, "kind", "temperature")
        return "watch", kind, fingerprint(self.check.lat, self.check.lon)

    def __call__(
        self, time: NDArray[np.datetime64], height: NDArray[Any], *fields: NDArray[Any]
    ) -> NDArray[Any]:
        """Look at a block of epochs and pass it on.

        Parameters
        ----------
        time : ndarray of datetime64, shape (N,)
            Epochs.
        height : ndarray, shape (J, I) or (N, J, I)
            Heights [m].
        *fields : ndarray, shape (N, J, I)
            What is checked: the first, or the sum of all.

        Returns
        -------
        ndarray
            The first of the fields.
        """
        if not self.has_told:
            found = self.find(time, height, *fields)
            if found:
                self.tell(found, len(fields[0]))
        return fields[0]

    def find(
        self, time: NDArray[np.datetime64], height: NDArray[Any], *fields: NDArray[Any]
    ) -> list[tuple[np.datetime64, str]]:
        """List the epochs that cannot be.

        Parameters
        ----------
        time, height, *fields
            As for a call.

        Returns
        -------
        list of tuple
            Epoch and what is wrong with it.
        """
        found = []
        epochs = np.broadcast_to(time, fields[0].shape[:1])
        grounds = np.broadcast_to(height, fields[0].shape)
        plain = self._plain(height, fields)
        for epoch, ground, fits, *parts in zip(epochs, grounds, plain, *fields, strict=True):
            text = "" if fits else self._judge(epoch, ground, parts)
            if text:
                found.append((epoch, text))
        return found

    def tell(self, found: list[tuple[np.datetime64, str]], epochs: int) -> None:
        """Warn of epochs, once.

        Parameters
        ----------
        found : list of tuple
            As :meth:`find` gives it, not empty.
        epochs : int
            How many were looked at.
        """
        self.has_told = True
        first, text = found[0]
        when = "an epoch without date" if np.isnat(first) else str(first)[:16]
        many = f"{when}" if len(found) == 1 else f"{len(found)} of {epochs} epochs, first {when}"
        self.said.append(f"{many}: {text}")
        warn(f"{self.said[-1]}.")

    def _plain(self, height: NDArray[Any], fields: tuple[NDArray[Any], ...]) -> NDArray[np.bool_]:
        """Find the epochs of which a quick look at all of them is enough."""
        if isinstance(self.check, TemperatureCheck) or np.ndim(height) != 2:
            return np.zeros(len(fields[0]), np.bool_)
        parts = []
        for start in range(0, max(len(fields[0]), 1), _AT_ONCE):
            some = [field[start : start + _AT_ONCE] for field in fields]
            whole = some[0] if len(some) == 1 else np.sum(some, axis=0)
            parts.append(self.check.fits_plainly(whole, height))
        return np.concatenate(parts)

    def _judge(self, time: np.datetime64, height: NDArray[Any], fields: list[NDArray[Any]]) -> str:
        if isinstance(self.check, TemperatureCheck):
            strange = self.check(fields[0], height, time)
            return f"the temperature is {strange}: is it that of the air 2 m above ground" * bool(
                strange
            )
        found = self.check(np.sum(fields, axis=0), height)
        if found is None:
            return ""
        return (
            f"{self.check.kind} and the heights of its nodes do not belong together: {found.found};"
            f" it would fit if {found.cause}"
        )


def _look_at(grid: xr.Dataset, watch: Watch, names: list[str], *, probe: bool) -> xr.DataArray:
    """Send a field through a watch; give back the same field."""
    own, dims = grid[names[0]], ["lat", "lon"]
    heights = grid["orography"].drop_vars(set(grid["orography"].coords))
    passed = xr.apply_ufunc(
        watch,
        grid["time"],
        heights,
        *(grid[name] for name in names),
        input_core_dims=[[], dims, *[dims] * len(names)],
        output_core_dims=[dims],
        dask="parallelized",
        output_dtypes=[own.dtype],
    )
    if probe and own.chunks is not None and own.sizes["time"]:
        _compute(passed.isel(time=[0]), names)
    return own.copy(data=passed.transpose(*own.dims).data)


def _refuse_nothing(grid: xr.Dataset, *, probe: bool) -> None:
    """Refuse delays that are missing in all epochs; each is read until one holds a value."""
    names = [name for name in DELAYS if name in grid]
    fields = [grid[name] for name in names]
    if any(field.chunks is not None for field in fields) and not probe:
        return
    for row, name in product(range(grid.sizes["time"]), names):
        if bool(_compute(grid[name].isel(time=[row]).notnull().any(), [name], row).item()):
            return
    epochs = grid.sizes["time"]
    of_each = f" in each of {epochs} epochs" * (epochs > 1)
    msg = (
        f"all values of {' and '.join(names)} are missing (NaN){of_each}; accepted are delays with "
        "values. Check _FillValue and scale_factor, whether the file is complete, and what was "
        "selected from it."
    )
    raise GridError(msg)


def _refuse_wrong_unit(grid: xr.Dataset, *, probe: bool) -> None:
    """Refuse wet delays that only the Antarctic plateau in winter has, where there is more."""
    if "zwd" not in grid or (grid["zwd"].chunks is not None and not probe):
        return
    if float(grid["lat"].max()) < _PLATEAU:
        return
    most = float(_compute(grid["zwd"].isel(time=[0]).max(), ["zwd"]))
    if 0.0 < most < LEAST_WET:
        msg = (
            f"the highest wet delay of the first epoch is {1000 * most:.2g} mm, and the grid "
            f"reaches to {float(grid['lat'].max()):g} degrees north; accepted are wet delays of "
            "air (5 to 450 mm). Metres that are labelled as millimetres look like that: correct "
            "the attribute 'units'."
        )
        raise UnitsError(msg)


def _compute(field: xr.DataArray, names: list[str], row: int = 0) -> xr.DataArray:
    """Compute a field of one epoch, and say so where its file cannot be read."""
    try:
        return compute_here(field)
    except TropdsxError:
        raise
    except (OSError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        which = f"epoch {row + 1}" if row else "the first epoch"
        msg = (
            f"{which} of {' and '.join(names)} cannot be read ({reason}); the file is "
            "damaged or incomplete: fetch or make it again"
        )
        raise InputError(msg) from error
