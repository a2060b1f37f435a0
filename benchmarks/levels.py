"""Delays from the levels of a weather model: columns a second, beside plain NumPy and PyAPS.

    python -m benchmarks.levels [--columns 40000] [--against FOLDER] [--rounds 3] [--epoch]

One thread, processor time, the least of the rounds; columns are made up, float32 on ERA5's 37
levels of pressure, and their ground lies at 0 to 2.9 km. All rows of tropdsx go through
``ds.tropds.zenith_delays()``; "the integrals alone" leave labels and checks out.

- "plain NumPy" is the same quadrature without anything else: one height in each column, no ground
  with its own pressure, no holes, hydrostatic delay by Saastamoinen, gravity 9.80665 throughout.
- PyAPS 0.3.7: `intP2H` and `PTV2del` at its 300 heights, where pyaps3 is installed
  (`pip install pyaps3==0.3.7 --no-deps`, and SciPy).
- FOLDER holds another version's package: its rows are measured in a process of their own.
- --epoch: `tropdsx delays` of a file with one epoch of 721 x 1440 columns, CPU seconds and memory.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Callable
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402 - the number of threads is set first
import xarray as xr  # noqa: E402 - as above

import tropdsx  # noqa: E402, F401 - as above; registers the accessor

HERE = Path(__file__).parent.parent
LEVELS = np.array(
    [
        *(*range(1000, 750, -25), *range(750, 250, -50), *range(250, 100, -25), 100),
        *(70, 50, 30, 20, 10, 7, 5, 3, 2, 1),
    ],
    dtype=np.float64,
)
LADDER = np.linspace(-500.0, 9000.0, 60)


def weather(rows: int, columns: int) -> xr.Dataset:
    """Make temperature, humidity and geopotential on levels, and the ground's height."""
    lat, lon = np.linspace(89.0, -89.0, rows), 360.0 / columns * np.arange(columns)
    y, x = np.deg2rad(lat)[:, None], np.deg2rad(lon)
    p = LEVELS[:, None, None]
    warmth = 40.0 * np.cos(y) ** 2 + 5.0 * np.sin(3 * x)
    t = np.maximum(245.0 + warmth - 44.0 * np.log(1000.0 / p), 205.0 + 0.2 * warmth)
    q = 0.014 * np.cos(y) ** 4 * (p / 1000.0) ** (3 + np.sin(5 * x) * np.cos(4 * y)) + 2e-6
    mean = 0.5 * (t[1:] + t[:-1])
    steps = 287.05 * mean * np.log(LEVELS[:-1] / LEVELS[1:])[:, None, None]
    z = np.concatenate([0 * t[:1], np.cumsum(steps, axis=0)]) + 800.0 + 600.0 * np.sin(4 * y + x)
    ground = np.maximum(0.0, 1500.0 + 1400.0 * np.sin(9 * y) * np.cos(11 * x))
    dims = ("level", "latitude", "longitude")
    fields = {"t": (t, "K"), "q": (q, "kg kg-1"), "z": (z, "m2 s-2")}
    ds = xr.Dataset(
        {n: (dims, v.astype(np.float32), {"units": unit}) for n, (v, unit) in fields.items()},
        {
            "level": ("level", LEVELS, {"units": "hPa"}),
            "latitude": ("latitude", lat, {"units": "degrees_north"}),
            "longitude": ("longitude", lon, {"units": "degrees_east"}),
            "time": np.datetime64("2022-07-01", "ns"),
        },
    )
    return ds.assign_coords(ground=(dims[1:], ground, {"units": "m"}))


def least(function: Callable[[], object], rounds: int) -> float:
    """Least processor time of some rounds [s]."""
    spent = []
    for _ in range(rounds):
        start = time.process_time()
        function()
        spent.append(time.process_time() - start)
    return min(spent)


