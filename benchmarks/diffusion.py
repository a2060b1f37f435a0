"""A learned reconstruction beside optimal interpolation, and beside an exact posterior.

    python -m benchmarks.diffusion vmf1 vmf1_2x2.5_dev.nc stations
    python -m benchmarks.diffusion vmf1 vmf1_2x2.5_dev.nc run/best.safetensors --members 8
    python -m benchmarks.diffusion gaussian --minutes 10

The first scores the learned mean on the validation week of docs/diffusion.md: pseudo-stations at
random nodes of VMF1 that are none of its 4 x 5 degree grid, RMSE at all other such nodes, weighted
by area. With --members it also scores an ensemble of the diffusion on some epochs. The last draws
Gaussian fields with an exponential covariance on 48 x 48 nodes, of which every fourth row and
column is the coarse grid and 60 others are stations with 2 mm of noise; trains a mean on 400 of
them for so many minutes of one thread, and tells which share of the gap between optimal
interpolation and the exact posterior it closes on 40 others.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from tropdsx.assets.registry import find_path
from tropdsx.nn.checkpoint import load
from tropdsx.workflows.reconstruct.diffusion.estimator import Estimator
from tropdsx.workflows.reconstruct.diffusion.sampling import Sampling
from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places
from tropdsx.workflows.reconstruct.oi.scores import crps_of_normal
from tropdsx.workflows.train.diffusion.data import gather_lessons
from tropdsx.workflows.train.diffusion.options import DiffusionOptions
from tropdsx.workflows.train.diffusion.scores import score_ensemble, score_mean
from tropdsx.workflows.train.forms import fit

TRAIN = ("2022-03-09/2022-04-05", "2024-02-01/2024-02-08")
VALIDATE = ("2022-04-08/2022-04-14",)
COUNTS = (1000, 3000, 300, 0)
#: Of the Gaussian fields [m, km].
TOLD = Covariance(local=0.0, regional=0.02, regional_length=700.0, mountain=0.0, noise=2e-3)


def vmf1(path: str, model: str, members: int, steps: int, sampler: str, epochs: int) -> None:
    """Print the scores on VMF1."""
    # Nothing of the training epochs is needed: one phase, one set.
    options = DiffusionOptions(
        train=TRAIN, validate=VALIDATE, stations=COUNTS, sets=1, phases=1, seed=1
    )
    _, valid, _ = gather_lessons(path, options)
    found = load(find_path(model))
    estimator = Estimator(found.module, found.card, valid.setting)
    print("stations  background     OI   mean   gain   CRPS of OI   of mean  sigma factor")
    for number in range(len(COUNTS)):
        s = score_mean(estimator, valid, number)
        gain = 100 * (1 - s["mean_mm"] / s["oi_mm"])
        print(
            f"{s['stations']:8d} {s['background_mm']:11.2f} {s['oi_mm']:6.2f} {s['mean_mm']:6.2f} "
            f"{gain:5.1f} % {s['oi_crps_mm']:11.2f} {s['mean_crps_mm']:9.2f} "
            f"{s['sigma_factor']:9.3f}"
        )
    if members:
        rows = np.unique(np.linspace(0, len(valid.times) - 1, epochs).astype(int))
        sampling = Sampling(members=members, steps=steps, sampler=sampler)
        print(score_ensemble(estimator, valid, 0, sampling, epochs=rows))


def gaussian_fields(count: int, seed: int = 0) -> tuple[xr.Dataset, Places]:
    """Draw wet delays about 200 mm with a known covariance."""
    axes = {"lat": np.arange(67.0, 19.5, -1.0), "lon": np.arange(0.0, 48.0)}
    places = Places.at(*np.meshgrid(axes["lat"], axes["lon"], indexing="ij"))
    matrix = TOLD.between(places, places) + 1e-12 * np.eye(len(places))
    drawn = np.random.default_rng(seed).normal(size=(count, len(places)))
    fields = (drawn @ np.linalg.cholesky(matrix).T).reshape(count, 48, 48)
    times = np.datetime64("2000-01-01", "ns") + np.arange(count) * np.timedelta64(10, "D")
    dims = ("time", "lat", "lon")
    ds = xr.Dataset({"zwd": (dims, 0.2 + fields, {"units": "m"})}, {"time": times, **axes})
    ds["zhd"] = xr.full_like(ds.zwd, 2.3)
    return ds.assign(orography=(("lat", "lon"), np.zeros((48, 48)), {"units": "m"})), places


def gaussian(minutes: float) -> None:
    """Train on Gaussian fields, and compare with the exact posterior."""
    ds, places = gaussian_fields(440)
    first = str(ds.time.values[400])[:10]
    options = DiffusionOptions(
        train=(f"2000-01-01/{ds.time.values[399]!s:.10}",),
        validate=(f"{first}/2100",),
        thin="4x4",
        phases=1,
        stations=(60,),
        sets=8,
        noise=TOLD.noise,
        width=24,
        window=48,
        steps=100000,
        max_minutes=minutes,
        average=0.99,
        device="cpu",
        threads=1,
    )
    with tempfile.TemporaryDirectory() as folder:
        done = fit(ds, Path(folder), options)
        found = load(done.best)
    _, valid, _ = gather_lessons(ds, replace(options, sets=1))
    estimator = Estimator(found.module, found.card, valid.setting)
    s = score_mean(estimator, valid, 0)
    exact = exact_scores(ds, valid, places)
    closed = (s["oi_mm"] - s["mean_mm"]) / (s["oi_mm"] - exact[0])
    print(f"RMSE mm: background {s['background_mm']:.2f}, OI {s['oi_mm']:.2f}, ", end="")
    print(f"mean {s['mean_mm']:.2f}, exact {exact[0]:.2f}: {100 * closed:.0f} % of the gap closed")
    print(f"CRPS mm: OI {s['oi_crps_mm']:.2f}, mean {s['mean_crps_mm']:.2f}, ", end="")
    print(f"exact {exact[1]:.2f}: {s['mean_crps_mm'] / exact[1]:.3f} times the exact one")


def exact_scores(ds: xr.Dataset, valid: object, places: Places) -> tuple[float, float]:
    """RMSE and CRPS of the exact posterior given coarse nodes and stations [mm]."""
    nodes = valid.sets[0].nodes
    given = np.concatenate([np.flatnonzero(~valid.free), nodes])
    noise = np.concatenate(
        [np.full(given.size - nodes.size, 1e-5), np.full(nodes.size, TOLD.noise)]
    )
    across = TOLD.between(places[given], places)
    matrix = TOLD.between(places[given], places[given]) + np.diag(noise**2)
    weights = np.linalg.solve(matrix, across)
    sigma = np.sqrt(TOLD.variance - np.sum(weights * across, axis=0))
    truth = ds.zwd.sel(time=valid.times).values.reshape(len(valid.times), -1) - 0.2
    seen = truth[:, given]
    at = slice(given.size - nodes.size, None)
    # The very observations of the set: its noise is what it adds to the truth.
    scale = valid.setting.scale.ravel()[nodes]
    own = np.stack([valid.truth(epoch, 0).ravel()[nodes] for epoch in range(len(valid.times))])
    seen[:, at] += (valid.sets[0].residuals - own) * scale
    error = truth - seen @ weights
    scored = (valid.free & np.isfinite(valid.residual).all(0)).ravel()
    scored[nodes] = False
    area = valid.area.ravel()[scored]
    crps = crps_of_normal(error[:, scored], np.broadcast_to(sigma[scored], error[:, scored].shape))
    square = np.average((error[:, scored] ** 2).mean(0), weights=area)
    return 1e3 * float(np.sqrt(square)), 1e3 * float(np.average(crps.mean(0), weights=area))


def main() -> None:
    """Print the scores."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("vmf1")
    one.add_argument("path")
    one.add_argument("model")
    one.add_argument("--members", type=int, default=0)
    one.add_argument("--steps", type=int, default=20)
    one.add_argument("--sampler", default="ddim")
    one.add_argument("--epochs", type=int, default=6)
    other = commands.add_parser("gaussian")
    other.add_argument("--minutes", type=float, default=10.0)
    given = vars(parser.parse_args())
    command = given.pop("command")
    {"vmf1": vmf1, "gaussian": gaussian}[command](**given)


if __name__ == "__main__":
    main()
