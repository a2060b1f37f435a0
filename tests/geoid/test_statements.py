"""What attributes say of the zero of heights."""

import pytest

from tropdsx.geoid.statements import ELLIPSOID, GEOID, find_statement

SAID = {
    GEOID: [
        {"standard_name": "surface_altitude"},
        {"standard_name": "altitude"},
        {"standard_name": "height_above_geopotential_datum"},
        {"standard_name": "height_above_mean_sea_level"},
        {"standard_name": "geopotential_height", "units": "m"},
        {"units": "m**2 s**-2"},
        {"units": "meter ** 2 / second ** 2"},
        {"units": "gpm"},
        {"units": "m", "long_name": "height above mean sea level"},
        {"units": "m", "long_name": "height above the geoid EGM2008, WGS84 ellipsoid of the map"},
        {"units": "m", "comment": "orthometric heights"},
        {"units": "m", "vertical_datum": "EGM96"},
        {"units": "m", "geoid": "EGM2008"},
    ],
    ELLIPSOID: [
        {"standard_name": "height_above_reference_ellipsoid"},
        {"units": "m", "long_name": "height above the WGS84 ellipsoid"},
        {"units": "m", "long_name": "ellipsoidal height (VMF file orography_ell)"},
        {"units": "m", "long_name": "height above WGS 84"},
        {"units": "m", "vertical_datum": "WGS84"},
        {"units": "m", "datum": "WGS84"},
        {"units": "m", "comment": "height above the ellipsoid; geoid of EGM2008 was added"},
    ],
}


@pytest.mark.parametrize("zero", SAID)
def test_the_heights_say_it(zero):
    for attrs in SAID[zero]:
        found = find_statement(attrs)
        assert found is not None, attrs
        assert found.zero == zero, attrs


@pytest.mark.parametrize(
    "attrs",
    [
        {},
        {"units": "m", "long_name": "Orography"},
        {"units": "m", "long_name": "elevation on the WGS84 grid"},
        {"units": "m", "long_name": "ellipsoid and geoid"},
        {"positive": "up", "axis": "Z"},
    ],
)
def test_nothing_is_said(attrs):
    assert find_statement(attrs) is None


def test_the_map_and_the_file_are_asked_last():
    wkt = 'COMPD_CS["WGS 84 + EGM2008 height",GEOGCS["WGS 84"],VERT_CS["EGM2008 height"]]'
    assert find_statement({}, [{"crs_wkt": wkt}]).zero == GEOID
    assert find_statement({}, [{"geoid_name": "EGM2008"}]).zero == GEOID
    assert find_statement({}, [{"title": "Heights above the WGS84 ellipsoid"}]).zero == ELLIPSOID
    own = {"standard_name": "height_above_reference_ellipsoid"}
    assert find_statement(own, [{"geoid_name": "EGM2008"}]).zero == ELLIPSOID
    # A horizontal datum is no zero of heights, and a delay at sea level is no height.
    for about in ({"horizontal_datum_name": "WGS84"}, {"comment": "zhd reduced to sea level"}):
        assert find_statement({}, [about]) is None
