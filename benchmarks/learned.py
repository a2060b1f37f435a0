"""A learned reconstruction at GNSS stations, at its own stations, and from fields with gaps.

    python -m benchmarks.learned gnss vmf1_2x2.5_dev.nc stations.csv ztd.csv stations --thin 2
    python -m benchmarks.learned consistency vmf1_2x2.5_dev.nc drawn/best.safetensors
    python -m benchmarks.learned ambient vmf1_2x2.5_dev.nc --steps 400

The first leaves tenths of the stations out and predicts them from the others, as `tropdsx evaluate
--leave-out 10` does, at every sixth hour; --thin makes the grid of every Nth node of the file, the
network then seeing all of its nodes, as in its training; --box 30,66,-15,47.5 takes a part of the
globe, which is quicker; --calibration none takes the network as it is. The second draws members on
epochs of the validation week of docs/diffusion.md, with 300 pseudo-stations, and tells how far they
are from what the stations observed, how good they are elsewhere, and whether stations stick out of
their surroundings. The last hides half of the tiles of each training field, at nodes that are none
of the coarse grid, trains a mean on what is left and one on the complete fields, and scores both on
the complete validation week, with 300 and with no pseudo-stations (--stations 300,0).
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from benchmarks.diffusion import TRAIN, VALIDATE
from tropdsx.cf.time.epochs import in_period
from tropdsx.grid.thinning import parse_thinning, thin
from tropdsx.nn.checkpoint import load
from tropdsx.pipeline.options import Options
from tropdsx.workflows.evaluate.tables import plain_text
from tropdsx.workflows.patches.samples.masks import draw_mask
from tropdsx.workflows.reconstruct.diffusion.epochs import Analysis
from tropdsx.workflows.reconstruct.diffusion.estimator import Estimator, find_model
from tropdsx.workflows.reconstruct.diffusion.sampling import Sampling
from tropdsx.workflows.reconstruct.leave_out import leave_out
from tropdsx.workflows.reconstruct.observations import gather_observations
from tropdsx.workflows.reconstruct.oi.covariance import Covariance
from tropdsx.workflows.reconstruct.oi.interpolation import Interpolator
from tropdsx.workflows.reconstruct.oi.scores import crps_of_normal
from tropdsx.workflows.reconstruct.tables import left_out_table
from tropdsx.workflows.train.diffusion.data import gather_lessons
from tropdsx.workflows.train.diffusion.options import DiffusionOptions
from tropdsx.workflows.train.diffusion.scores import score_mean
from tropdsx.workflows.train.forms import fit

MILLIMETRES = 1e3


def gnss(
    path: str,
    stations: str,
    observations: str,
    model: str,
    *,
    step: str | None,
    every: int,
    period: str | None,
    members: int,
    steps: int,
    box: str | None,
    calibration: str,
) -> None:
    """Print the scores at stations that are left out."""
    with xr.open_dataset(path) as ds:
        grid = ds.load() if box is None else part_of(ds, box)
    orography = grid["orography"]
    grid = grid if step is None else thin(grid, parse_thinning(step), (0, 0))
    observed = gather_observations(stations, observations)
    observed = observed.isel(time=observed["time"].dt.hour % every == 0)
    observed = observed if period is None else in_period(observed, period)
    options = Options(model=model, orography=None if step is None else orography)
    drawn = {"members": members, "steps": steps} if members else {"members": 0}
    drawn["calibration"] = calibration
    found = leave_out(grid, observed, options=options, method="diffusion", **drawn)
    print(plain_text(left_out_table(found)))


def part_of(ds: xr.Dataset, box: str) -> xr.Dataset:
    """Take the part between south, north, west and east, also across the meridian of Greenwich."""
    south, north, west, east = (float(part) for part in box.split(","))
    lon = (ds["lon"] - west) % 360.0 + west
    turned = ds.assign_coords(lon=lon.assign_attrs(ds["lon"].attrs)).sortby("lon")
    return turned.sel(lat=slice(north, south), lon=slice(west, east)).load()


def _validation(path: str, count: int) -> object:
    options = DiffusionOptions(
        train=TRAIN, validate=VALIDATE, stations=(count,), sets=1, phases=1, seed=1
    )
    _, valid, facts = gather_lessons(path, options)
    return valid, Covariance(**facts["covariance"]), options.noise


def consistency(path: str, model: str, count: int, members: int, epochs: int) -> None:
    """Print how members and stations agree."""
    valid, covariance, noise = _validation(path, count)
    found, setting = valid.sets[0], valid.setting
    scale = setting.scale
    level = np.hypot(covariance.noise, noise / scale.ravel()[found.nodes])
    places = setting.places
    interpolate = Interpolator(covariance, places[found.nodes], places, level)
    scored = np.where(valid.free, valid.area, 0.0).ravel()
    scored[found.nodes] = 0.0
    print("consistency   within 1 sigma   off mm   RMSE mm   CRPS mm   sticks out mm")
    for kind in ("none", "replacement", "nudging"):
        sampling = Sampling(members=members, masking="complete", consistency=kind)
        add = Analysis(interpolate, setting, found.nodes, level, find_model(model), sampling)
        sums = np.zeros(5)
        for epoch in np.unique(np.linspace(0, len(valid.times) - 1, epochs).astype(int)):
            seen = found.residuals[epoch].astype(np.float64)
            analysed = add.analyse(valid.scene(epoch, 0).zwd, seen, valid.times[epoch])
            mean, truth = analysed.mean.ravel(), valid.truth(epoch, 0).ravel()
            off = mean[found.nodes] - seen
            each = analysed.members.reshape(members, -1)[:, found.nodes] - seen
            error = (truth - mean) * scale.ravel()
            known = np.isfinite(error) & (scored > 0)
            crps = crps_of_normal(error, (analysed.sigma * scale).ravel())
            sums += [
                np.mean(np.abs(off) <= level),
                np.mean((each * scale.ravel()[found.nodes]) ** 2),
                np.average(error[known] ** 2, weights=scored[known]),
                np.average(crps[known], weights=scored[known]),
                np.mean(_sticking_out(analysed.members * scale, found.nodes) ** 2),
            ]
        sums /= epochs
        off, rmse, out = np.sqrt(sums[[1, 2, 4]]) * MILLIMETRES
        print(
            f"{kind:12s} {100 * sums[0]:14.1f} % {off:8.2f} {rmse:9.2f} "
            f"{sums[3] * MILLIMETRES:9.2f} {out:15.2f}"
        )


def _sticking_out(members: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """Differences between nodes and the mean of their four neighbours."""
    rows, columns = members.shape[-2:]
    row, column = np.divmod(nodes, columns)
    inside = (row > 0) & (row < rows - 1)
    row, column = row[inside], column[inside]
    around = [(row - 1, column), (row + 1, column)]
    around += [(row, (column + turn) % columns) for turn in (-1, 1)]
    return members[..., row, column] - np.mean([members[..., r, c] for r, c in around], axis=0)


def with_holes(ds: xr.Dataset, share: float = 0.5) -> xr.Dataset:
    """Hide tiles of the training epochs, but for the nodes of the coarse grid."""
    first, last = VALIDATE[0].split("/")
    fixed = np.zeros((ds.sizes["lat"], ds.sizes["lon"]), bool)
    fixed[::2, ::2] = True
    kept = []
    for number, time in enumerate(ds["time"].to_numpy()):
        held = np.datetime64(first) <= time < np.datetime64(last) + np.timedelta64(1, "D")
        seen = draw_mask("tiles", np.ones_like(fixed), share, 7, str(number))
        kept.append(seen | fixed | held)
    mask = xr.DataArray(np.stack(kept), dims=("time", "lat", "lon"))
    fields = ("zhd", "zwd")
    return ds.assign({name: ds[name].where(mask).assign_attrs(units="m") for name in fields})


def ambient(path: str, steps: int, sets: int, stations: str, width: int, batch: int) -> None:
    """Train on complete fields and on fields with holes, and compare."""
    with xr.open_dataset(path) as ds:
        fields = ds.load()
    common = {
        "train": TRAIN,
        "validate": VALIDATE,
        "phases": 1,
        "stations": tuple(int(each) for each in stations.split(",")),
        "sets": sets,
        "width": width,
        "batch": batch,
        "steps": steps,
        "steps_per_epoch": max(1, steps // 4),
        "average": 0.99,
        "device": "cpu",
        "threads": 1,
    }
    kinds = {
        "complete": (fields, {}),
        "ambient, holes": (with_holes(fields), {"objective": "ambient", "mask": "tiles"}),
    }
    whole = DiffusionOptions(**common | {"sets": 1})
    _, valid, _ = gather_lessons(fields, replace(whole, seed=1))
    print("training        stations  background     OI   mean   CRPS OI   mean   slope  sigma")
    for name, (ds, more) in kinds.items():
        with tempfile.TemporaryDirectory() as folder:
            found = load(fit(ds, Path(folder), DiffusionOptions(**common, **more)).best)
        estimator = Estimator(found.module, found.card, valid.setting)
        for number in range(len(valid.sets)):
            s = score_mean(estimator, valid, number)
            print(
                f"{name:15s} {s['stations']:8d} {s['background_mm']:11.2f} {s['oi_mm']:6.2f} "
                f"{s['mean_mm']:6.2f} {s['oi_crps_mm']:9.2f} {s['mean_crps_mm']:6.2f} "
                f"{amplitude(estimator, valid, number):7.3f} {s['sigma_factor']:6.3f}",
                flush=True,
            )


def amplitude(estimator: Estimator, valid: object, number: int) -> float:
    """Slope of the truth against the learned mean, at the nodes that are scored."""
    weight = np.where(valid.free, valid.area, 0.0) * valid.setting.scale**2
    weight.ravel()[valid.sets[number].nodes] = 0.0
    along = square = 0.0
    for epoch in range(0, len(valid.times), 4):
        mean = estimator.estimate(valid.scene(epoch, number), valid.times[epoch]).mean
        truth = valid.truth(epoch, number)
        known = np.isfinite(truth) & np.isfinite(mean)
        along += float(np.sum((weight * truth * mean)[known]))
        square += float(np.sum((weight * mean**2)[known]))
    return along / square


def main() -> None:
    """Print the scores."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("gnss")
    for name in ("path", "stations", "observations", "model"):
        one.add_argument(name)
    one.add_argument("--thin", dest="step")
    one.add_argument("--every", type=int, default=6)
    one.add_argument("--period")
    one.add_argument("--members", type=int, default=0)
    one.add_argument("--steps", type=int, default=20)
    one.add_argument("--box")
    one.add_argument("--calibration", default="stations")
    two = commands.add_parser("consistency")
    two.add_argument("path")
    two.add_argument("model")
    two.add_argument("--stations", dest="count", type=int, default=300)
    two.add_argument("--members", type=int, default=8)
    two.add_argument("--epochs", type=int, default=4)
    three = commands.add_parser("ambient")
    three.add_argument("path")
    three.add_argument("--steps", type=int, default=400)
    three.add_argument("--sets", type=int, default=16)
    three.add_argument("--stations", default="300,0")
    three.add_argument("--width", type=int, default=32)
    three.add_argument("--batch", type=int, default=16)
    given = vars(parser.parse_args())
    command = given.pop("command")
    {"gnss": gnss, "consistency": consistency, "ambient": ambient}[command](**given)


if __name__ == "__main__":
    main()
