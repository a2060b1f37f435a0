"""What was estimated of a whole period, kept in a file: parts of it then agree with the whole.

Covariance, smoothing, the noise of the stations, which of them are left out, and the mean grid that
tells how variable the delay is, are those of the epochs at hand. A part that is given those of the
whole is analysed as within it, epoch by epoch.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import InputError, warn
from tropdsx.pipeline.plan import Plan
from tropdsx.read.text import list_some
from tropdsx.system.names import short_name
from tropdsx.system.staging import output_errors, stage
from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places, arc_lengths
from tropdsx.workflows.reconstruct.oi.screening import Flag, Screening, screen_as_before
from tropdsx.workflows.reconstruct.oi.station_bias import no_bias
from tropdsx.workflows.reconstruct.smoothing.nodes import physics_alone

__all__ = ["Estimates", "background_of", "make_estimates", "read_estimates", "write_estimates"]

Array = NDArray[np.float64]

_ATTRIBUTE, _FORMAT = "tropdsx_estimates", 1
#: A station further from where it was is another one [km, m].
MOVED, RAISED = 0.1, 1.0
_UNITS = {
    "station_lat": "degrees_north",
    "station_lon": "degrees_east",
    "station_height": "m",
    "station_noise": "m",
    "station_bias_offset": "m",
    "station_bias_sigma": "m",
}


@dataclass(frozen=True, eq=False)
class Estimates:
    """What was estimated of a period.

    Attributes
    ----------
    covariance : Covariance
        Of the residuals.
    share : float
        How much of the background is smoothed [1].
    stations : Dataset
        On ``station_name``: place, ``station_noise`` and what is constant in its residuals (over
        the scale), ``station_flag`` of those that are left out, ``station_smooths`` of those that
        smoothing goes by.
    typical : Dataset
        The mean grid, on the coarse nodes [m].
    said : dict
        ``period`` (number of epochs, first, last), ``background`` (how it was made) and, of a
        network, ``calibrated``.
    """

    covariance: Covariance
    share: float
    stations: xr.Dataset
    typical: xr.Dataset
    said: dict[str, Any]

    def typical_plan(self, plan: Plan) -> Plan:
        """Make a plan of the mean grid of the whole period.

        Parameters
        ----------
        plan : Plan
            Of a part of it.

        Returns
        -------
        Plan

        Raises
        ------
        InputError
            If the grid or the background is another one.
        """
        for name in ("lat", "lon"):
            own, given = self.typical[name].to_numpy(), plan.grid[name].to_numpy()
            if own.shape != given.shape or not np.allclose(own, given, atol=1e-6, rtol=0):
                msg = (
                    f"these estimates are of a grid of {own.size} {name}, from {own[0]:g} to "
                    f"{own[-1]:g}; found {given.size}, from {given[0]:g} to {given[-1]:g}: give "
                    "the same nodes, or leave the estimates out"
                )
                raise InputError(msg)
        made, own = background_of(plan), self.said["background"]
        if made != own:
            other = [name for name in made if made[name] != own.get(name)]
            msg = (
                f"these estimates are of a background with {other[0]} {own.get(other[0])!r}; found "
                f"{made[other[0]]!r}: make it alike, or leave the estimates out"
            )
            raise InputError(msg)
        return replace(physics_alone(plan), grid=self.typical)

    @property
    def smoothing_places(self) -> Places:
        """Stations that smoothing goes by."""
        return _places(self.stations.isel(station=self.stations["station_smooths"].to_numpy()))

    def screen(self, residuals: Array, compared: xr.Dataset, noise: Array) -> Screening:
        """Judge each observation by covariance and stations of the whole period.

        Parameters
        ----------
        residuals : ndarray, shape (T, n)
            Over the scale, NaN where there is none [m].
        compared : Dataset
            With the names and places of the n stations.
        noise : ndarray, shape (n,)
            Of stations that are new, in parts of that of the covariance [1].

        Returns
        -------
        Screening

        Raises
        ------
        InputError
            If a station is elsewhere.
        """
        names = [str(name) for name in compared["station"].to_numpy()]
        row = self._rows(names, compared)
        known = row >= 0

        def taken(name: str, new: Any) -> NDArray:
            return np.where(known, self.stations[name].to_numpy()[row], new)

        flags = taken("station_flag", Flag.USED).astype(np.int8)
        bias = no_bias(len(names))
        for name, new in bias._asdict().items():
            if f"station_bias_{name}" in self.stations:
                bias = bias._replace(**{name: taken(f"station_bias_{name}", new).astype(new.dtype)})
        level = taken("station_noise", self.covariance.noise * noise)
        places = Places.at(*(compared[name].to_numpy() for name in ("lat", "lon", "height")))
        return screen_as_before(residuals, places, self.covariance, level, flags, bias)

    def _rows(self, names: list[str], compared: xr.Dataset) -> NDArray[np.intp]:
        """Find stations by their names, and check where they are; -1 for new ones."""
        place = {str(name): at for at, name in enumerate(self.stations["station_name"].to_numpy())}
        row = np.array([place.get(name, -1) for name in names], np.intp)
        new = [name for name, at in zip(names, row, strict=True) if at < 0]
        if new:
            warn(f"{list_some(new)}: not in the estimates, and not checked for constant errors")
        before = _places(self.stations)
        for at, (name, there) in enumerate(zip(names, row.tolist(), strict=True)):
            if there < 0:
                continue
            here = compared.isel(station=[at])
            now = Places.at(*(here[each].to_numpy() for each in ("lat", "lon", "height")))
            far = float(arc_lengths(now, before[np.array([there])])[0, 0])
            rise = float(abs(now.height[0] - before.height[there]))
            if far > MOVED or rise > RAISED:
                msg = (
                    f"station {name} is {far:.1f} km and {rise:.1f} m in height from where it was "
                    "in the estimates: give another station another name, or correct its place"
                )
                raise InputError(msg)
        return row

    def told(self) -> str:
        """Say in one line of which period they are."""
        period = self.said["period"]
        return (
            f"how residuals vary was taken from estimates of {period['epochs']} epochs from "
            f"{period['first']} to {period['last']}"
        )


def make_estimates(
    compared: xr.Dataset, screening: Screening, typical: Plan, share: float, *, said: dict[str, Any]
) -> Estimates:
    """Gather what was estimated.

    Parameters
    ----------
    compared : Dataset
        Names and places of the n stations.
    screening : Screening
        Of them, over the whole period.
    typical : Plan
        Of the mean grid.
    share : float
        How much of the background is smoothed [1].
    said : dict
        See :class:`Estimates`.

    Returns
    -------
    Estimates
    """
    verdict = np.where(screening.flags > Flag.FAR_FROM_NEIGHBOURS, screening.flags, Flag.USED)
    values: dict[str, NDArray] = {
        "name": compared["station"].to_numpy().astype(str),
        **{name: compared[name].to_numpy() for name in ("lat", "lon", "height")},
        "noise": screening.noise,
        **{f"bias_{name}": each for name, each in screening.bias._asdict().items()},
        "flag": verdict.max(axis=0, initial=Flag.USED).astype(np.int8),
        "smooths": (screening.flags == Flag.USED).any(axis=0),
    }
    stations = xr.Dataset({f"station_{name}": ("station", each) for name, each in values.items()})
    return Estimates(screening.covariance, share, stations, typical.grid, said)


def background_of(plan: Plan) -> dict[str, Any]:
    """Say how a background is made, as far as its errors depend on it.

    Parameters
    ----------
    plan : Plan
        Of the background.

    Returns
    -------
    dict
        Plain values.
    """
    said = plan.options.recorded()
    model = said["model"] if not isinstance(said["model"], dict) else said["model"]["sha256"]
    found = {"model": model or "none"} | {k: said[k] for k in ("height_model", "interpolation")}
    return json.loads(json.dumps(found, default=str))


def _places(stations: xr.Dataset) -> Places:
    return Places.at(*(stations[f"station_{name}"].to_numpy() for name in ("lat", "lon", "height")))


def write_estimates(estimates: Estimates, path: str | Path, *, overwrite: bool = False) -> None:
    """Write estimates to a NetCDF file.

    Parameters
    ----------
    estimates : Estimates
        Of a whole period.
    path : str or Path
        The file.
    overwrite : bool, optional
        Whether it may be there.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    text = json.dumps(
        {
            "format": _FORMAT,
            "covariance": asdict(estimates.covariance),
            "share": estimates.share,
            **estimates.said,
        }
    )
    ds = estimates.typical.assign(estimates.stations.data_vars)
    for name, unit in _UNITS.items():
        ds[name].attrs["units"] = unit
    title = "What a reconstruction estimated of the residuals of a period"
    with stage(Path(path), overwrite=overwrite) as partial, output_errors(Path(path)):
        ds.drop_encoding().assign_attrs({"title": title, _ATTRIBUTE: text}).to_netcdf(partial)


def read_estimates(path: str | Path) -> Estimates:
    """Read estimates of a whole period.

    Parameters
    ----------
    path : str or Path
        Of :func:`write_estimates`.

    Returns
    -------
    Estimates

    Raises
    ------
    InputError
        If it is no such file.
    """
    try:
        with xr.open_dataset(path) as file:
            ds = file.load()
    except (OSError, ValueError) as error:
        msg = f"{short_name(path)} cannot be read as estimates: give what --save-estimates wrote"
        raise InputError(msg) from error
    said = json.loads(ds.attrs.pop(_ATTRIBUTE, "{}"))
    if said.pop("format", None) != _FORMAT:
        msg = (
            f"{short_name(path)} holds no estimates of a reconstruction; give what "
            "`tropdsx reconstruct ... --save-estimates FILE` wrote"
        )
        raise InputError(msg)
    own = [name for name in ds.variables if str(name).startswith("station_")]
    covariance, share = Covariance(**said.pop("covariance")), float(said.pop("share"))
    return Estimates(covariance, share, ds[own], ds.drop_vars(own), said)
