"""Files that go together: levels in one order, unit and name, one ground, one unit."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, UnitsError
from tropdsx.workflows.derive.fields.alike import check_alike, match_levels
from tropdsx.workflows.derive.open_levels import open_levels
from tropdsx.workflows.derive.zenith import zenith_delays


def in_pascal(ds):
    values = ("pressure_level", 100.0 * ds.pressure_level.values, {"units": "Pa"})
    return ds.assign_coords(pressure_level=values)


LEVELS = {
    "reversed": lambda ds: ds.isel(pressure_level=slice(None, None, -1)),
    "in Pa": in_pascal,
    "in Pa and reversed": lambda ds: in_pascal(ds).isel(pressure_level=slice(None, None, -1)),
    "without a unit": lambda ds: ds.assign_coords(pressure_level=ds.pressure_level.values),
    "of another name": lambda ds: ds.rename(pressure_level="plev"),
    "in float32": lambda ds: ds.assign_coords(
        pressure_level=("pressure_level", ds.pressure_level.values.astype("f4"), {"units": "hPa"})
    ),
}


@pytest.fixture
def levels(sample):
    return sample.drop_vars(["number", "expver"], errors="ignore")


@pytest.fixture(scope="module")
def expected(sample):
    return zenith_delays(sample).zhd


@pytest.mark.parametrize("change", LEVELS)
def test_levels_of_another_field_are_matched(tmp_path, levels, expected, change):
    levels.drop_vars("z").to_netcdf(tmp_path / "a.nc")
    LEVELS[change](levels[["z"]]).to_netcdf(tmp_path / "b.nc")
    found = zenith_delays(open_levels(tmp_path / "*.nc")).zhd
    np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("change", ["reversed", "in Pa", "in Pa and reversed"])
def test_levels_of_other_epochs_are_matched(tmp_path, levels, expected, change):
    half = levels.sizes["valid_time"] // 2
    levels.isel(valid_time=slice(0, half)).to_netcdf(tmp_path / "a.nc")
    LEVELS[change](levels.isel(valid_time=slice(half, None))).to_netcdf(tmp_path / "b.nc")
    found = zenith_delays(open_levels(tmp_path / "*.nc")).zhd
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_a_missing_level_is_named(levels):
    short = levels[["z"]].isel(pressure_level=slice(0, -1))
    gone = float(levels.pressure_level[-1])
    with pytest.raises(GridError, match=f"z.nc has no level {gone:g} hPa on 'pressure_level'"):
        match_levels(short, levels, "folder/z.nc")


@pytest.mark.parametrize(
    ("unit", "same"),
    [("kg/kg", True), ("kg kg-1", True), ("1", True), ("g kg-1", False), ("", False)],
)
def test_units_of_files_must_be_one(levels, unit, same):
    other = levels.assign(q=levels.q.assign_attrs(units=unit))
    parts = [(levels, "a.nc"), (other, "b.nc")]
    if same:
        check_alike(parts)
        return
    with pytest.raises(UnitsError, match=f"'q' has units '{unit}' in b.nc and"):
        check_alike(parts)


def test_the_ground_of_files_must_be_one(levels):
    name = next(each for each in ("z_surface", "orography") if each in levels)
    field = levels[name]
    step = 0.5 * 9.80665 if "s" in field.attrs["units"] else 0.5
    for count, same in ((1, True), (40, False)):
        other = levels.assign({name: (field + count * step).assign_attrs(field.attrs)})
        if same:
            check_alike([(levels, "a.nc"), (other, "b.nc")])
            continue
        with pytest.raises(GridError, match=f"'{name}' of b.nc are not those of a.nc .up to 20 m"):
            check_alike([(levels, "a.nc"), (other, "b.nc")])


def test_what_is_no_field_may_differ(levels):
    bounds = [
        xr.Dataset({"time_bnds": (("valid_time", "nv"), np.zeros((2, 2)), {"units": unit})})
        for unit in ("hours since 2022-07-01", "hours since 2022-07-02")
    ]
    check_alike([(each, name) for each, name in zip(bounds, "ab", strict=True)])


@pytest.mark.parametrize("off", [0.0, 50.0])
def test_another_terrain_is_told_beside_a_missing_node(off):
    """A NaN must not hide what the other nodes say, and is no difference by itself."""
    axes = {"latitude": [50.0, 45.0], "longitude": [5.0, 10.0, 15.0]}
    ground = xr.DataArray(np.full((2, 3), 980.0), axes, attrs={"units": "m2 s-2"})
    first, other = (xr.Dataset({"z_surface": each}) for each in (ground, ground + off * 9.80665))
    other["z_surface"].attrs["units"] = "m2 s-2"
    other["z_surface"][0, 1] = np.nan
    parts = [(first, "a.nc"), (other, "b.nc")]
    if not off:
        check_alike(parts)
        return
    with pytest.raises(GridError, match=r"of b\.nc are not those of a\.nc \(up to 50 m off\)"):
        check_alike(parts)
