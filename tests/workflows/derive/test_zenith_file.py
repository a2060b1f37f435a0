"""Delays of model levels as a file."""

import subprocess
import sys
from contextlib import nullcontext
from functools import partial

import netCDF4
import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, OutputError, TropdsxError, TropdsxWarning
from tropdsx.grid.standardise import standardise_grid
from tropdsx.workflows.derive.fields import chunks
from tropdsx.workflows.derive.open_levels import open_levels
from tropdsx.workflows.derive.zenith import zenith_delays

from helpers.compliance import check_compliance
from helpers.paths import ROOT

SAMPLE = ROOT / "sample_data" / "era5_pl_sample.nc"


def test_input_is_not_overwritten(sample, tmp_path):
    from tropdsx.workflows.derive.zenith_file import write_delays

    sample.to_netcdf(tmp_path / "a.nc")
    with pytest.raises(OutputError, match="is an input"):
        write_delays(tmp_path / "a.nc", tmp_path / "a.nc", overwrite=True)


@pytest.mark.realdata
def test_curvilinear_grids_are_integrated_and_not_written(shared, tmp_path):
    from tropdsx.workflows.derive.zenith_file import write_delays

    pytest.importorskip("cfgrib", reason="the extra [grib] is not installed")
    path = shared / "data/nwm/nam_81km_20041208T12_f024.grb"
    found = zenith_delays(open_levels(path)).compute()
    assert found.zhd.dims == ("y", "x")
    assert bool(((found.zhd > 1.5) & (found.zhd < 2.35)).all())
    with pytest.raises(GridError, match="curvilinear"):
        write_delays(path, tmp_path / "nam.nc")


@pytest.mark.realdata
@pytest.mark.slow
@pytest.mark.parametrize("name", ["gfs_2p5deg_20111008T00_f072.grb", "era5_pl_2018_03_27_T13.nc"])
def test_real_files_through_delays_and_convert(shared, tmp_path, name):
    command = [sys.executable, "-m", "tropdsx"]
    run = partial(subprocess.run, cwd=tmp_path, capture_output=True, text=True, check=True)
    run([*command, "delays", str(shared / "data/nwm" / name), "-o", "ztd.nc", "--ztd"])
    check_compliance(tmp_path / "ztd.nc")
    run([*command, "convert", "ztd.nc", "--model", "none", "-o", "fine.nc"])
    with xr.open_dataset(tmp_path / "fine.nc") as fine:
        assert bool(np.isfinite(fine.zwd).all())


@pytest.mark.parametrize("name", ["out.nc", "out.zarr"])
def test_pieces_of_rows_make_the_same_file(tmp_path, monkeypatch, name):
    from tropdsx.workflows.derive.zenith_file import write_delays

    with xr.open_dataset(SAMPLE) as sample:
        sample.load().drop_encoding().to_netcdf(tmp_path / "a.nc")  # rows not stored together

    def delays():
        out = write_delays(tmp_path / "a.nc", tmp_path / name, overwrite=True, ztd=True)
        engine = "zarr" if name.endswith("zarr") else "netcdf4"
        with xr.open_dataset(out, engine=engine) as ds:
            return ds.load()

    whole = delays()
    monkeypatch.setattr(chunks, "_PIECE", 1)
    pieces = delays()
    assert pieces.zwd.encoding.get("chunks") == whole.zwd.encoding.get("chunks")
    for field in ("zhd", "zwd", "ztd", "orography"):
        np.testing.assert_array_equal(pieces[field], whole[field])


@pytest.mark.filterwarnings("ignore:all 441 delays")
def test_an_input_can_be_written_again_after_a_failure(tmp_path):
    from tropdsx.workflows.derive.zenith_file import write_delays

    source = tmp_path / "levels.nc"
    source.write_bytes(SAMPLE.read_bytes())
    with pytest.raises(TropdsxError):
        write_delays(source, tmp_path / "out.nc", height=100_000.0)
    with netCDF4.Dataset(source, "a") as file:
        file.title = "again"


