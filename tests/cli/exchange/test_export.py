"""``tropdsx export``."""

import shutil

import xarray as xr

from tropdsx.read.insar.gacos import open_gacos
from tropdsx.read.insar.opera import open_opera

from helpers.shell import one_line
from helpers.vmf import text


def test_vmf(run, grid_here):
    (grid_here / "VMF3_20210304.H06").write_text(text())
    code, out, err = run(
        *("export", "vmf", "grid.nc", "-o", ".", "--time", "2021-03-04T00"),
        *("--coefficients", "VMF3_20210304.H06"),
    )
    assert code == 1  # the file of 06 h does not serve 00 h, and is in the way of 06 h
    assert "coefficients are given from 2021-03-04T06:00" in one_line(err)
    (grid_here / "out").mkdir()
    code, out, err = run(
        *("export", "vmf", "grid.nc", "-o", "out", "--time", "2021-03-04T06"),
        *("--coefficients", "VMF3_20210304.H06", "--product", "VMF1"),
    )
    assert (code, out.split(), err) == (0, ["out/VMFG_20210304.H06", "out/orography_ell"], "")
    code, _, err = run("export", "vmf", "grid.nc", "-o", "out", "--consumer", "Ginan")
    assert code == 1
    assert "Ginan reads VMF3 on the global grids 1x1 and 5x5" in one_line(err)


def test_gacos(run, grid_here):
    code, out, err = run("export", "gacos", "grid.nc")
    assert code == 1
    assert "3 epochs are of 2021-03-04" in one_line(err)
    code, out, err = run("export", "gacos", "grid.nc", "--time", "2021-03-04T06")
    assert (code, out.strip(), err) == (0, "20210304.ztd", "")
    assert open_gacos("20210304.ztd").time.dt.hour.item() == 6


def test_opera_of_a_surface_and_of_levels(run, grid_here, request):
    code, out, err = run(
        "export", "opera", "grid.nc", "--heights", "0,500", "--time", "2021-03-04", "-q"
    )
    assert (code, out) == (0, "")
    assert "MintPy takes 0.2 degrees" in err
    code, _, err = run("export", "opera", "grid.nc", "--heights", "low,high")
    assert code == 2
    assert "'low,high' is no list of heights" in one_line(err)
    shutil.copy(request.config.rootpath / "sample_data" / "era5_pl_sample.nc", "pl.nc")
    assert run("delays", "pl.nc", "-o", "ladder.nc", "--height", "0:2000:500")[0] == 0
    code, out, err = run("export", "opera", "ladder.nc")
    assert code == 0, err
    cube = open_opera(out.split())
    with xr.open_dataset("ladder.nc") as ladder:
        assert cube.height.values.tolist() == [0, 500, 1000, 1500, 2000]
        same = ladder.zwd.isel(lat=0, lon=0).values
        there = cube.zwd.sel(lat=ladder.lat[0], lon=ladder.lon[0]).values
    assert abs(there - same).max() < 1e-7
