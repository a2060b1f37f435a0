"""Headings as people write them."""

import pytest

from tropdsx.read.tables.headings import read_heading


@pytest.mark.parametrize(
    ("text", "name", "unit"),
    [
        ("station", "station", None),
        (" Station Name ", "station_name", None),
        ('"Site-ID"', "site_id", None),
        ("lat_deg", "lat", "deg"),
        ("Lat [deg]", "lat", "deg"),
        ("Latitude (°)", "latitude", "deg"),
        ("lon(rad)", "lon", "rad"),
        ("height_ell_m", "height_ell", "m"),
        ("Height (feet)", "height", "ft"),
        ("height_km", "height", "km"),
        ("H [m]", "h", "m"),
        ("ztd_mm", "ztd", "mm"),
        ("ZTD {cm}", "ztd", "cm"),
        ("m", "m", None),
        ("height (approx.)", "height_(approx_)", None),
    ],
)
def test_names_and_units(text, name, unit):
    found = read_heading(text)
    assert (found.name, found.unit) == (name, unit)