def single_levels(names=("tcwv", "t2m", "sp", "z")):
    """As the Climate Data Store gives single levels of ERA5."""
    fields = {"tcwv": (20.0, "kg m**-2"), "t2m": (285.0, "K"), "sp": (97000.0, "Pa")}
    fields |= {"z": (3500.0, "m**2 s**-2")}
    axes = {"latitude": [50.0, 49.75, 49.5], "longitude": [8.0, 8.25, 8.5]}
    axes |= {"valid_time": np.array(["2022-07-01T00", "2022-07-01T06"], "M8[ns]")}
    dims, noise = ("valid_time", "latitude", "longitude"), np.linspace(0.99, 1.01, 18)
    ds = {
        name: (dims, (fields[name][0] * noise).reshape(2, 3, 3), {"units": fields[name][1]})
        for name in names
    }
    if "z" in ds:
        ds["z"] = (dims, np.full((2, 3, 3), 3500.0), {"units": "m**2 s**-2"})
    return xr.Dataset(ds, axes)


def test_a_column_of_vapour_becomes_an_input_of_convert(tmp_path):
    from tropdsx.workflows.convert.files import convert
    from tropdsx.workflows.derive.zenith_file import write_delays

    single_levels(("t2m", "sp")).to_netcdf(tmp_path / "a.nc")
    single_levels(("tcwv",)).to_netcdf(tmp_path / "b.nc")
    ground = single_levels(("z",)).isel(valid_time=[0])
    ground.assign_coords(valid_time=[np.datetime64("1940-01-01", "ns")]).to_netcdf(
        tmp_path / "c.nc"
    )
    out = write_delays([tmp_path / f"{n}.nc" for n in "cab"], tmp_path / "ztd.nc")
    check_compliance(out)
    with xr.open_dataset(out) as ds:
        assert {"zhd", "zwd", "t2m"} <= set(ds.data_vars)
        assert ds.sizes["time"] == 2
        assert "column of water vapour" in ds.title
        assert ds.summary.startswith("Zenith tropospheric delays (zhd, zwd) from the total column")
        assert "from the column of water vapour 'tcwv'" in ds.zwd.comment
        assert "orography" in ds.coords
    with pytest.warns(TropdsxWarning, match="interpolated from the shipped"):
        convert(out, tmp_path / "fine.nc", target=0.125, model=None)
    with xr.open_dataset(tmp_path / "fine.nc") as fine:
        assert bool(np.isfinite(fine.zwd).any())


@pytest.mark.filterwarnings("ignore:no surface pressure found", "ignore:fine heights interpolated")
def test_delays_without_heights_are_not_lifted(tmp_path):
    from tropdsx.workflows.convert.files import convert
    from tropdsx.workflows.derive.zenith_file import write_delays

    single_levels(("tcwv", "t2m")).to_netcdf(tmp_path / "a.nc")
    out = write_delays(tmp_path / "a.nc", tmp_path / "zwd.nc")
    with xr.open_dataset(out) as ds:
        assert ds.attrs["tropdsx_heights"] == "unknown"
        assert "heights unknown" in ds.summary
    with pytest.raises(GridError, match="the coarse grid has no orography"):
        convert(out, tmp_path / "fine.nc", target=0.125, model=None)


@pytest.mark.parametrize("whole", [False, True])
def test_parts_of_gaussian_latitudes_are_told_at_once(tmp_path, whole):
    """T62: what comes next takes even steps, and those of a whole Gaussian grid."""
    from tropdsx.workflows.derive.zenith_file import write_delays

    rows = slice(None) if whole else slice(10, 60)
    gaussian = np.degrees(np.arcsin(np.polynomial.legendre.leggauss(94)[0]))[::-1][rows]
    lon = np.arange(0.0, 360.0, 60.0)
    field = xr.DataArray(np.ones((gaussian.size, 6)), {"latitude": gaussian, "longitude": lon})
    fields = {"tcwv": (20.0, "kg m-2"), "t2m": (285.0, "K"), "sp": (1e5, "Pa"), "z": (0, "m2 s-2")}
    ds = xr.Dataset({n: (v * field).assign_attrs(units=u) for n, (v, u) in fields.items()})
    ds.expand_dims(valid_time=[np.datetime64("2022-07-01", "ns")]).to_netcdf(tmp_path / "t62.nc")
    text = r"latitude is not uniformly spaced.*cdo remapbil,r180x90 IN OUT"
    with nullcontext() if whole else pytest.warns(TropdsxWarning, match=text):
        out = write_delays(tmp_path / "t62.nc", tmp_path / "ztd.nc")
    with xr.open_dataset(out) as found:
        assert bool(np.isfinite(found.zhd).all())
        if whole:
            with pytest.warns(TropdsxWarning, match="'lat' is a Gaussian grid: delays and heights"):
                assert bool(np.isfinite(standardise_grid(found)[0].zhd).all())
