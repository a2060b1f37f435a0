"""Stations that are wrong throughout: how many are told, and how many good ones are taken for it.

    python -m benchmarks.station_errors vmf1_2x2.5_dev.nc gnss_stations_dev.csv gnss_ztd_dev.csv.xz
    python -m benchmarks.station_errors ... --many

A constant error is given to each station in turn, or to one of eight that are at least 150 km apart
(60 draws); printed is how many of them are left out, of those that have three observations, and how
many others with them. Then the same of stations that report on different days, and without any
error, where none should be left out. With --many 15 to 40 mm are given to parts of the stations,
and printed is who is left out or named, and how good the analysis is at stations that are left out
in turn, beside what they truly observe (five parts, every twelfth epoch). The background is
physics, smoothed as far as all stations ask for it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import make_plan
from tropdsx.workflows.reconstruct.divisions import divide_stations
from tropdsx.workflows.reconstruct.leave_out import predict_left_out
from tropdsx.workflows.reconstruct.observations import gather_observations
from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places, arc_lengths
from tropdsx.workflows.reconstruct.oi.scores import score_estimates
from tropdsx.workflows.reconstruct.oi.station_bias import LEAST, find_biased
from tropdsx.workflows.reconstruct.preparation import prepare
from tropdsx.workflows.reconstruct.residuals import relative_noise

ERRORS = (0.0, 0.015, 0.02, 0.03, 0.045, 0.06)
APART, FEW, DRAWS = 150.0, 8, 60
DAY, FORTNIGHT = 24.0, 14 * 24.0
SMALLEST, LARGEST = 0.015, 0.04

Array = NDArray[np.float64]


class Network(NamedTuple):
    """Residuals of stations, over the scale."""

    residuals: Array
    hours: Array
    places: Places
    relative: Array
    scale: Array

    def take(self, rows: Array, stations: Array) -> Network:
        """Take some epochs of some stations."""
        return Network(
            self.residuals[np.ix_(rows, stations)],
            self.hours[rows],
            self.places[stations],
            self.relative[stations],
            self.scale[stations],
        )

    def judge(self, wrong: int, error: float) -> tuple[bool, int, bool]:
        """Give a station an error: is it told, how many others are, has it observations at all."""
        values = self.residuals.copy()
        there = int(np.isfinite(values[:, wrong]).sum()) >= LEAST
        values[:, wrong] += error / self.scale[wrong]
        given = (values, self.hours, self.places, Covariance(), self.relative)
        biased = find_biased(*given).biased
        return bool(biased[wrong]), int(biased.sum() - biased[wrong]), there


def read(grid: str, stations: str, observations: str) -> Network:
    """Compare the stations with the background."""
    observed = gather_observations(stations, observations)
    with xr.open_dataset(grid) as ds:
        plan = make_plan(ds.load(), Options(model=None))
    found = prepare(plan, observed, epochs="stations")
    compared, scale = found.compared, found.scale
    residuals = compared["residual"].transpose("time", "station").to_numpy() / scale
    hours = (compared["time"].to_numpy() - compared["time"].to_numpy()[0]) / np.timedelta64(1, "h")
    return Network(residuals, hours, found.places, relative_noise(observed) / scale, scale)


def each(network: Network) -> Iterator[tuple[Network, int]]:
    """All stations, each wrong in turn."""
    for wrong in range(len(network.places)):
        yield network, wrong


def days(network: Network) -> Iterator[tuple[Network, int]]:
    """All stations on one day: three days, each station in turn."""
    for part in (0.1, 0.5, 0.8):
        yield from each(_period(network, part, DAY))


def sparse(network: Network, length: float = np.inf) -> Iterator[tuple[Network, int]]:
    """Eight stations that are far from each other, for a time drawn by chance."""
    arc = arc_lengths(network.places, network.places)
    for seed in range(DRAWS):
        rng = np.random.default_rng(seed)
        chosen: list[int] = []
        for station in rng.permutation(len(network.places)):
            if len(chosen) < FEW and (arc[station, chosen] > APART).all():
                chosen.append(int(station))
        few = network.take(np.arange(network.hours.size), np.sort(chosen))
        yield _period(few, rng.random(), length), int(rng.integers(len(chosen)))


def by_turns(network: Network, length: float, whole: bool) -> Iterator[tuple[Network, int]]:
    """Stations that report for a time of their own, or on every third day of theirs."""
    number = np.unique(np.floor(network.hours / DAY), return_inverse=True)[1]
    long = int(length / DAY)
    for seed in range(DRAWS):
        rng = np.random.default_rng(seed)
        first = rng.integers(0, max(number[-1] + 2 - long, 1), len(network.places))
        within = (number[:, None] >= first) & (number[:, None] < first + long)
        seen = within if whole else number[:, None] % 3 == first % 3
        shown = network._replace(residuals=np.where(seen, network.residuals, np.nan))
        yield shown, int(rng.integers(len(network.places)))


def _period(network: Network, part: float, length: float) -> Network:
    """Take a period that begins at a part of what there is."""
    hours = network.hours
    length = min(length, np.ptp(hours) + 1)
    start = hours[np.searchsorted(hours, part * (hours[-1] + 1 - length))]
    rows = np.flatnonzero((hours >= start) & (hours < start + length))
    return network.take(rows, np.arange(len(network.places)))


def many(network: Network) -> None:
    """Give errors to parts of the stations, of one sign or of both."""
    every = np.arange(len(network.places))
    part = network.take(np.arange(0, network.hours.size, 12), every)
    folds = divide_stations(part.places, 5)
    for share, signs in ((0.0, "+"), (0.2, "+"), (0.3, "+"), (0.4, "+"), (0.4, "+-"), (0.5, "+")):
        for seed in range(2 if share else 1):
            rng = np.random.default_rng(seed)
            wrong = rng.permutation(every.size)[: round(share * every.size)]
            error = np.zeros(every.size)
            error[wrong] = rng.uniform(SMALLEST, LARGEST, wrong.size)
            error[wrong] *= 1.0 if signs == "+" else rng.choice([-1.0, 1.0], wrong.size)
            values = part.residuals + error / part.scale
            bias = find_biased(values, part.hours, part.places, Covariance(), part.relative)
            given = (values, part.hours, part.places, folds)
            found = predict_left_out(*given, relative=part.relative)
            off = (found.error["oi"] - error / part.scale) * part.scale
            score = score_estimates(off, found.sigma["oi"] * part.scale, off)
            told = [
                f"{each.sum()} ({(each & (error != 0)).sum()})"
                for each in (bias.biased, bias.doubtful)
            ]
            print(
                f"{wrong.size} wrong {signs:2}: left out (of them wrong) {told[0]}, "
                f"named {told[1]}; {1e3 * score['rmse']:.2f} mm, "
                f"bias {1e3 * score['bias']:.2f} mm, "
                f"{100 * score['coverage'][1]:.1f} % in 90 %",
                flush=True,
            )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("grid", "stations", "observations"):
        parser.add_argument(name)
    parser.add_argument("--many", action="store_true")
    given = vars(parser.parse_args())
    wanted = given.pop("many")
    network = read(**given)
    if wanted:
        many(network)
        return
    kinds: dict[str, Callable[[], Iterator[tuple[Network, int]]]] = {
        "all stations, all days": lambda: each(network),
        "all stations, one day": lambda: days(network),
        "eight sparse stations, all days": lambda: sparse(network),
        "eight, two weeks": lambda: sparse(network, FORTNIGHT),
        "eight, one day": lambda: sparse(network, DAY),
        "all, every third day by turns": lambda: by_turns(network, DAY, whole=False),
        "all, a week of their own": lambda: by_turns(network, 7 * DAY, whole=True),
        "all, a day of their own": lambda: by_turns(network, DAY, whole=True),
    }
    print("left out (others with it) of | " + " | ".join(f"{1e3 * e:.0f} mm" for e in ERRORS))
    for name, draw in kinds.items():
        cells = []
        for error in ERRORS:
            found = [part.judge(wrong, error) for part, wrong in draw()]
            told, others = (sum(one[k] for one in found if one[2]) for k in (0, 1))
            cells.append(f"{told} ({others}) of {sum(one[2] for one in found)}")
        print(f"{name} | " + " | ".join(cells), flush=True)


if __name__ == "__main__":
    main()
