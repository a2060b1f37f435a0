"""Heights that are read row by row are those of the whole, with the same words about them."""

import warnings

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import UnitsError
from tropdsx.grid.heights.rows import HeightRows, is_large
from tropdsx.grid.orography import standardise_orography

LAT, LON = 47.0 + np.arange(60) / 60, 10.0 + np.arange(50) / 50


def terrain(**attrs):
    height = 800 + 700 * np.sin(9 * LAT)[:, None] * np.cos(9 * LON)
    field = (("lat", "lon"), height.astype(np.float32), {"units": "m", **attrs})
    return xr.Dataset({"orography": field}, {"lat": LAT, "lon": LON})


@pytest.fixture
def few(monkeypatch):
    """Heights are many from 1000 on, and 120 are read at once."""
    monkeypatch.setattr("tropdsx.grid.heights.rows.HELD_BYTES", 8000)
    monkeypatch.setattr("tropdsx.grid.heights.rows.AT_ONCE", 120)


def both(ds):
    """Heights held and lazy, with what was said of each."""
    found = []
    for lazy in (False, True):
        notes = []
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            field = standardise_orography(ds, notes=notes, lazy=lazy)
        found.append((field, notes, [str(each.message) for each in said]))
    return found


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    "change",
    [
        lambda ds: ds,
        lambda ds: ds.isel(lat=slice(None, None, -1)),
        lambda ds: ds.assign_coords(lon=((LON + 170.0 + 180.0) % 360.0) - 180.0),
        lambda ds: ds.where(ds.orography < 1200),
        lambda ds: ds.assign(orography=(ds.orography * 3.28).assign_attrs(units="ft")),
        lambda ds: ds.assign(orography=ds.orography.drop_attrs()),
    ],
    ids=["south first", "north first", "across the date line", "gaps", "feet", "no unit"],
)
@pytest.mark.parametrize("name", ["surface_altitude", "height_above_reference_ellipsoid"])
def test_rows_are_those_of_the_whole(change, name):
    ds = change(terrain(standard_name=name))
    (held, notes, said), (lazy, other_notes, also_said) = both(ds)
    assert lazy.chunks is not None
    assert (other_notes, also_said) == (notes, said)
    np.testing.assert_array_equal(lazy.to_numpy(), held.to_numpy())
    np.testing.assert_array_equal(lazy[7:19].compute(), held[7:19])
    assert lazy.attrs == held.attrs
    for axis in ("lat", "lon"):
        np.testing.assert_array_equal(lazy[axis], held[axis])


@pytest.mark.usefixtures("few")
@pytest.mark.filterwarnings("ignore:heights 'orography' taken")
def test_geopotentials_are_held():
    ds = terrain()
    ds["orography"] = (ds.orography * 9.80665).assign_attrs(units="m2 s-2")
    assert not is_large(ds.orography)
    assert standardise_orography(ds, lazy=True).chunks is None


@pytest.mark.usefixtures("few")
def test_what_is_no_height_is_refused_at_once():
    ds = terrain()
    ds["orography"][50, 3] = -32768.0
    with pytest.raises(UnitsError, match="usual fill value"):
        standardise_orography(ds, lazy=True)


@pytest.mark.usefixtures("few")
def test_a_slice_reads_its_own_rows_alone(monkeypatch):
    ds = terrain(standard_name="height_above_reference_ellipsoid")
    field = standardise_orography(ds, lazy=True)
    read = []
    own = HeightRows._read
    monkeypatch.setattr(HeightRows, "_read", lambda *rows: read.append(rows[1:]) or own(*rows))
    field[13:17].compute(scheduler="synchronous")
    assert (min(start for start, _ in read), max(stop for _, stop in read)) == (13, 17)
