"""When the rows of a target are cut, and how."""

import subprocess
import sys
from dataclasses import replace

import netCDF4
import numpy as np
import pytest
import xarray as xr

from tropdsx.pipeline.bands import BandRefiner
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import make_plan
from tropdsx.workflows.convert.bands import find_bands


def large(coarse, **options):
    lat, lon = 49.9 - np.arange(300) / 60, 7.1 + np.arange(4000) / 600
    height = 500 + 400 * np.sin(3 * lat)[:, None] * np.cos(2 * lon)
    field = xr.DataArray(height, {"lat": lat, "lon": lon}, attrs={"units": "m"})
    field.attrs["standard_name"] = "height_above_reference_ellipsoid"
    return make_plan(coarse, Options(target=field, **options))


def test_bands_end_where_what_is_worked_on_at_once_ends(coarse):
    plan = large(coarse, model=None)
    bands = find_bands(plan)
    heights = plan.target.fine["orography"]
    assert (bands.low, bands.high) == (float(heights.min()), float(heights.max()))
    assert bands.rows % BandRefiner(plan, bands.heights).rows_at_once == 0
    assert bands.steps == coarse.sizes["time"]
    assert bands.rows * 4000 * 8 * bands.steps <= 32 * 2**20
    ends = [bands.rows_of(number) for number in range(bands.count)]
    assert [start for start, _ in ends] == [0, *(stop for _, stop in ends[:-1])]
    assert ends[-1][1] == 300


def test_what_is_kept_of_many_nodes_leaves_room_for_few_epochs(coarse, monkeypatch):
    plan = large(coarse, model=None)
    monkeypatch.setattr("tropdsx.workflows.convert.bands.KEPT_BYTES", 1)
    assert find_bands(plan).steps == 1


def test_small_targets_are_not_cut(coarse):
    assert find_bands(make_plan(coarse, Options(model=None))) is None


def test_a_target_without_heights_is_not_cut(coarse):
    plan = large(coarse, model=None)
    empty = plan.target.fine.assign(orography=plan.target.fine["orography"] * np.nan)
    assert find_bands(replace(plan, target=replace(plan.target, fine=empty))) is None


PEAK = """
import resource, sys, warnings
from tropdsx.system.heap import share_one_heap
from tropdsx.workflows.convert.files import convert
warnings.simplefilter("ignore")
share_one_heap()
convert("in.nc", sys.argv[2], target=sys.argv[1], model=None)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def write_terrain(path, rows, columns=2400):
    """A terrain of any size, some rows after the other."""
    lat, lon = 49.9 - np.arange(rows) / 3600, 7.1 + np.arange(columns) / 3600
    with netCDF4.Dataset(path, "w") as file:
        for name, values, unit in (("lat", lat, "degrees_north"), ("lon", lon, "degrees_east")):
            file.createDimension(name, values.size)
            axis = file.createVariable(name, "f8", (name,))
            axis.units = unit
            axis[:] = values
        shape = {"chunksizes": (100, columns), "zlib": True, "complevel": 1}
        field = file.createVariable("orography", "f4", ("lat", "lon"), **shape)
        field.units, field.standard_name = "m", "height_above_reference_ellipsoid"
        for start in range(0, rows, 100):
            field[start : start + 100] = 300 + 200 * np.sin(9 * lat[start : start + 100])[:, None]


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows_of_a_terrain(coarse, tmp_path):
    """Four times as many rows: their heights alone would be 160 MB more."""
    coarse.isel(time=[0]).to_netcdf(tmp_path / "in.nc")
    peaks = []
    for rows in (2700, 10_800):
        write_terrain(tmp_path / f"{rows}.nc", rows)
        command = [sys.executable, "-c", PEAK, f"{rows}.nc", f"out{rows}.nc"]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        peaks.append(int(ran.stdout) / 1024)
        (tmp_path / f"out{rows}.nc").unlink()
    assert peaks[1] < peaks[0] + 60, peaks
