"""Which coordinate is latitude, longitude or time."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.axes import find_axes, find_axis_names
from tropdsx.cf.description import describe
from tropdsx.cf.layout import with_standard_names
from tropdsx.cf.positions import find_positions
from tropdsx.cf.time.settle import settle_time
from tropdsx.errors import GridError
from tropdsx.grid.standardise import standardise_grid

from helpers.forecasts import RUNNING, in_runs
from helpers.grids import delays


def test_curvilinear_is_refused_but_repeated_rows_are_a_grid():
    ds = delays().rename(lat="y", lon="x")
    lat, lon = xr.broadcast(ds.y, ds.x)
    plain = ds.drop_vars(["y", "x"]).assign_coords(
        latitude=(("y", "x"), lat.values), longitude=(("y", "x"), lon.values)
    )
    grid, _ = standardise_grid(plain)
    np.testing.assert_array_equal(grid.zhd, delays().zhd)
    with pytest.raises(GridError, match="curvilinear"):
        standardise_grid(plain.assign_coords(latitude=plain.latitude + plain.longitude / 100))


HORIZONTAL = ("latitude", "longitude")
NAMES = {
    "capitals": ("Lat", "Lon"),
    "plural": ("lats", "lons"),
    "lat and long": ("lat", "long"),
    "of a model": ("nav_lat", "nav_lon"),
    "of stations": ("LAT_DEG", "LON_DEG"),
    "of WRF": ("XLAT", "XLONG"),
}
UNITS = {
    "as CF has it": ("degrees_north", "degrees_east"),
    "capitals": ("Degrees_north", "DEGREES_EAST"),
    "short": ("degree_n", "degreesE"),
    "in words": ("degrees north", "Degree East"),
    "abbreviated": ("deg N", "°E"),
}


def named(ds, lat, lon, attrs=({}, {})):
    """Delays whose axes have other names, and these attributes alone."""
    ds = ds.rename(lat=lat, lon=lon)
    coords = {name: (name, ds[name].values, of) for name, of in zip((lat, lon), attrs, strict=True)}
    return ds.assign_coords(coords)


def written(ds, path):
    ds.tropds.downscale(5.0, model=None).tropds.to_netcdf(path)
    with xr.open_dataset(path) as back:
        return back.load()


@pytest.mark.parametrize("case", NAMES)
def test_a_grid_of_any_accepted_name_is_downscaled_and_written(coarse, tmp_path, case):
    back = written(named(coarse, *NAMES[case]), tmp_path / "out.nc")
    usual = coarse.tropds.downscale(5.0, model=None)
    np.testing.assert_array_equal(back.zwd, usual.zwd)
    assert back.zwd.dims == ("time", "lat", "lon")
    assert back.lat.attrs["standard_name"] == "latitude"
    assert back.lon.attrs["units"] == "degrees_east"
    assert back[back.lat.attrs["bounds"]].shape == (back.sizes["lat"], 2)


@pytest.mark.parametrize("case", UNITS)
def test_units_alone_tell_the_axes(coarse, tmp_path, case):
    north, east = UNITS[case]
    ds = named(coarse, "row", "column", ({"units": north}, {"units": east}))
    back = written(ds, tmp_path / "out.nc")
    np.testing.assert_array_equal(back.zwd, coarse.tropds.downscale(5.0, model=None).zwd)
    assert (back.lat.attrs["axis"], back.lon.attrs["axis"]) == ("Y", "X")


@pytest.mark.parametrize("case", NAMES)
def test_grids_and_single_places_have_the_same_names(coarse, case):
    lat, lon = NAMES[case]
    ds = named(coarse, lat, lon)
    assert find_positions(ds).names == (lat, lon, "time")
    assert tuple(find_axis_names(ds)) == ("time", lat, lon)
    axes = find_axes(ds)
    assert (axes.time_dim, axes.lat_dim, axes.lon_dim) == ("time", lat, lon)


@pytest.mark.parametrize(
    "units", ["degree_north", "DegreesN", "deg_north", "° N", "degrees  North"]
)
def test_grids_and_single_places_have_the_same_units(units):
    ds = xr.Dataset(coords={"row": ("row", [1.0, 0.0], {"units": units}), "lon": [5.0, 6.0]})
    assert find_axes(ds).lat.name == "row"
    assert find_positions(ds).names == ("row", "lon")
    assert find_axis_names(ds) == (None, "row", "lon")


def test_what_a_global_attribute_names_hides_no_axis(coarse):
    """cf-xarray looks only at the coordinates that such an attribute names, where there is one."""
    ds = named(coarse.isel(time=0), "row", "column", [{"standard_name": n} for n in HORIZONTAL])
    ds = ds.drop_indexes(["row", "column"]).assign_attrs(coordinates="orography time")
    axes = find_axes(ds)
    assert (axes.lat.name, axes.lon.name, axes.time.name) == ("row", "column", "time")


def test_axes_kept_as_data_variables_are_found(coarse):
    """cf-xarray looks at coordinates alone; many files have none but those of dimensions."""
    ds = named(coarse, "row", "column", [{"standard_name": n} for n in HORIZONTAL])
    ds = ds.drop_indexes(["row", "column"]).rename_dims(row="y", column="x").reset_coords()
    axes = find_axes(ds)
    assert (axes.lat.name, axes.lon.name) == ("row", "column")
    assert find_axis_names(ds) == ("time", "row", "column")


def test_attributes_that_are_no_text_are_passed_over(coarse):
    odd = np.array([1.0, 2.0])
    coarse.lat.attrs |= {"standard_name": odd, "units": 1, "axis": odd, "bounds": odd}
    coarse.time.attrs |= {"standard_name": ["time"], "axis": odd}
    assert find_axis_names(coarse) == ("time", "lat", "lon")
    assert find_positions(coarse).names == ("lat", "lon", "time")


def test_a_long_name_is_no_standard_name(coarse):
    """To cf-xarray a long name is as good as a standard name."""
    ds = coarse.assign(other=("lat", np.arange(36.0), {"long_name": "latitude"}))
    assert find_axes(ds).lat.name == "lat"
    assert find_positions(ds).names[0] == "lat"


def test_the_validation_time_is_no_epoch_of_the_data(coarse):
    ds = coarse.isel(time=0, drop=True)
    ds = ds.assign_coords(validation_time=((), np.datetime64("2020-07-01", "ns")))
    ds.validation_time.attrs["standard_name"] = "time"
    assert find_axes(ds).time is None
    assert find_positions(ds).time is None
    assert find_axis_names(ds).time is None


def test_a_forecast_is_described_by_when_it_holds(coarse):
    """The scalar "time" of cfgrib is when it began."""
    began = coarse.time.values[0]
    ds = coarse.rename(time="step").assign_coords(step=[0, 6, 12], time=began)
    ds = ds.assign_coords(valid_time=("step", coarse.time.values))
    assert find_axis_names(ds).time == "valid_time"
    assert find_axes(ds).time.name == find_positions(ds).names[-1] == "valid_time"


def test_the_starts_of_forecasts_are_not_described_as_times(coarse):
    coarse.time.attrs["standard_name"] = "forecast_reference_time"
    assert find_axis_names(coarse).time is None
    assert find_positions(coarse).time is None
    assert describe(coarse).time.attrs["standard_name"] == "forecast_reference_time"


@pytest.mark.parametrize("layout", RUNNING)
def test_the_valid_time_is_the_time_of_grids_and_places(layout):
    ds = RUNNING[layout](delays())
    axes = find_axes(ds, dims=ds.zwd.dims)
    assert axes.time_dim in ds.zwd.dims
    for time in (axes.time, find_positions(ds).time, find_positions(settle_time(ds)).time):
        np.testing.assert_array_equal(time, delays().time)
    assert find_axis_names(settle_time(ds)).time == axes.time.name


def test_runs_and_steps_are_two_axes_of_a_grid_and_one_time_of_places():
    ds = in_runs(delays(steps=4))
    with pytest.raises(GridError, match=r"two time axes found \(step, time\); accepted is one"):
        find_axes(ds)
    assert find_positions(ds).time.dims == ("time", "step")
    assert find_axes(settle_time(ds)).time_dim == "time"


@pytest.mark.parametrize("names", [("lat", "lon"), ("clat", "clon")])
@pytest.mark.parametrize("units", ["radian", "radians", " Rad"])
def test_radians_are_degrees(coarse, names, units):
    """Models such as ICON have them."""
    radians = [
        (name, np.deg2rad(coarse[axis].values), {"units": units, "standard_name": axis_name})
        for name, axis, axis_name in zip(names, ("lat", "lon"), HORIZONTAL, strict=True)
    ]
    ds = coarse.rename(dict(zip(("lat", "lon"), names, strict=True)))
    ds = ds.assign_coords({name: radians[k] for k, name in enumerate(names)})
    np.testing.assert_allclose(find_axes(ds).lat, coarse.lat, atol=1e-12)
    np.testing.assert_allclose(find_positions(ds).lon, coarse.lon, atol=1e-12)
    out, usual = (each.tropds.downscale(5.0, model=None) for each in (ds, coarse))
    np.testing.assert_allclose(out.zwd, usual.zwd, atol=1e-9)
    written = with_standard_names(ds)
    np.testing.assert_allclose(written.lat, coarse.lat, atol=1e-12)
    assert written.lon.attrs["units"] == "degrees"


def test_lengths_are_no_latitudes():
    ds = xr.Dataset(coords={"y": ("y", [1.0, 0.0], {"units": "m"}), "lon": [5.0, 6.0]})
    for find in (find_axes, find_axis_names, find_positions):
        with pytest.raises(GridError, match="no latitude"):
            find(ds)


def test_stations_have_axis_names_but_no_grid():
    site = xr.Dataset(coords={"lat": ("site", [48.2, 50.1]), "lon": ("site", [16.4, 8.7])})
    assert find_axis_names(site) == (None, "lat", "lon")
    with pytest.raises(GridError, match="list of stations"):
        find_axes(site)


def test_a_field_in_place_of_an_axis_has_no_axis_name():
    lat, lon = np.meshgrid([1.0, 0.0], [5.0, 6.0], indexing="ij")
    ds = xr.Dataset(coords={"lat": (("y", "x"), lat), "lon": (("y", "x"), lon)})
    assert find_axes(ds).lat_dim == "y"
    with pytest.raises(GridError, match="no latitude and longitude coordinates"):
        find_axis_names(ds)


def test_axes_are_found_by_units_before_names():
    ds = xr.Dataset(coords={"r": ("r", [1.0], {"units": "degrees_north"}), "lon": [5.0]})
    assert find_axis_names(ds) == (None, "r", "lon")
