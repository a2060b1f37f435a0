"""What heights count from: said, forced, told by the values, or guessed from a name."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.assets import asset_path
from tropdsx.atmos.constants import STANDARD_GRAVITY
from tropdsx.errors import DomainError, TropdsxWarning
from tropdsx.geoid import geoid_undulation
from tropdsx.geoid.datum import CHOICES, Datum, check_choice, rule


@pytest.fixture(scope="module")
def world() -> xr.Dataset:
    """Delays of a standard atmosphere at the shipped terrain, 5 degrees, ellipsoidal heights."""
    with xr.open_dataset(asset_path("orography_1deg")) as shipped:
        height = shipped["orography"].astype(float).coarsen(lat=5, lon=5).mean().load()
    pressure = 1013.25 * (1 - 2.25577e-5 * height) ** 5.25588
    zhd = 0.0022768 * pressure / (1 - 0.00266 * np.cos(np.deg2rad(2 * height.lat)))
    zwd = (0.02 + 0.25 * np.cos(np.deg2rad(height.lat)) ** 2) * np.exp(-height / 2000)
    attrs = {"units": "m", "standard_name": "height_above_reference_ellipsoid"}
    metres = {"units": "m", "long_name": "delay"}
    return (
        xr.Dataset(
            {
                "zhd": zhd.transpose("lat", "lon").drop_attrs().assign_attrs(metres),
                "zwd": zwd.transpose("lat", "lon").drop_attrs().assign_attrs(metres),
                "orography": height.drop_attrs().assign_attrs(attrs),
            }
        )
        .expand_dims(time=[np.datetime64("2022-07-01", "ns")])
        .assign(orography=height.drop_attrs().assign_attrs(attrs))
    )


@pytest.fixture(scope="module")
def undulation(world) -> xr.DataArray:
    return xr.apply_ufunc(geoid_undulation, world.lat, world.lon)


def physics(ds, **options):
    return ds.tropds.downscale(5.0, model=None, **options)


@pytest.mark.parametrize(
    ("name", "factor", "attrs"),
    [
        ("z", STANDARD_GRAVITY, {"units": "m**2 s**-2", "standard_name": "geopotential"}),
        ("z", STANDARD_GRAVITY, {"units": "m2 s-2"}),
        ("orography", 1.0, {"units": "m", "standard_name": "surface_altitude"}),
        ("orog", 1.0, {"units": "m", "standard_name": "altitude"}),
        ("surface_height", 1.0, {"units": "m", "standard_name": "geopotential_height"}),
    ],
)
def test_heights_on_the_geoid_get_the_undulation(world, undulation, name, factor, attrs):
    above = ((world.orography.drop_attrs() - undulation) * factor).assign_attrs(attrs)
    given = world.drop_vars("orography").assign({name: above})
    reference = physics(world)
    with pytest.warns(TropdsxWarning, match="geoid"):
        out = physics(given)
    assert float(abs(out.zhd - reference.zhd).max()) < 1e-6
    assert "geoid" in out.attrs["tropdsx_notes"]


def test_ellipsoidal_heights_are_left_alone_and_nothing_is_said(world, recwarn):
    out = physics(world)
    assert not [each for each in recwarn if "geoid" in str(each.message)]
    assert np.array_equal(out.zhd, physics(world, heights="ellipsoid").zhd)


def test_the_caller_may_force_either(world):
    plain = world.assign(orography=world.orography.drop_attrs().assign_attrs(units="m"))
    lifted = physics(plain, heights="geoid")
    moved = abs(lifted.zhd - physics(world).zhd).max()
    assert 0.005 < float(moved) < 0.05  # up to 85 m of undulation


def test_zeros_at_sea_tell_a_terrain_on_the_geoid(world, undulation):
    above = world.orography.drop_attrs() - undulation
    sea = abs(above) < 30.0
    terrain = above.where(~sea, 0.0).assign_attrs(units="m")
    with pytest.warns(TropdsxWarning, match="geoid"):
        out = physics(world.assign(orography=terrain))
    error = abs(out.zhd - physics(world).zhd).where(~sea)
    assert float(error.median()) < 1e-6


@pytest.mark.parametrize("choice", CHOICES)
def test_choices_are_known(choice):
    assert check_choice(choice) == choice


def test_another_choice_is_refused():
    with pytest.raises(DomainError, match="sea level"):
        check_choice("sea level")


def test_flat_and_invented_terrain_is_not_judged():
    lat, lon = np.array([[60.0], [50.0]]), np.array([[0.0, 10.0]])
    ruling = rule(Datum("orography", {"units": "m"}), np.zeros((2, 2)), lat, lon)
    assert (ruling.zero, ruling.is_told) == ("ellipsoid", False)
