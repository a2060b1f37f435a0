"""Delays at stations against what was observed."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError
from tropdsx.grid.standardise import standardise_grid
from tropdsx.read.stations import read_observations, read_stations
from tropdsx.workflows.evaluate.station_scores import at_times, compare_stations
from tropdsx.workflows.evaluate.stations import delays_at


def test_time_is_linear_and_stops_at_gaps():
    hours = np.array([0, 6, 12, 48, 54], "timedelta64[h]")
    time = np.datetime64("2022-03-09", "ns") + hours
    series = xr.Dataset(
        {"ztd": (("time", "station"), [[0.0], [6.0], [12.0], [48.0], [np.nan]])}, {"time": time}
    )
    wanted = time[0] + np.array([-1, 0, 1, 9, 12, 13, 48, 50, 55], "timedelta64[h]")
    found = at_times(series, wanted).ztd.values[:, 0]
    nan = np.nan
    np.testing.assert_allclose(found, [nan, 0, 1, 9, 12, nan, 48, nan, nan])
    single = at_times(series.isel(time=[0]), wanted).ztd.values[:, 0]
    np.testing.assert_allclose(single, [nan, 0, *[nan] * 7])


def test_bias_and_scatter():
    rng = np.random.default_rng(0)
    truth = xr.DataArray(
        rng.normal(2.4, 0.05, (400, 3)),
        dims=("time", "station"),
        coords={"time": np.arange(400), "station": ["A", "B", "C"]},
    )
    bias = np.array([0.001, -0.003, 0.005])
    delay = truth + bias + rng.normal(0, 0.01, truth.shape)
    found = compare_stations(delay.isel(time=slice(0, 350)), truth.where(truth.station != "C"))
    assert found.station.values.tolist() == ["A", "B"]
    np.testing.assert_allclose(found.bias, bias[:2], atol=0.002)
    assert float(found.mean_scatter) == pytest.approx(0.01, rel=0.1)
    assert found["count"].values.tolist() == [350, 350]
    expected = np.std(found.bias, ddof=1)
    assert float(found.sd_bias) == pytest.approx(float(expected))
    with pytest.raises(GridError, match="no station has two epochs"):
        compare_stations(delay.assign_coords(station=["X", "Y", "Z"]), truth)


@pytest.mark.realdata
def test_vmf1_at_gnss_stations(shared):
    """The data's README: bias -2.0 +- 5.8, scatter 11 mm; measured here +0.8 +- 3.6, 9.8 mm."""
    import tropdsx
    from tropdsx.cf.time.epochs import in_period

    data = shared / "data"
    ds = tropdsx.open_delays(data / "vmf1" / "vmf1_2x2.5_dev.nc")
    grid, _ = standardise_grid(ds)
    # Central Europe is enough for all stations, and quick to lift.
    grid = xr.concat(
        [
            grid.isel(lon=slice(132, None)).assign_coords(lon=grid.lon[132:] - 360),
            grid.isel(lon=slice(0, 24)),
        ],
        "lon",
        data_vars="minimal",
    )
    grid = grid.isel(lat=slice(10, 35)).chunk(lon=-1)
    places = read_stations(data / "gnss" / "gnss_stations_dev.csv")
    observed = read_observations(data / "gnss" / "gnss_ztd_dev.csv.xz")
    delays = delays_at(grid, places.lat, places.lon, places.height, station=places.station)
    found = compare_stations(at_times(delays[["ztd"]].compute(), observed.time).ztd, observed)
    assert found.sizes["station"] == 62
    assert abs(float(found.mean_bias)) < 1.5e-3
    assert float(found.sd_bias) < 4.0e-3
    assert float(found.mean_scatter) < 10.0e-3
    assert in_period(observed, "2024-02-01/2024-02-14").sizes["time"] > 300
