"""Precipitable water at stations."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.atmos.height import lift_pressure
from tropdsx.atmos.saastamoinen import saastamoinen_zhd
from tropdsx.atmos.water_vapour import bevis_mean_temperature, pwv_to_zwd
from tropdsx.errors import GridError, InputError, TropdsxWarning
from tropdsx.workflows.stations.water import Errors, station_water, water_of_files
from tropdsx.write.export.sinex_tro import write_sinex_tro
from tropdsx.write.export.station_tables import write_csv

from helpers.series import series


def known(sensor=0.0):
    """Delays made of known water: 20 mm at all places and times; barometers some metres above."""
    ds = series()
    temperature = xr.full_like(ds.zhd, 280.0).assign_attrs(units="K")
    up = ds.height.values
    at_antenna = 1013.25 * (1 - 0.0065 * up / 288.15) ** 5.256 + 0 * ds.zhd.values
    zhd = saastamoinen_zhd(at_antenna, ds.lat.values, up)
    ds["ztd"] = ds.ztd * 0 + zhd + pwv_to_zwd(20.0, bevis_mean_temperature(280.0))
    ds["ztd"].attrs["units"] = "m"
    pressure = lift_pressure(at_antenna, up, up + sensor, 280.0)
    weather = xr.Dataset(
        {
            "pressure": ds.ztd.copy(data=pressure).assign_attrs(units="hPa"),
            "temperature": temperature,
        }
    ).drop_vars(["lat", "lon", "height"])
    weather = weather.assign_coords(sensor_height=("station", up + sensor))
    return ds[["ztd"]], weather


@pytest.mark.parametrize("sensor", [0.0, 25.0])
def test_known_water_comes_back(sensor):
    """Also from a barometer 25 m above the antenna, where forgetting it costs 1.1 mm of water."""
    delays, weather = known(sensor)
    found = station_water(delays, weather, delays)
    np.testing.assert_allclose(found.pwv, 20.0, atol=0.02)
    forgotten = station_water(delays, weather.drop_vars("sensor_height"), delays)
    if sensor:
        np.testing.assert_allclose(forgotten.pwv, 21.1, atol=0.15)


def test_error_budget():
    delays, weather = known()
    alone = {
        "ztd": station_water(delays, weather, delays, errors=Errors(0.01, 0.0, 0.0)),
        "pressure": station_water(delays, weather, delays, errors=Errors(0.0, 1.0, 0.0)),
        "tm": station_water(delays, weather, delays, errors=Errors(0.0, 0.0, 2.7)),
    }
    np.testing.assert_allclose(alone["ztd"].pwv_sigma, 1.54, atol=0.01)
    np.testing.assert_allclose(alone["pressure"].pwv_sigma, 0.351, atol=0.002)
    np.testing.assert_allclose(alone["tm"].pwv_sigma, 20 * 0.01, atol=0.002)
    own = delays.assign(ztd_sigma=delays.ztd * 0 + 0.02)
    found = station_water(own, weather, delays, errors=Errors(0.0, 0.0, 0.0))
    np.testing.assert_allclose(found.pwv_sigma, 3.08, atol=0.02)


def test_weather_between_its_epochs_and_where_there_is_none():
    delays, weather = known()
    some = weather.isel(time=slice(None, None, 2))
    with pytest.warns(TropdsxWarning, match="3 of 24 delays have no weather at their time"):
        found = station_water(delays, some, delays)
    np.testing.assert_allclose(found.pwv[:-1], 20.0, atol=0.02)


def test_each_station_has_weather_at_its_own_times():
    """Barometers that are read at other times than those beside them lost all their water."""
    delays, weather = known()
    odd = xr.where(weather.station == weather.station[0], weather.time.dt.hour % 12 == 0, True)
    with pytest.warns(TropdsxWarning, match="1 of 24 delays have no weather at their time"):
        found = station_water(delays, weather.where(odd), delays)
    assert int(found.pwv.isnull().sum("time")[0]) == 1
    np.testing.assert_allclose(found.pwv[:-1], 20.0, atol=0.02)


def test_a_barometer_far_from_its_antenna_is_told():
    delays, weather = known()
    above_the_marker = weather.assign_coords(sensor_height=weather.sensor_height * 0 + 1.5)
    with pytest.warns(TropdsxWarning, match=r"barometers of \d stations are more than 100 m"):
        station_water(delays, above_the_marker, delays)


def test_a_pressure_that_is_too_low_is_told():
    delays, weather = known()
    low = weather.assign(pressure=(weather.pressure - 320.0).assign_attrs(units="hPa"))
    with pytest.warns(TropdsxWarning, match=r"below -30 mm or above 700 mm"):
        station_water(delays, low, delays)


@pytest.mark.parametrize("absent", ["pressure", "temperature"])
def test_weather_without_a_sensor(absent):
    delays, weather = known()
    with pytest.raises(GridError, match=f"the weather has no {absent}; accepted are both, as PR"):
        station_water(delays, weather.drop_vars(absent), delays)


def test_a_pressure_of_sea_level_is_told():
    delays, weather = known()
    weather["pressure"] = (weather.pressure * 0 + 1013.25).assign_attrs(units="hPa")
    with pytest.warns(TropdsxWarning, match="wet delays of 3 stations are below -30 mm"):
        station_water(delays, weather.drop_vars("sensor_height"), delays)


def test_names_are_matched():
    delays, weather = known()
    weather = weather.assign_coords(station=["wtzr", "ZIMM", "SANT"])
    with pytest.warns(TropdsxWarning, match="taken for the same"):
        found = station_water(delays, weather, delays)
    np.testing.assert_allclose(found.pwv, 20.0, atol=0.02)
    with pytest.raises(GridError, match=r"no station has a total delay, pressure and a place"):
        station_water(delays, weather.assign_coords(station=["A", "B", "C"]), delays)


def test_files(tmp_path):
    delays, weather = known()
    head = (
        f"{'     2.11           METEOROLOGICAL DATA':<60}RINEX VERSION / TYPE\n"
        f"{'WTZR':<60}MARKER NAME\n{'     2    PR    TD':<60}# / TYPES OF OBSERV\n"
        f"{'':<60}END OF HEADER\n"
    )
    one = weather.sel(station="WTZR")
    rows = "".join(
        f" {str(time)[2:4]} {str(time)[5:7]} {str(time)[8:10]} {str(time)[11:13]} 00 00"
        f"{pressure:7.1f}{6.85:7.1f}\n"
        for time, pressure in zip(one.time.values, one.pressure.values, strict=True)
    )
    (tmp_path / "wtzr.21m").write_text(head + rows)
    tro = write_sinex_tro(delays, tmp_path / "a.tro")
    with pytest.warns(TropdsxWarning, match="they do not count"):
        found = water_of_files(tro, tmp_path / "wtzr.21m")
    assert found.station.values.tolist() == ["WTZR"]
    np.testing.assert_allclose(found.pwv, 20.0, atol=0.05)
    table = write_csv(delays.sel(station=["WTZR"]), tmp_path / "a.csv")
    with pytest.raises(InputError, match="does not say where its stations are"):
        water_of_files(table, tmp_path / "wtzr.21m")
    (tmp_path / "stations.csv").write_text("station,lat,lon,height\nWTZR,49.144,12.879,666\n")
    again = water_of_files(table, tmp_path / "wtzr.21m", tmp_path / "stations.csv")
    np.testing.assert_allclose(again.pwv, found.pwv, atol=1e-3)


def test_formal_errors_of_a_table_count(tmp_path):
    rows = "WTZR,2021-07-01T00:00,2.30,2.0\nWTZR,2021-07-01T06:00,2.30,20.0\n"
    (tmp_path / "ztd.csv").write_text(f"station,time,ztd_m,sigma_mm\n{rows}")
    (tmp_path / "s.csv").write_text("station,lat,lon,height\nWTZR,49.144,12.879,666\n")
    head = (
        f"{'     2.11           METEOROLOGICAL DATA':<60}RINEX VERSION / TYPE\n"
        f"{'WTZR':<60}MARKER NAME\n{'     2    PR    TD':<60}# / TYPES OF OBSERV\n"
        f"{'':<60}END OF HEADER\n"
    )
    files = []
    for hour in range(0, 12, 3):
        files.append(tmp_path / f"{hour}.21m")
        files[-1].write_text(f"{head} 21  7  1 {hour:2d}  0  0  940.0   16.9\n")
    seen = []
    found = water_of_files(
        tmp_path / "ztd.csv",
        files,
        tmp_path / "s.csv",
        errors=Errors(0.0, 0.0, 0.0),
        progress=lambda *done: seen.append(done),
    )
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    np.testing.assert_allclose(found.ztd_sigma[:, 0], [0.002, 0.02])
    np.testing.assert_allclose(found.pwv_sigma[1] / found.pwv_sigma[0], 10.0, rtol=1e-6)


def test_the_time_system_of_the_delays_is_kept():
    delays, weather = known()
    assert station_water(delays, weather, delays).time.attrs["long_name"] == "time (UTC)"
    found = station_water(delays.assign_attrs(time_system="G"), weather, delays)
    assert found.attrs["time_system"] == "G"
    assert found.time.attrs["long_name"] == "time (GPS)"
