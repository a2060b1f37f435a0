"""Arrays that carry their unit themselves, as pint and pint-xarray make them."""

import warnings

import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.quantified import without_pint
from tropdsx.cf.units import to_units

pint = pytest.importorskip("pint")
pytest.importorskip("pint_xarray")


@pytest.fixture
def ds():
    lat, lon = np.array([40.0, 45.0]), np.array([-10.0, -5.0, 0.0])
    zwd = ("lat", "lon"), np.full((2, 3), 0.2), {"units": "m", "long_name": "wet"}
    return xr.Dataset({"zwd": zwd}, {"lat": ("lat", lat), "lon": ("lon", lon)})


WAYS = {
    "in memory": lambda ds: ds.pint.quantify(),
    "around dask": lambda ds: ds.chunk(lat=1).pint.quantify(),
    "within dask": lambda ds: ds.pint.quantify().chunk(lat=1),
    "in other units": lambda ds: ds.pint.quantify().pint.to(zwd="mm"),
    "with indexes": lambda ds: ds.pint.quantify(lat="degree", lon="degree"),
}


@pytest.mark.parametrize("way", WAYS)
def test_units_become_attributes(ds, way):
    bare = without_pint(WAYS[way](ds))
    scale, unit = (1000, "millimeter") if way == "in other units" else (1, "meter")
    assert bare.zwd.attrs == {"units": unit, "long_name": "wet"}
    assert (bare.zwd.chunks is not None) == ("dask" in way)
    assert isinstance(bare.zwd.values, np.ndarray)
    np.testing.assert_allclose(bare.zwd, 0.2 * scale)
    np.testing.assert_allclose(to_units(bare.zwd, "zwd", []), 0.2, rtol=1e-7)
    assert bare.lat.attrs == ({"units": "degree"} if way == "with indexes" else {})
    assert float(bare.zwd.sel(lat=45.0, lon=-5.0)) == pytest.approx(0.2 * scale)


@pytest.mark.parametrize("name", ["zwd", None])
def test_arrays_keep_their_name(ds, name):
    bare = without_pint(ds.zwd.pint.quantify().rename(name))
    assert bare.name == name
    assert bare.attrs["units"] == "meter"
    assert type(bare.data) is np.ndarray
    other = ds.zwd
    assert without_pint(other) is other


def test_nothing_is_computed_or_stripped(ds, no_compute):
    with warnings.catch_warnings():
        warnings.simplefilter("error", pint.UnitStrippedWarning)
        without_pint(ds.chunk(lat=1).pint.quantify())
        without_pint(ds.pint.quantify().chunk(lat=1))
