"""Long series, runs that are stopped, and what they leave."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import TropdsxWarning

from helpers.fields import interruptible

VOLATILE = ("history", "date_created", "id", "tropdsx_command")


def series(coarse, epochs, step=6):
    """A long series that repeats the epochs of a short one."""
    time_axis = np.datetime64("2022-01-01", "ns") + np.arange(epochs) * np.timedelta64(step, "h")
    return coarse.isel(time=np.arange(epochs) % coarse.sizes["time"]).assign_coords(time=time_axis)


def same(a, b, *, attributes=True):
    with xr.open_dataset(a) as one, xr.open_dataset(b) as two:
        xr.testing.assert_equal(one.load(), two.load())
        if attributes:
            left, right = (
                {k: v for k, v in ds.attrs.items() if k not in VOLATILE} for ds in (one, two)
            )
            assert left == right
            for name in one.variables:
                assert one[name].attrs == two[name].attrs


def leftovers(folder):
    return [p.name for p in Path(folder).iterdir() if "partial" in p.name]


class Stop(Exception):
    """Stands for any trouble."""


@contextlib.contextmanager
def interrupted(error=Stop):
    """Expect that a run ends with the error, and tells what is kept of it."""
    with pytest.warns(TropdsxWarning, match="are complete and kept"), pytest.raises(error):
        yield


def stop_after(epochs, error=Stop):
    def progress(done, total):
        if done >= epochs:
            raise error

    return progress


COMMAND = [sys.executable, "-m", "tropdsx", "convert", "in.nc", "-o", "out.nc", "--model", "none"]


def start(folder, *extra, **options):
    return subprocess.Popen(
        [*COMMAND, *extra],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        **{"preexec_fn": interruptible} | options,
    )


def epochs_noted(folder):
    note = folder / ".out.nc.partial.json"
    try:
        return json.loads(note.read_text())["epochs_done"]
    except FileNotFoundError:
        return 0