def plain(ds: xr.Dataset, kind: type[np.floating]) -> tuple[np.ndarray, np.ndarray]:
    """Integrate with the same quadrature, and nothing else."""
    t, q, phi = (ds[name].values.astype(kind) for name in ("t", "q", "z"))
    g, p = ds["ground"].values.astype(kind), LEVELS.astype(kind)[:, None, None]
    h, e = phi / kind(9.80665), q * p / (kind(0.62198) + kind(0.37802) * q)
    wet = (kind(22.1) + kind(373900.0) / t) * e / t
    log = np.log(np.maximum(wet, kind(1e-6)))
    growth = log[1:] - log[:-1]
    even = np.abs(growth) < 1e-4
    mean = np.where(even, wet[1:], (wet[1:] - wet[:-1]) / np.where(even, 1, growth))
    layers = (mean * (h[1:] - h[:-1]))[::-1]
    above = np.concatenate([np.cumsum(layers, axis=0)[::-1], 0 * h[:1]])
    low = np.clip((h <= g).sum(axis=0) - 1, 0, len(h) - 2)

    def take(values: np.ndarray, index: np.ndarray) -> np.ndarray:
        return np.take_along_axis(values, index[None], axis=0)[0]

    low_h, up_h = take(h, low), take(h, low + 1)
    share = (g - low_h) / (up_h - low_h)
    low_log, up_log = take(log, low), take(log, low + 1)
    reached, up = np.exp(low_log + (up_log - low_log) * share), take(wet, low + 1)
    left = (up_log - low_log) * (1 - share)
    even = np.abs(left) < 1e-4
    part = np.where(even, up, (up - reached) / np.where(even, 1, left)) * (up_h - g)
    zwd = kind(1e-6) * (take(above, low + 1) + part)
    log_p = np.log(LEVELS).astype(kind)
    pressure = np.exp(log_p[low] + (log_p[low + 1] - log_p[low]) * share)
    davis = 1 - kind(0.00266) * np.cos(2 * np.deg2rad(ds["latitude"].values.astype(kind)))[:, None]
    return kind(0.0022768) * pressure / (davis - kind(0.28e-6) * g), zwd


def ours(columns: int, rounds: int) -> dict[str, list[float]]:
    """Columns and seconds of this version's rows."""
    side = round(columns**0.5)
    ds, few, hundreds = weather(side, side), weather(11, 11), weather(100, 100)
    pressure = 1013.25 * np.exp(-ds["ground"] / 8000.0)
    known = ds.assign(sp=(pressure.dims, pressure.values.astype(np.float32), {"units": "hPa"}))

    def at_ground(levels: xr.Dataset) -> Callable[[], object]:
        return lambda: levels.tropds.zenith_delays(orography=levels["ground"]).load()

    def on_ladder(levels: xr.Dataset) -> Callable[[], object]:
        return lambda: levels.tropds.zenith_delays(ladder=LADDER).load()

    rows = {
        "zenith_delays, at the ground": (ds, at_ground(ds)),
        "the same, its pressure known": (ds, at_ground(known)),
        "10,000 columns, one height": (hundreds, at_ground(hundreds)),
        "10,000 columns, 60 heights": (hundreds, on_ladder(hundreds)),
        "121 columns, one height": (few, at_ground(few)),
        "121 columns, 60 heights": (few, on_ladder(few)),
    }
    for _, function in rows.values():
        function()
    return {name: [each["ground"].size, least(f, rounds)] for name, (each, f) in rows.items()}


def alone(columns: int, rounds: int) -> dict[str, list[float]]:
    """Columns and seconds of the integrals alone, of one height and of many."""
    from tropdsx.atmos.profile.columns import Columns
    from tropdsx.atmos.profile.delays import integrate_columns

    side, unknown, found = round(columns**0.5), np.array(np.nan), {}
    for heights, size in ((None, side), (LADDER, 100), (LADDER, 11)):
        ds = weather(size, size)
        shape = ds["ground"].shape
        target = ds["ground"].values[None]
        if heights is not None:
            target = np.broadcast_to(heights[:, None, None], (len(heights), *shape))
        levels = Columns(
            pressure=np.broadcast_to(LEVELS[:, None, None], ds["t"].shape),
            temperature=ds["t"].values,
            humidity=ds["q"].values,
            geopotential=ds["z"].values,
            height=unknown,
            lat=np.broadcast_to(ds["latitude"].values[:, None], shape),
            undulation=np.zeros(shape),
            ground=unknown,
            surface_pressure=unknown,
            surface_temperature=unknown,
            surface_vapour=unknown,
            target=target,
        )
        name = f"the integrals alone: {len(target)} height{'s' * (len(target) > 1)}, {size**2:,}"
        spent = least(lambda c=levels: integrate_columns(c, humidity_kind="specific"), 2 * rounds)
        found[name] = [size**2, spent]
    return found


