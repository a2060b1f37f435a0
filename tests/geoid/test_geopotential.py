"""A geopotential becomes the same height wherever it enters."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.geoid.geopotential import from_geopotential_metres, is_geopotential
from tropdsx.geoid.undulation import geoid_undulation
from tropdsx.grid.orography import standardise_orography
from tropdsx.workflows.derive.zenith import zenith_delays

LAT = np.array([90.0, 45.0, 0.0, -45.0, -90.0])
LON = np.arange(0.0, 360.0, 90.0)
HEIGHTS = [0.0, 500.0, 2000.0, 8000.0]


def gravity_at_the_ground(lat):
    """Somigliana's formula with the numbers of WGS 84 (NIMA TR8350.2)."""
    sine = np.sin(np.deg2rad(lat)) ** 2
    return 9.7803253359 * (1 + 0.00193185265241 * sine) / np.sqrt(1 - 0.00669437999014 * sine)


def geopotential(height, lat):
    """Integral of gravity from 0 to a height: closed form of g (R / (R + h))^2."""
    flattening, m = 1 / 298.257223563, 0.00344978650684
    sine = np.sin(np.deg2rad(lat)) ** 2
    radius = 6378137.0 / (1 + flattening + m - 2 * flattening * sine)
    return gravity_at_the_ground(lat) * radius * height / (radius + height)


@pytest.mark.parametrize("height", HEIGHTS)
@pytest.mark.parametrize("lat", [0.0, 45.0, 90.0])
def test_closed_form(height, lat):
    found = from_geopotential_metres(geopotential(height, lat) / 9.80665, lat)
    assert found == pytest.approx(height, abs=1e-6)
    steps = np.linspace(0.0, height, 20001)  # the integral itself
    above = gravity_at_the_ground(lat) * (1 - 2 * steps / 6.37e6)
    assert np.trapezoid(above, steps) == pytest.approx(geopotential(height, lat), rel=3e-5)


@pytest.mark.parametrize("height", HEIGHTS)
@pytest.mark.parametrize(("unit", "factor"), [("m2 s-2", 1.0), ("gpm", 9.80665), ("gpdm", 98.0665)])
@pytest.mark.filterwarnings("ignore:heights 'z' do not fit", "ignore:heights 'z' taken")
def test_the_same_height_of_a_grid_and_of_the_ground_of_levels(height, unit, factor):
    phi = np.broadcast_to(geopotential(height, LAT)[:, None], (5, 4)) / factor
    grid = xr.Dataset(
        {"z": (("lat", "lon"), phi, {"units": unit, "standard_name": "surface_geopotential"})},
        {"lat": LAT, "lon": LON},
    )
    expected = height + geoid_undulation(LAT[:, None], LON)
    np.testing.assert_allclose(standardise_orography(grid), expected, atol=1e-6)
    z = np.array([-500.0, 9000.0, 16e3, 25e3, 45e3])
    levels = grid.rename(z="z_surface").assign(
        t=("level", np.full(5, 270.0), {"units": "K"}),
        q=("level", np.full(5, 1e-5), {"units": "kg kg-1"}),
        z=(("level", "lat"), geopotential(z[:, None], LAT), {"units": "m2 s-2"}),
    )
    levels["t"], levels["q"] = (levels[n].broadcast_like(levels.z) for n in ("t", "q"))
    for name, own in (("t", "K"), ("q", "kg kg-1")):
        levels[name].attrs["units"] = own
    pressure = ("level", 1050.0 * np.exp(-z / 7900.0), {"units": "hPa"})
    levels = levels.assign_coords(level=pressure, time=np.datetime64("2022-07-01", "ns"))
    np.testing.assert_allclose(zenith_delays(levels).orography, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "attrs", "found"),
    [
        ("z", {"units": "m**2 s**-2"}, True),
        ("z", {"units": "meter ** 2 / second ** 2"}, True),
        ("orography", {"units": "J kg-1"}, True),
        ("hgt", {"units": "gpm"}, True),
        ("hgt", {"units": "m", "long_name": "Geopotential height"}, True),
        ("geopotential_at_surface", {}, True),
        ("zg", {"units": "m"}, True),
        ("HGT", {"units": "m", "description": "Terrain Height"}, False),
        ("z", {"units": "m"}, False),
        ("orog", {"units": "m", "standard_name": "surface_altitude"}, False),
        ("orography", {"units": "m"}, False),
    ],
)
def test_what_is_a_geopotential(name, attrs, found):
    assert is_geopotential(name, attrs) is found
