"""Small files of every kind, and real ones."""

import contextlib
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from helpers.paths import SHARED

DATA = SHARED / "data"


def shared(name):
    if not (DATA / name).exists():
        pytest.skip("real data not here")
    return DATA / name


def delays(steps=3, first="2021-01-01T00"):
    rng = np.random.default_rng(1)
    shape = (steps, 6, 12)
    dims = ("time", "lat", "lon")
    time = np.datetime64(first, "ns") + np.arange(steps) * np.timedelta64(6, "h")
    return xr.Dataset(
        {
            "zhd": (dims, rng.uniform(1.5, 2.4, shape).astype("f4"), {"units": "m"}),
            "zwd": (dims, rng.uniform(0.0, 0.4, shape).astype("f4"), {"units": "m"}),
            "orography": (dims[1:], rng.uniform(0, 4000, shape[1:]), {"units": "m"}),
        },
        {"time": time, "lat": np.arange(75.0, -76, -30), "lon": np.arange(15.0, 360, 30)},
    )


def write(path, content):
    path.write_bytes(content)
    return path


def keep_what_is_opened(monkeypatch, module):
    """Hold on to what a module opens, so that only closing it closes its file."""
    kept, opens = [], module.open_delays

    def open_and_keep(*given, **more):
        kept.append(opens(*given, **more))
        return kept[-1]

    monkeypatch.setattr(module, "open_delays", open_and_keep)
    return kept


def files_open_in(folder):
    """Names of the files of a folder that this process holds open (Linux)."""
    links = Path("/proc/self/fd")
    if not links.is_dir():
        pytest.skip("needs Linux")
    targets = []
    for link in links.iterdir():
        with contextlib.suppress(OSError):
            targets.append(link.readlink())
    return sorted(path.name for path in targets if path.parent == Path(folder))
