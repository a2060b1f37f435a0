"""The picture of stations: what is drawn is what the series hold."""

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, InputError
from tropdsx.workflows.report.station_figures import draw_stations

mpl.use("agg")


def series(count=7, epochs=5):
    """Total delays that tell epoch and station."""
    values = 2.4 + 0.01 * np.arange(epochs)[:, None] + 0.1 * np.arange(count)
    axes = {
        "time": np.datetime64("2022-03-09", "ns") + np.arange(epochs) * np.timedelta64(6, "h"),
        "station": [f"S{k}" for k in range(count)],
        "lat": ("station", 45.0 + np.arange(count)),
        "lon": ("station", (355.0 + 2.0 * np.arange(count)) % 360),
    }
    ztd = xr.DataArray(values, axes, ("time", "station"), attrs={"units": "m"})
    return xr.Dataset({"ztd": ztd})


def panels(figure):
    """Those of series, by the name of their station."""
    named = {panel.get_title(loc="left"): panel for panel in figure.axes if panel.lines}
    return {title.partition(":")[0]: panel for title, panel in named.items()}


def titles(figure):
    return list(panels(figure))


def test_first_series_and_means_without_observations():
    figure = draw_stations(series())
    assert titles(figure) == ["S0", "S1", "S2", "S3", "S4"]
    (dots,) = (each for each in figure.axes[0].collections if each.get_array() is not None)
    np.testing.assert_allclose(dots.get_array(), 1e3 * series().ztd.mean("time"))
    np.testing.assert_allclose(dots.get_offsets()[:, 0], -5.0 + 2.0 * np.arange(7))
    (line,) = panels(figure)["S0"].lines
    np.testing.assert_allclose(line.get_ydata(), 1e3 * series().ztd[:, 0])


def test_worst_stations_come_first_where_something_was_observed():
    ds = series()
    off = 1e-3 * np.array([1.0, -5.0, 2.0, 8.0, 0.0, 3.0, -4.0])
    observed = (ds.ztd - off).drop_vars(["lat", "lon"])
    figure = draw_stations(ds, observed)
    assert titles(figure) == ["S3", "S1", "S6", "S5", "S2"]
    (dots,) = (each for each in figure.axes[0].collections if each.get_array() is not None)
    np.testing.assert_allclose(dots.get_array(), 1e3 * off, atol=1e-9)
    assert dots.get_clim() == pytest.approx((-8.0, 8.0))
    seen, mine = panels(figure)["S3"].lines
    np.testing.assert_allclose(mine.get_ydata() - seen.get_ydata(), 8.0)
    assert panels(figure)["S1"].get_title(loc="left") == "S1: -5.0 ± 0.0 mm"


def test_only_what_was_observed_meanwhile_is_drawn():
    ds = series(epochs=9)
    figure = draw_stations(ds.isel(time=slice(2, 6)), ds.ztd, stations=["S0"])
    seen, mine = panels(figure)["S0"].lines
    np.testing.assert_array_equal(seen.get_xdata(), mine.get_xdata())


def test_no_line_over_a_pause():
    ds = series(epochs=9)
    (line,) = panels(draw_stations(ds.isel(time=[0, 1, 2, 3, 8])))["S0"].lines
    assert not np.isnan(line.get_ydata()).any()  # five steps of 6 h, as a gap of some epochs
    hours = np.array([0, 6, 12, 18, 7200, 7206, 7212, 7218, 7224]) * np.timedelta64(1, "h")
    ds["time"] = ds.time.to_numpy()[0] + hours
    (line,) = panels(draw_stations(ds))["S0"].lines
    assert np.flatnonzero(np.isnan(line.get_ydata())).tolist() == [4]
    np.testing.assert_allclose(np.delete(line.get_ydata(), 4), 1e3 * ds.ztd[:, 0])


def test_epochs_that_stand_alone_are_to_be_seen():
    ds = series(epochs=5)
    ds["ztd"] = ds.ztd.where(np.arange(5)[:, None] % 2 == 0)
    (line,) = panels(draw_stations(ds))["S0"].lines
    assert line.get_marker() == "."


def test_stations_that_are_asked_for():
    assert titles(draw_stations(series(), stations=["S6", "S0"])) == ["S6", "S0"]
    with pytest.raises(InputError, match="no station X9; there are S0, S1"):
        draw_stations(series(), stations=["X9"])


def test_what_is_no_series_is_refused():
    grid = series().drop_vars(["station", "lat", "lon"]).rename(station="lat")
    with pytest.raises(InputError, match=r"the series have no ztd on \(time, station\)"):
        draw_stations(grid)
    with pytest.raises(InputError, match="no lat and lon of the stations"):
        draw_stations(series().drop_vars(["lat", "lon"]))
    others = series().ztd.assign_coords(station=[f"T{k}" for k in range(7)])
    with pytest.raises(GridError, match="no station has two epochs"):
        draw_stations(series(), others)
