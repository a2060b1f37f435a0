"""Time per evaluation of the atmosphere formulas, beside geodezyx 5.1.0 in the same process.

    python -m benchmarks.atmos --grid gpt3_5.grd

Processor time of one thread, best and median of the repetitions. geodezyx is a benchmark-only
install (`pip install geodezyx==5.1.0`); without it its column says "not installed". Its gpt3 works
with the 1 degree layout only, so both sides get the 5 degree grid spread over 1 degree cells.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402 - the number of threads is set first

from tropdsx import assets, atmos  # noqa: E402 - as above
from tropdsx.atmos.gpt.coefficients import GptGrid, _read_table, _scale  # noqa: E402 - as above

EPOCH = dt.datetime(2012, 8, 2)
MANY = 100_000


def timed(function: Callable[[], object], evaluations: int, seconds: float = 0.5) -> np.ndarray:
    """Best and median processor time of an evaluation [us]."""
    function()
    spent, start = [], time.process_time()
    while len(spent) < 3 or (time.process_time() - start < seconds and len(spent) < 200):
        before = time.process_time()
        function()
        spent.append(time.process_time() - before)
    return np.array([min(spent), np.median(spent)]) / evaluations * 1e6


def import_geodezyx() -> ModuleType | None:
    """Return geodezyx.athmo, or None where it is not installed."""
    try:
        return importlib.import_module("geodezyx.athmo.athmo")
    except ImportError:
        return None


def one_degree(path: Path) -> tuple[np.ndarray, GptGrid]:
    """Repeat the 5 degree table on 1 degree cells, raw and as a grid."""
    coarse = _read_table(path)
    i, j = (a.ravel() for a in np.mgrid[0:180, 0:360])
    table = coarse[(i // 5) * 72 + j // 5]
    table[:, 0], table[:, 1] = 89.5 - i, 0.5 + j
    return table, _scale(table)


def places(number: int, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Latitude, longitude and height of random places, short of the polar limit."""
    rng = np.random.default_rng(seed)
    lat = np.degrees(np.arcsin(rng.uniform(-0.999, 0.999, number)))
    return lat, rng.uniform(0, 360, number), rng.uniform(0, 3000, number)


def gpt3_cases(path: Path, theirs: ModuleType | None) -> list[tuple]:
    """Cases that need a grid."""
    table, fine = one_degree(path)
    coarse = atmos.read_gpt_grid(path)
    lat, lon, height = places(1000)
    many = places(MANY)
    epochs = np.datetime64(EPOCH) + np.arange(1000) * np.timedelta64(6, "h")
    radians = np.deg2rad(48.2), np.deg2rad(16.37)
    slow = theirs and (lambda: theirs.gpt3(EPOCH, *radians, 156.0, table))
    return [
        (
            "gpt3, 1000 sites x 1 epoch, 1 deg",
            1000,
            1.5,
            lambda: atmos.gpt3(EPOCH, lat, lon, height, fine),
            slow,
            1,
        ),
        (
            "gpt3, 1000 sites x 1 epoch, 5 deg",
            1000,
            1.5,
            lambda: atmos.gpt3(EPOCH, lat, lon, height, coarse),
            None,
            1,
        ),
        (
            "gpt3, 1 site x 1000 epochs, 1 deg",
            1000,
            1.5,
            lambda: atmos.gpt3(epochs, 48.2, 16.37, 156.0, fine),
            slow,
            1,
        ),
        (
            "gpt3, 1e5 sites x 1 epoch, 1 deg",
            MANY,
            None,
            lambda: atmos.gpt3(EPOCH, *many, fine),
            slow,
            1,
        ),
    ]


def other_cases(theirs: ModuleType | None) -> list[tuple]:
    """Cases that need no grid."""
    rng = np.random.default_rng(1)
    lat, lon, height = places(MANY)
    elevation = rng.uniform(3, 90, MANY)
    ah, aw = rng.uniform(1.1e-3, 1.3e-3, MANY), rng.uniform(4e-4, 6e-4, MANY)
    times = np.datetime64(EPOCH) + rng.integers(0, 10**15, MANY).astype("timedelta64[us]")
    tm, zwd, p = (
        rng.uniform(250, 300, MANY),
        rng.uniform(0, 0.4, MANY),
        rng.uniform(600, 1030, MANY),
    )
    few = slice(0, 2000)
    zenith, phi = np.pi / 2 - np.deg2rad(elevation), np.deg2rad(lat)

    # Lists are what its loop takes; temperature and humidity do not enter its dry part.
    dry = [list(x[few]) for x in (p, phi, height, tm, zwd)]

    def their_vmf1() -> None:
        for a, b, f, z in zip(ah[few], aw[few], phi[few], zenith[few], strict=True):
            theirs.vmf1(a, b, EPOCH, f, z)

    return [
        (
            "vmf1, 1e5 places, 1 epoch",
            MANY,
            0.1,
            lambda: atmos.vmf1(ah, aw, EPOCH, lat, elevation),
            theirs and their_vmf1,
            2000,
        ),
        (
            "vmf1, 1e5 places and epochs, height",
            MANY,
            None,
            lambda: atmos.vmf1(ah, aw, times, lat, elevation, height),
            None,
            1,
        ),
        (
            "vmf3, 1e5 places, 1 epoch",
            MANY,
            2.0,
            lambda: atmos.vmf3(ah, aw, EPOCH, lat, lon, elevation),
            None,
            1,
        ),
        (
            "vmf3, 1e5 places and epochs",
            MANY,
            2.0,
            lambda: atmos.vmf3(ah, aw, times, lat, lon, elevation),
            None,
            1,
        ),
        (
            "saastamoinen_zhd, 1e5",
            MANY,
            None,
            lambda: atmos.saastamoinen_zhd(p, lat, height),
            theirs and (lambda: theirs.trop_saast(*dry)),
            2000,
        ),
        (
            "zwd_to_pwv, 1e5",
            MANY,
            None,
            lambda: atmos.zwd_to_pwv(zwd, tm),
            theirs and (lambda: theirs.PWV_conversion(list(zwd[few]), list(tm[few]))),
            2000,
        ),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--grid", type=Path, help="gpt3_5.grd or gpt3_5.grd.xz; default: the asset gpt3_5"
    )
    path = parser.parse_args().grid or assets.find_asset("gpt3_5")
    theirs = import_geodezyx()
    cases = gpt3_cases(path, theirs) if path else []
    print(f"{'case':38}{'best us':>10}{'median':>10}{'target':>8}{'geodezyx us':>14}{'ratio':>10}")
    for name, evaluations, target, ours, other, number in cases + other_cases(theirs):
        best, median = timed(ours, evaluations)
        line = f"{name:38}{best:10.4f}{median:10.4f}{target or '':>8}"
        if other:
            reference = timed(other, number)[1]
            line += f"{reference:14.3f}{reference / median:10.0f}"
        elif theirs is None:
            line += f"{'not installed':>14}"
        print(line)


if __name__ == "__main__":
    main()