def peers(columns: int, rounds: int) -> dict[str, list[float]]:
    """Columns and seconds of the other ways."""
    side = round(columns**0.5)
    ds = weather(side, side)
    found = {}
    for kind in (np.float64, np.float32):
        spent = least(lambda k=kind: plain(ds, k), rounds)
        found[f"plain NumPy, {kind.__name__}"] = [ds["ground"].size, spent]
    try:
        sys.modules.setdefault("cdsapi", types.ModuleType("cdsapi"))  # it fetches, here nothing
        pyaps = importlib.import_module("pyaps3.processor")
    except ImportError as error:
        print(f"PyAPS: not installed ({error})")
        return found
    few = weather(20, 20).astype(np.float64)
    known = pyaps.initconst()
    height, vapour = few["z"].values / 9.81, few["q"].values * LEVELS[:, None, None] * 100 / 0.622
    at = np.linspace(known["minAltP"], height.max().round(), known["nhgt"])
    order = slice(None, None, -1)

    def run() -> None:
        levels = (each[order] for each in (height, few["t"].values, vapour))
        pyaps.PTV2del(*pyaps.intP2H(LEVELS[order] * 100.0, at, *levels, known), at, known)

    found["PyAPS, 300 heights"] = [400, least(run, rounds)]
    return found


def epoch(versions: dict[str, Path], rounds: int) -> None:
    """Print what `tropdsx delays` of a global epoch costs."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        # In a process of its own: a child's peak begins with the memory of its parent.
        subprocess.run([sys.executable, __file__, "--write", folder], check=True)
        command = [sys.executable, "-m", "tropdsx", "delays", "levels.nc", "--orography"]
        command += ["ground.nc", "-o", "out.nc", "--overwrite"]
        for number in range(rounds):
            for version, package in versions.items():
                child = subprocess.Popen(
                    command,
                    cwd=folder,
                    env={**os.environ, "PYTHONPATH": str(package)},
                    stdout=subprocess.DEVNULL,
                )
                _, status, used = os.wait4(child.pid, 0)
                child.returncode = os.waitstatus_to_exitcode(status)
                if child.returncode:
                    sys.exit("the run failed")
                print(
                    f"tropdsx delays, 721 x 1440, round {number + 1}: "
                    f"{used.ru_utime + used.ru_stime:.2f} CPU s, {used.ru_maxrss / 1e6:.2f} GB"
                    f"{version}"
                )


def write_epoch(folder: Path) -> None:
    """Write the levels of a global epoch, and the ground."""
    ds = weather(721, 1440).expand_dims(time=1)
    ds[["t", "q", "z"]].drop_vars("ground").to_netcdf(folder / "levels.nc")
    ds["ground"].rename("orography").to_netcdf(folder / "ground.nc")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--columns", type=int, default=40_000)
    parser.add_argument("--against", type=Path, help="folder that holds another version")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epoch", action="store_true", help="a file with a global epoch too")
    parser.add_argument("--rows", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write:
        write_epoch(given.write)
        return
    found = ours(given.columns, given.rounds)
    if given.rows:
        print(json.dumps(found))
        return
    other = {}
    if given.against:
        sizes = f"--columns={given.columns}", f"--rounds={given.rounds}"
        ran = subprocess.run(
            [sys.executable, __file__, "--rows", *sizes],
            env={**os.environ, "PYTHONPATH": str(given.against.resolve())},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
        other = json.loads(ran.stdout.splitlines()[-1])
    found |= alone(given.columns, given.rounds) | peers(given.columns, given.rounds)
    print(f"{'':<46}{'ms':>9}{'k columns/s':>13}{'the other, ms':>15}{'ratio':>8}")
    for name, (count, spent) in found.items():
        line = f"{name:<46}{spent * 1e3:>9.2f}{count / spent / 1e3:>13.0f}"
        if name in other:
            line += f"{other[name][1] * 1e3:>15.2f}{spent / other[name][1]:>8.2f}"
        print(line)
    if given.epoch:
        versions = {"": HERE}
        if given.against:
            versions[" (the other)"] = given.against.resolve()
        epoch(versions, given.rounds)


if __name__ == "__main__":
    main()
