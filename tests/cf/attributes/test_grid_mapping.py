"""How a grid lies on the Earth, in the words of CF, GDAL, rioxarray, RAiDER and cdo."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.attributes.grid_mapping import (
    add_grid_mapping,
    is_grid_mapping,
    lies_elsewhere,
    settle_grid_mapping,
)
from tropdsx.cf.description import describe
from tropdsx.errors import GridError

from helpers.grids import delays

NAME = {"grid_mapping_name": "latitude_longitude"}
FIGURE = {"semi_major_axis": 6378137.0, "inverse_flattening": 298.257223563}
WGS84 = {
    "in full": NAME | FIGURE,
    "with both axes": NAME | {"semi_major_axis": 6378137.0, "semi_minor_axis": 6356752.314245},
    "GRS 80": NAME | FIGURE | {"inverse_flattening": 298.257222101},
    "without a figure": NAME,
    "WKT of GDAL": {"spatial_ref": 'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",...]]]'},
    "WKT 2": {"crs_wkt": 'GEOGCRS["WGS 84",ENSEMBLE["World Geodetic System 1984 ensemble",...]]'},
    "numbers as text": NAME | {key: str(value) for key, value in FIGURE.items()},
}
OTHERS = {
    "sphere of GRIB": NAME | {"earth_radius": 6371229.0},
    "sphere with an axis": NAME | {"semi_major_axis": 6371229.0, "semi_minor_axis": 6371229.0},
    "another flattening": NAME | {"semi_major_axis": 6378137.0, "inverse_flattening": 298.3},
    "Bessel": NAME | {"semi_major_axis": 6377397.155, "inverse_flattening": 299.1528128},
    "Paris": NAME | FIGURE | {"longitude_of_prime_meridian": 2.33722917},
    "projection": FIGURE | {"grid_mapping_name": "transverse_mercator"},
    "WKT of a projection": {"crs_wkt": 'PROJCRS["WGS 84 / UTM zone 33N",...]'},
    "WKT of another datum": {"crs_wkt": 'GEOGCRS["ED50",DATUM["European Datum 1950",...]]'},
}


@pytest.mark.parametrize("case", WGS84)
def test_wgs84_is_known_in_every_form_and_said_in_cfs_words(case):
    variable = xr.Variable((), 0, dict(WGS84[case]))
    assert is_grid_mapping(variable)
    assert settle_grid_mapping(variable)
    assert float(variable.attrs["semi_major_axis"]) == 6378137.0
    assert variable.attrs["grid_mapping_name"] == "latitude_longitude"


@pytest.mark.parametrize("case", OTHERS)
def test_other_figures_are_not_wgs84_and_stay_as_they_are(case):
    variable = xr.Variable((), 0, dict(OTHERS[case]))
    assert not settle_grid_mapping(variable)
    assert variable.attrs == OTHERS[case]


@pytest.mark.parametrize("name", ["spatial_ref", "proj", "crs", "rotated_pole", "Regular_longlat"])
@pytest.mark.parametrize("case", [*WGS84, *OTHERS])
def test_every_field_points_to_a_figure_that_is_there(name, case):
    attrs = (WGS84 | OTHERS)[case]
    ds = delays().assign({name: ((), 0, dict(attrs))})
    for field in ("zhd", "zwd"):
        ds[field].attrs["grid_mapping"] = name
    out = describe(ds)
    for field in ("zhd", "zwd"):
        mapping = out[out[field].attrs["grid_mapping"]].attrs
        assert float(mapping["semi_major_axis"]) == 6378137.0
        assert mapping["grid_mapping_name"] == "latitude_longitude"
    noted = "replaced by" in out.attrs.get("tropdsx_notes", "")
    assert noted == (case in OTHERS)
    assert ds[name].attrs == attrs  # the caller's is untouched


def test_a_grid_mapping_that_is_not_there_is_replaced():
    ds = delays()
    ds.zwd.attrs["grid_mapping"] = "spatial_ref"
    out = describe(ds)
    assert out.zwd.attrs["grid_mapping"] == "crs"
    assert "zwd: grid_mapping 'spatial_ref' left out" in out.attrs["tropdsx_notes"]


def test_two_foreign_variables_in_its_place_are_refused():
    with pytest.raises(GridError, match="rename one of them"):
        add_grid_mapping(xr.Dataset({"crs": 1, "crs_wgs84": 2}))


@pytest.mark.parametrize(
    ("text", "elsewhere"),
    [
        ("0 1 0 90 0 -1", False),
        ("0.0 1.0 0.0 90.0 0.0 -1.0", False),
        ("0 5 0 90 0 -5", True),
        ("-180 1 0 90 0 -1", True),
        ("0 1 0 -90 0 1", True),
        ("no numbers", True),
    ],
)
def test_a_geotransform_is_of_this_grid_or_of_another(text, elsewhere):
    ds = xr.Dataset(coords={"lat": np.arange(89.5, -90, -1), "lon": np.arange(0.5, 360)})
    assert lies_elsewhere({"GeoTransform": text}, ds) == elsewhere
