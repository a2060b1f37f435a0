"""Files of a model put together: one variable a file, other axes, fields that are there twice."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, InputError, TropdsxWarning
from tropdsx.workflows.derive.fields.joining import (
    join_in_time,
    join_side_by_side,
    level_dims,
    signature,
)
from tropdsx.workflows.derive.open_levels import open_levels
from tropdsx.workflows.derive.zenith import zenith_delays

LEVELS, SURFACE = ["t", "q", "z"], ["sp", "t2m", "d2m"]


@pytest.fixture
def plain(sample):
    return sample.drop_vars(["number", "expver"], errors="ignore")


@pytest.fixture
def surface(plain):
    return plain[SURFACE].assign(z=plain.z_surface)


@pytest.fixture
def beside(plain, tmp_path):
    """Integrate levels in one file beside fields in others."""
    plain[LEVELS].to_netcdf(tmp_path / "levels.nc")

    def integrate(*parts):
        names = []
        for number, part in enumerate(parts):
            names.append(tmp_path / f"part{number}.nc")
            part.drop_encoding().to_netcdf(names[-1])
        return zenith_delays(open_levels([*names, tmp_path / "levels.nc"]))

    return integrate


@pytest.mark.parametrize("scalar", [False, True])
@pytest.mark.parametrize("names", [[LEVELS], [[name] for name in LEVELS]], ids=["all", "one"])
def test_one_level_a_file(plain, tmp_path, scalar, names):
    """As ``cdo splitlevel`` writes them, with the variables together or each in a file, too."""
    dim = "pressure_level"
    for number in range(plain.sizes[dim]):
        for which in names:
            part = plain[which].isel({dim: number if scalar else [number]})
            part.to_netcdf(tmp_path / f"{which[0]}{number}.nc")
    plain[[*SURFACE, "z_surface"]].to_netcdf(tmp_path / "surface.nc")
    found = zenith_delays(open_levels(str(tmp_path / "*.nc")))
    right = zenith_delays(plain)
    for delay in ("zhd", "zwd"):
        np.testing.assert_allclose(found[delay], right[delay], rtol=0, atol=1e-9)


def test_one_level_a_file_of_other_epochs_is_refused(plain, tmp_path):
    for number in range(plain.sizes["pressure_level"]):
        part = plain[LEVELS].isel(pressure_level=[number])
        part.isel(valid_time=[0] if number else [1]).to_netcdf(tmp_path / f"{number}.nc")
    with pytest.raises(GridError, match="do not go together"):
        open_levels(str(tmp_path / "*.nc"))


def test_one_variable_a_file_in_capitals(plain, tmp_path):
    """RDA's ERA5: several days, Z of levels and Z of the surface, which is of 1979."""
    up = plain.rename(valid_time="time", pressure_level="level")
    for name in LEVELS:
        for day in (0, 1):
            part = up[[name]].isel(time=[day]).rename({name: name.upper()})
            part.to_netcdf(tmp_path / f"pl_{name}_{day}.nc")
    for name, stored in {"sp": "SP", "t2m": "VAR_2T", "d2m": "VAR_2D"}.items():
        up[[name]].rename({name: stored}).to_netcdf(tmp_path / f"sfc_{name}.nc")
    ground = up[["z_surface"]].rename(z_surface="Z")
    ground.expand_dims(time=[np.datetime64("1979-01-01", "ns")]).to_netcdf(tmp_path / "inv.nc")
    found = zenith_delays(open_levels(str(tmp_path / "*.nc")))
    expected = zenith_delays(plain)
    np.testing.assert_array_equal(found.zwd, expected.zwd)
    np.testing.assert_array_equal(found.orography, expected.orography)


