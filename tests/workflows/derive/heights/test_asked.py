import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.positions import find_positions
from tropdsx.errors import DomainError, GridError, TropdsxWarning
from tropdsx.workflows.derive.heights.asked import (
    check_arguments,
    is_none,
    ladder_or_ground,
    tell_geoid,
    undulation_at,
)

VIENNA = find_positions(xr.Dataset(coords={"lat": 48.2, "lon": 16.37}))


def test_height_and_ladder_exclude_each_other():
    check_arguments(None, [0.0], "density")
    with pytest.raises(DomainError, match="both height and ladder"):
        check_arguments(100.0, [0.0], "pressure")
    with pytest.raises(DomainError, match="hydrostatic='volume'"):
        check_arguments(None, None, "volume")


@pytest.mark.parametrize(
    ("geoid", "expected"), [(None, 0.0), ("NONE", 0.0), (12.5, 12.5), ("EGM2008", 46.0)]
)
def test_undulations(geoid, expected):
    assert float(undulation_at(geoid, VIENNA)) == pytest.approx(expected, abs=1.0)
    assert is_none(geoid) is (expected == 0.0)


def test_undulations_of_the_caller_and_unknown_words():
    own = xr.DataArray([45.0], {"lat": [48.0]}, "lat")
    assert undulation_at(own, VIENNA).coords.keys() == set()
    with pytest.raises(DomainError, match="'egm96' found"):
        undulation_at("egm96", VIENNA)


def test_ladders_and_grounds():
    ground = xr.DataArray([250.0], dims="site")
    assert ladder_or_ground(None, ground) is ground
    assert np.isnan(ladder_or_ground(None, None))
    assert ladder_or_ground([0.0, 100.0], ground).sizes == {"height": 2}
    with pytest.raises(GridError, match=r"shape \(1, 2\)"):
        ladder_or_ground([[0.0, 100.0]], None)
    with pytest.raises(DomainError, match="ladder"):
        ladder_or_ground([0.0, 1e7], None)


@pytest.mark.parametrize("geoid", [45.0, xr.DataArray(45.0)])
def test_undulations_of_the_caller_do_not_serve_fields_of_heights(geoid):
    with pytest.warns(TropdsxWarning, match="brought to the ellipsoid with EGM2008"):
        tell_geoid(geoid, "dem.nc", None)
    tell_geoid(geoid, None, 200.0)
    tell_geoid("none", "dem.nc")
    tell_geoid(0.0, "dem.nc")
