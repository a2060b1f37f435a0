"""Stations made ready for an analysis: compared with the background, screened, their places."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import warn
from tropdsx.pipeline.plan import Plan
from tropdsx.system.workers import Progress
from tropdsx.workflows.reconstruct.epochs import describe_unused
from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places
from tropdsx.workflows.reconstruct.oi.interpolation import Interpolator
from tropdsx.workflows.reconstruct.oi.screening import Flag, Screening
from tropdsx.workflows.reconstruct.oi.station_bias import no_bias
from tropdsx.workflows.reconstruct.oi.verdicts import (
    describe_common,
    describe_doubt,
    describe_limit,
    describe_stations,
)
from tropdsx.workflows.reconstruct.period.estimates import (
    Estimates,
    background_of,
    make_estimates,
)
from tropdsx.workflows.reconstruct.residuals import (
    find_residuals,
    interpolate_epochs,
    relative_noise,
)
from tropdsx.workflows.reconstruct.smoothing.background import Smoothing
from tropdsx.workflows.reconstruct.smoothing.nodes import smoothed_away
from tropdsx.workflows.reconstruct.smoothing.share import screen_smoothed
from tropdsx.workflows.reconstruct.variability import scale_at, typical_plan

__all__ = ["Prepared", "hours_of", "places_of", "prepare"]

#: Stations that are left out as a whole are named in so many warnings.
TOLD = 5


@dataclass(frozen=True, eq=False)
class Prepared:
    """Stations that were compared with the background, for all epochs.

    Attributes
    ----------
    plan : Plan
        Grid and target, at the epochs of the analysis.
    compared : Dataset
        ``observed``, ``background``, ``residual`` (time, station) [m] with the places.
    screening : Screening
        What is used of them, and the covariance: its residuals, noise and errors are divided by
        the scale.
    scale : ndarray, shape (n,)
        How variable residuals are at the stations (see
        :mod:`tropdsx.workflows.reconstruct.variability`) [1].
    typical : Plan
        From which that follows at other places.
    smoothing : Smoothing or None
        What was done to the background; None where it stays as it is.
    given : Estimates, optional
        Of a longer period, instead of those of its own.
    """

    plan: Plan
    compared: xr.Dataset
    screening: Screening
    scale: NDArray[np.float64]
    typical: Plan
    smoothing: Smoothing | None = None
    given: Estimates | None = None

    @property
    def places(self) -> Places:
        """Places of the stations."""
        return places_of(self.compared)

    @property
    def estimated(self) -> dict[str, Any]:
        """What was estimated, and of which epochs: a part of these would have its own."""
        share = round(self.smoothing.share, 4) if self.smoothing else 0.0
        return self._period | {"smoothing_share": share}

    @property
    def _period(self) -> dict[str, Any]:
        if self.given is not None:
            return self.given.said["period"]
        times = self.compared["time"].to_numpy()
        ends = {"first": f"{times[0]!s:.16}", "last": f"{times[-1]!s:.16}"}
        return {"epochs": int(times.size)} | ends

    def estimates(self, calibrated: dict[str, Any] | None = None) -> Estimates:
        """Give all that was estimated of the period.

        Parameters
        ----------
        calibrated : dict, optional
            Of a network.

        Returns
        -------
        Estimates
            Those that were given, where there were any.
        """
        more = {} if calibrated is None else {"calibrated": calibrated}
        if self.given is not None:
            return replace(self.given, said=self.given.said | more)
        share = self.smoothing.share if self.smoothing else 0.0
        said = {"period": self._period, "background": background_of(self.plan)}
        return make_estimates(self.compared, self.screening, self.typical, share, said=said | more)

    def interpolator(self, targets: Places) -> Interpolator:
        """Make estimates at other places.

        Parameters
        ----------
        targets : Places
            Where.

        Returns
        -------
        Interpolator
        """
        found = self.screening
        return Interpolator(found.covariance, self.places, targets, found.noise)


def places_of(ds: xr.Dataset) -> Places:
    """Take the places of stations out of their Dataset.

    Parameters
    ----------
    ds : Dataset
        ``lat``, ``lon`` [deg] and ``height`` [m] on ``station``.

    Returns
    -------
    Places
    """
    return Places.at(*(ds[name].to_numpy() for name in ("lat", "lon", "height")))


def hours_of(compared: xr.Dataset) -> NDArray[np.float64]:
    """Count the hours from the first epoch on.

    Parameters
    ----------
    compared : Dataset
        With ``time`` of datetime64.

    Returns
    -------
    ndarray, shape (T,)
        [h]
    """
    times = compared["time"].to_numpy()
    return (times - times[0]) / np.timedelta64(1, "h")


def prepare(
    plan: Plan,
    observed: xr.Dataset | None,
    *,
    epochs: str = "grid",
    covariance: Covariance | None = None,
    smooth: bool = True,
    estimates: Estimates | None = None,
    progress: Progress | None = None,
) -> Prepared:
    """Compare stations with the background, screen them, and fit their covariance.

    Parameters
    ----------
    plan : Plan
        Grid and target.
    observed : Dataset or None
        Of :func:`~tropdsx.workflows.reconstruct.observations.gather_observations`; None for no
        stations.
    epochs : {"grid", "stations"}
        Those of the grid, or those of the stations, for which the grid is interpolated in time.
    covariance : Covariance, optional
        Believed as it is; default: fitted to the residuals.
    smooth : bool, optional
        Let the residuals say how much of the background is smoothed.
    estimates : Estimates, optional
        Of a longer period, believed as they are.
    progress : callable, optional
        Called with (epochs done, epochs in all) of the background at the stations.

    Returns
    -------
    Prepared
    """
    if observed is None:
        nothing = _nothing(plan, covariance or Covariance())
        return Prepared(plan, *nothing, np.ones(0), typical_plan(plan))
    if epochs == "stations":
        plan = interpolate_epochs(plan, observed["time"].to_numpy())
    compared = find_residuals(plan, observed, progress)
    typical = typical_plan(plan) if estimates is None else estimates.typical_plan(plan)
    scale = scale_at(typical, compared)
    away = smoothed_away(plan, compared) if smooth else None
    noise = relative_noise(observed) / scale
    screening, share, around = _screen(compared, scale, away, noise, covariance, estimates)
    names = [str(name) for name in compared["station"].to_numpy()]
    verdicts = describe_stations(names, screening, scale)
    doubt = describe_doubt(names, screening)
    common = describe_common(screening, scale)
    if common:
        warn(common)
    _tell_of_rejected(compared, screening, verdicts, doubt)
    smoothing = None
    if share and away is not None:
        there = (screening.flags == Flag.USED).any(axis=1)
        smoothing = Smoothing(share, around, there)
        compared = _moved(compared, smoothing.at(away, places_of(compared)))
    unused, assumed = describe_unused(compared.attrs["unused"]), observed.attrs.get("assumed")
    told = [*verdicts, common, doubt or describe_limit(screening, scale), unused, assumed]
    told.append(_describe_period(plan) if estimates is None else estimates.told())
    plan = _noted(plan, screening, told, share)
    return Prepared(plan, compared, screening, scale, typical, smoothing, estimates)


def _screen(
    compared: xr.Dataset,
    scale: NDArray[np.float64],
    away: NDArray[np.float64] | None,
    noise: NDArray[np.float64],
    covariance: Covariance | None,
    estimates: Estimates | None,
) -> tuple[Screening, float, Places]:
    """Screen the stations: also the share of the smoothing, and the places that it goes by."""
    residuals = compared["residual"].transpose("time", "station").to_numpy() / scale
    away = None if away is None else away / scale
    if estimates is not None:
        share = estimates.share
        left = residuals if away is None or not share else residuals - share * away
        return estimates.screen(left, compared, noise), share, estimates.smoothing_places
    places = places_of(compared)
    given = {"relative": noise, "prior": covariance, "fit": covariance is None}
    screening, share = screen_smoothed(residuals, hours_of(compared), places, away, **given)
    used = screening.flags == Flag.USED
    return screening, share, places[used.any(axis=0)]


def _moved(compared: xr.Dataset, added: NDArray[np.float64]) -> xr.Dataset:
    """Add to the background of a comparison."""
    part = xr.Variable(("time", "station"), np.nan_to_num(added))
    return compared.assign(
        background=compared["background"] + part, residual=compared["residual"] - part
    )


def _noted(plan: Plan, screening: Screening, told: list[str | None], share: float) -> Plan:
    """Say in the notes of the result how much it rests on stations."""
    used = screening.flags == Flag.USED
    note = (
        f"total delays of {int(used.any(axis=0).sum())} stations ({int(used.sum())} observations) "
        "are in the wet delay, by optimal interpolation"
    )
    smoothed = f"the wet delay of the grid is smoothed near them: {share:.2f} of a cubic B-spline"
    notes = [note, *([smoothed] if share else []), *filter(None, told)]
    return replace(plan, record=replace(plan.record, notes=(*plan.record.notes, *notes)))


def _describe_period(plan: Plan) -> str:
    """Say what goes with the period: parts of it that are analysed alone are a little different."""
    times = plan.grid["time"].to_numpy()
    return (
        f"how residuals vary was estimated from the {times.size} epochs from {times[0]!s:.16} to "
        f"{times[-1]!s:.16}: a part of them analysed alone is a little different"
    )


def _nothing(plan: Plan, covariance: Covariance) -> tuple[xr.Dataset, Screening]:
    """Stand in for stations where there are none."""
    empty = np.zeros((plan.grid.sizes["time"], 0))
    fields = dict.fromkeys(("observed", "background", "residual"), (("time", "station"), empty))
    places = {name: ("station", np.zeros(0)) for name in ("lat", "lon", "height")}
    coords = {"time": plan.grid["time"], "station": np.zeros(0, "U1"), **places}
    flags = empty.astype(np.int8)
    none = Screening(covariance, empty[0], empty, flags, empty, empty, no_bias(0))
    return xr.Dataset(fields, coords), none


def _tell_of_rejected(
    compared: xr.Dataset, screening: Screening, verdicts: list[str], doubt: str
) -> None:
    """Warn of what is not used, stations as a whole and single observations, and of doubts."""
    if doubt:
        warn(doubt)
    for line in verdicts[:TOLD]:
        warn(line)
    if len(verdicts) > TOLD:
        warn(f"{len(verdicts) - TOLD} more stations are left out as a whole: see station_flag")
    total = int((screening.flags != Flag.MISSING).sum())
    counts = {
        "background": int((screening.flags == Flag.FAR_FROM_BACKGROUND).sum()),
        "neighbours": int((screening.flags == Flag.FAR_FROM_NEIGHBOURS).sum()),
    }
    lost = sum(counts.values())
    if not lost:
        return
    single = (screening.flags == Flag.USED) | (screening.flags > Flag.FAR_FROM_NEIGHBOURS)
    seen = (screening.flags != Flag.MISSING).any(axis=0)
    never = [str(name) for name in compared["station"].to_numpy()[seen & ~single.any(axis=0)]]
    parts = [f"{count} by the {what}" for what, count in counts.items() if count]
    whole = f"; nothing is used of {', '.join(never[:5])}: check height and unit" if never else ""
    warn(f"{lost} of {total} observations are taken for blunders: {', '.join(parts)}{whole}")
