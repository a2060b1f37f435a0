"""Grid file and table of stations in, series out."""

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from tropdsx.errors import GridError, OutputError, TropdsxWarning
from tropdsx.nn.checkpoint import load_card
from tropdsx.read.series.sinex_tro import read_sinex_tro
from tropdsx.read.stations import read_observations
from tropdsx.workflows.stations.files import check_station_output, station_series, write_series
from tropdsx.workflows.stations.places import find_places
from tropdsx.workflows.stations.series import at_stations
from tropdsx.write.export.station_tables import write_csv
from tropdsx.write.provenance import read_provenance

from helpers.compliance import check_compliance
from helpers.stations import places, slanted, weather


@pytest.fixture
def files(tmp_path):
    weather().to_netcdf(tmp_path / "grid.nc")
    where = places(5)
    rows = zip(*where.values(), strict=True)
    text = "".join(f"{name},{lat},{lon},{height}\n" for name, lat, lon, height in rows)
    (tmp_path / "stations.csv").write_text(f"ID,Lat,Lon,Hgt_m\n{text}")
    return tmp_path / "grid.nc", tmp_path / "stations.csv", at_stations(weather(), where)


@pytest.mark.parametrize(
    ("name", "read", "atol"),
    [
        ("out.tro", lambda path: read_sinex_tro(path).ztd, 5.1e-6),
        ("out.csv", read_observations, 5.1e-6),
    ],
)
def test_formats(files, tmp_path, name, read, atol):
    grid, table, wanted = files
    found = station_series(grid, table, tmp_path / name)
    assert found.path == tmp_path / name
    assert found.scores is None
    np.testing.assert_allclose(read(found.path).sel(station=wanted.station), wanted.ztd, atol=atol)


def test_netcdf_is_cf_and_says_where_it_comes_from(files, tmp_path):
    grid, table, wanted = files
    with xr.open_dataset(grid) as ds:
        more = ds.assign(ah=ds.zhd * 0 + 0.0012, gradient_north=ds.zhd * 0 + 1e-4).load()
    more["ah"].attrs, more["gradient_north"].attrs = {"units": "1"}, {"units": "m"}
    more.to_netcdf(tmp_path / "more.nc")
    grid = (tmp_path / "more.nc").replace(grid)
    path = station_series(grid, table, tmp_path / "out.nc").path
    check_compliance(path)
    with xr.open_dataset(path) as ds:
        np.testing.assert_array_equal(ds.ztd, wanted.ztd)
        assert ds.station_name.attrs["cf_role"] == "timeseries_id"
        assert ds.attrs["featureType"] == "timeSeries"
        assert "lat_bnds" not in ds.variables
        named = [each["name"] for each in json.loads(ds.attrs["tropdsx_inputs"])]
        assert named == ["grid.nc", "stations.csv"]
        again = find_places(ds)
    np.testing.assert_array_equal(again.station, wanted.station)


def test_standard_deviations_in_every_format(files, tmp_path, tiny_checkpoint):
    grid, table, _ = files
    seen = []

    def reporter(*what):
        return lambda *done: seen.append((*what, *done))

    how = {"model": tiny_checkpoint, "sigma": True, "progress": reporter}
    found = station_series(grid, table, tmp_path / "out.nc", **how).series
    assert seen == [("lifting", "epochs", 6, 6)]
    check_compliance(tmp_path / "out.nc")
    with xr.open_dataset(tmp_path / "out.nc") as ds:
        np.testing.assert_array_equal(ds.zwd_rmse, found.zwd_rmse)
        about = "zwd_sigma zwd_rmse zwd_expected_error zwd_bounded zwd_floored"
        assert ds.zwd.attrs["ancillary_variables"] == about
        assert "errors of the weather model" in ds.zwd_sigma.attrs["comment"]
    told = read_provenance(tmp_path / "out.nc")["expected"]["zwd"]
    assert told["most"] == pytest.approx(float(found.zwd_expected_error.max()))
    assert told["validated"] == pytest.approx(float((found.zwd_rmse**2).mean()) ** 0.5)
    back = read_sinex_tro(write_series(found, tmp_path / "out.tro", progress=reporter("tro")))
    assert seen[-1] == ("tro", 5, 5)
    frame = pd.read_csv(write_series(found, tmp_path / "out.csv", progress=reporter("csv")))
    assert seen[-1] == ("csv", 5, 5)
    for name in ("zhd", "zwd", "ztd"):
        wanted = found[f"{name}_sigma"]
        read = back[f"{name}_sigma"].sel(station=wanted.station)
        np.testing.assert_allclose(read, wanted, atol=5.1e-6)
        column = frame[f"{name}_sigma_m"].to_numpy().reshape(5, 6).T
        np.testing.assert_allclose(column, wanted, atol=5.1e-6)