@pytest.mark.parametrize(
    "other",
    [
        lambda ds: ds.rename(valid_time="time"),
        lambda ds: ds.rename(latitude="lat", longitude="lon"),
        lambda ds: ds.isel(latitude=slice(None, None, -1), longitude=slice(None, None, -1)),
        lambda ds: ds.assign_coords(longitude=ds.longitude - 360.0),
        lambda ds: ds.assign_coords(latitude=ds.latitude.astype("f4")),
        lambda ds: ds.isel(valid_time=[1, 0]),
        lambda ds: ds.transpose("longitude", "latitude", "valid_time"),
        lambda ds: ds.expand_dims(number=[0]),
    ],
    ids=["time", "names", "orientation", "west", "float32", "order", "transposed", "number"],
)
def test_the_surface_may_lie_otherwise(plain, surface, beside, other):
    np.testing.assert_array_equal(beside(other(surface)).zwd, zenith_delays(plain).zwd)


def test_the_surface_may_hold_more(plain, surface, beside):
    days = [
        surface.assign_coords(valid_time=surface.valid_time + n)
        for n in np.arange(3, dtype="m8[D]")
    ]
    wide = xr.concat(days, "valid_time", data_vars="minimal", coords="minimal", compat="override")
    east = wide.assign_coords(longitude=wide.longitude + 90.0)
    wide = xr.concat([wide, east], "longitude", join="outer", combine_attrs="override")
    np.testing.assert_array_equal(beside(wide).zwd, zenith_delays(plain).zwd)


@pytest.mark.parametrize(
    ("other", "match"),
    [
        (lambda ds: ds.isel(latitude=slice(3)), "part0.nc: it has no node at latitude"),
        (
            lambda ds: ds.assign_coords(valid_time=ds.valid_time + np.timedelta64(1, "D")),
            "part0.nc: .* does not hold all epochs",
        ),
        (lambda ds: ds.isel(valid_time=[0]), "does not hold all epochs"),
    ],
    ids=["nodes", "another day", "one epoch"],
)
def test_what_is_missing_is_named(surface, beside, other, match):
    with pytest.raises(GridError, match=match):
        beside(other(surface))


def test_a_field_of_a_name_that_is_taken(plain, surface, beside):
    with pytest.raises(GridError, match=r"'t' is in part0.nc and in levels.nc"):
        beside(plain[["t", "sp"]])
    skin = surface.assign(t=plain.t2m)
    with pytest.warns(TropdsxWarning, match=r"'t' of part0.nc not used: levels.nc"):
        found = beside(skin)
    np.testing.assert_array_equal(found.zwd, zenith_delays(plain).zwd)
    assert any("'t' of part0.nc not used" in note for note in found.attrs["tropdsx_notes"])


def test_signatures_know_levels(plain):
    assert level_dims(plain, "t") == ["pressure_level"]
    assert level_dims(plain, "sp") == []
    assert signature(plain[["z"]]) != signature(plain[["z_surface"]].rename(z_surface="z"))
    assert signature(plain.isel(valid_time=[0])) == signature(plain)


def test_epochs_are_put_in_order_and_not_counted_twice(plain):
    parts = [(plain.isel(valid_time=[k]), f"{k}.nc") for k in (1, 0)]
    xr.testing.assert_identical(join_in_time(parts).t, plain.t)
    with pytest.raises(GridError, match=r"an epoch twice: .* is in 1.nc, 1.nc"):
        join_in_time([parts[0], parts[0]])
    undated = [(ds.isel(valid_time=0, drop=True), name) for ds, name in parts]
    with pytest.raises(InputError, match="without time"):
        join_in_time(undated)


def test_places_of_stations_must_be_the_same(plain):
    index = {
        "latitude": xr.DataArray([0, 1], dims="site"),
        "longitude": xr.DataArray([2, 3], dims="site"),
    }
    levels, surface = (plain[names].isel(index) for names in (LEVELS, SURFACE))
    joined = join_side_by_side([(levels, "a.nc"), (surface, "b.nc")], [])
    assert {"t", "sp"} <= set(joined.data_vars)
    with pytest.raises(GridError, match="places are not those"):
        join_side_by_side([(levels, "a.nc"), (surface.isel(site=[1, 0]), "b.nc")], [])