def test_the_file_says_which_network_and_options_made_it(files, tmp_path, tiny_checkpoint):
    grid, table, _ = files
    times = np.datetime64("2021-07-01", "ns") + np.arange(3) * np.timedelta64(1, "h")
    how = {"model": tiny_checkpoint, "method": "nearest", "interpolation": "bicubic"}
    path = station_series(grid, table, tmp_path / "out.nc", times=times, **how).path
    found = read_provenance(path)
    assert found["command"] == (
        f"tropdsx stations grid.nc stations.csv --model={tiny_checkpoint.name} --method=nearest "
        "--start=2021-07-01T00:00:00 --end=2021-07-01T02:00:00 --step=3600s"
    )
    assert found["model"]["sha256"] == load_card(tiny_checkpoint)["sha256"]
    assert found["device"]
    assert found["parameters"]["method"] == "nearest"
    alone = read_provenance(station_series(grid, table, tmp_path / "alone.nc").path)
    assert alone["command"] == "tropdsx stations grid.nc stations.csv"
    assert alone["model"] is None


def test_compared_with_observations(files, tmp_path):
    grid, table, wanted = files
    seen = wanted.isel(time=[0, 2, 3])
    seen["ztd"] = seen.ztd + 0.003
    write_csv(seen, tmp_path / "ztd.csv")
    found = station_series(grid, table, observations=tmp_path / "ztd.csv")
    assert found.path is None
    assert found.series.sizes["time"] == 3
    assert float(found.scores.mean_bias) == pytest.approx(-0.003, abs=1e-5)


def test_refused_before_anything_is_read(tmp_path):
    with pytest.raises(OutputError, match=r"out.txt is no .nc, .csv, .parquet or .tro"):
        station_series("none.nc", "none.csv", tmp_path / "out.txt")
    (tmp_path / "out.tro").write_text("")
    with pytest.raises(OutputError, match="exists"):
        check_station_output(tmp_path / "out.tro")
    with pytest.raises(OutputError, match=r"is no .nc"):
        write_series(weather(), tmp_path / "out")


def test_one_variable_without_values_is_no_matter_of_time(files, tmp_path):
    grid, table, _ = files
    with xr.open_dataset(grid) as ds:
        lost = ds.assign(zhd=ds.zhd * np.nan).load()
    lost["zhd"].attrs = {"units": "m"}
    lost.to_netcdf(tmp_path / "lost.nc")
    found = station_series(tmp_path / "lost.nc", table, times=lost.time.values[:2])
    assert found.series.zhd.isnull().all()
    assert found.series.zwd.notnull().any()
    outside = lost.time.values[:1] + np.timedelta64(9999, "D")
    with (
        pytest.warns(TropdsxWarning, match="1 of 1 times lie outside the epochs"),
        pytest.raises(GridError, match="none of the 1 times lies within the epochs"),
    ):
        station_series(grid, table, times=outside)


def test_slants_in_every_format_that_holds_them(files, tmp_path):
    _, table, _ = files
    slanted().to_netcdf(tmp_path / "slanted.nc")
    how = {"elevation": [30.0, 5.0], "azimuth": [0.0, 90.0]}
    done = station_series(tmp_path / "slanted.nc", table, tmp_path / "out.nc", **how)
    check_compliance(done.path)
    wanted = done.series.compute()
    with xr.open_dataset(done.path) as ds:
        for name in ("mfh", "slant_delay", "slant_delay_hydrostatic", "slant_delay_wet"):
            np.testing.assert_array_equal(ds[name], wanted[name])
        assert ds.slant_delay.attrs["units"] == "m"
        assert ds.elevation.attrs["units"] == ds.azimuth.attrs["units"] == "degree"
    assert "--elevation=30,5 --azimuth=0,90" in read_provenance(done.path)["command"]
    frame = pd.read_csv(write_series(done.series, tmp_path / "out.csv"))
    assert len(frame) == 5 * 6 * 4
    rows = frame.set_index(["station", "time", "elevation_deg", "azimuth_deg"]).sort_index()
    row = rows.loc[("S003", "2021-06-30T18:00:00Z", 5.0, 90.0)]
    here = wanted.sel(station="S003", elevation=5.0, azimuth=90.0).isel(time=1)
    assert row.slant_delay_m == pytest.approx(float(here.slant_delay), abs=5.1e-6)
    assert row.mfw == pytest.approx(float(here.mfw), abs=5.1e-7)
    assert row.ztd_m == pytest.approx(float(here.ztd), abs=5.1e-6)
    for refused in (
        lambda: station_series(tmp_path / "none.nc", table, tmp_path / "out.tro", **how),
        lambda: write_series(done.series, tmp_path / "out.tro"),
    ):
        with pytest.raises(OutputError, match=r"out.tro is SINEX_TRO, .* no columns for slant"):
            refused()
