"""Nothing points to nothing: attributes that name variables, and what becomes of them."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.attributes.references import (
    parse_cell_methods,
    rename_references,
    settle_references,
)

from helpers.grids import delays


def settled(attrs, **others):
    """Attributes of zwd after the check, in a Dataset of these other variables, and the notes."""
    ds = delays().assign(others)
    ds.zwd.attrs = dict(attrs)
    before = ds.copy(deep=True)
    out, notes = settle_references(ds)
    xr.testing.assert_identical(ds, before)  # the caller's stays
    found = dict(out.zwd.attrs)
    if "coordinates" in out.zwd.encoding:
        found["coordinates"] = out.zwd.encoding["coordinates"]
    return found, notes


CRS = ((), 0, {"grid_mapping_name": "latitude_longitude"})
GONE = {
    "bounds": "zwd_bnds",
    "climatology": "climatology_bounds",
    "grid_mapping": "spatial_ref",
    "coordinates": "lat_2d lon_2d",
    "ancillary_variables": "zwd_flag zwd_error",
    "cell_measures": "area: areacella",
    "formula_terms": "a: hyam b: hybm ps: ps",
    "cell_methods": "depth: mean",
    "geometry": "polygons",
    "node_coordinates": "x y",
    "mesh": "mesh2d",
    "compress": "landpoint",
    "_CoordinateAxes": "t y x",
}


@pytest.mark.parametrize("key", GONE)
def test_what_is_not_there_is_named_no_more_and_noted(key):
    found, notes = settled({key: GONE[key], "units": "m"})
    assert found == {"units": "m"}
    assert len(notes) == 1
    assert notes[0].startswith(f"zwd: {key} ")


PRESENT = {
    "grid_mapping": ("crs", {"crs": CRS}),
    "ancillary_variables": ("zhd flag", {"flag": 0}),
    "cell_measures": ("area: cells", {"cells": 1.0}),
    "formula_terms": ("a: hyam ps: zhd", {"hyam": 1.0}),
    "cell_methods": ("time: mean (interval: 6 hours) lat: lon: point area: point", {}),
    "coordinates": ("number", {"number": 3}),
}


@pytest.mark.parametrize("key", PRESENT)
def test_what_is_there_stays_to_the_letter(key):
    text, others = PRESENT[key]
    assert settled({key: text}, **others) == ({key: text}, ())


def test_of_a_list_those_stay_that_are_there():
    found, notes = settled(
        {"ancillary_variables": "zhd gone", "cell_measures": "area: gone volume: cells"}, cells=1.0
    )
    assert found == {"ancillary_variables": "zhd", "cell_measures": "volume: cells"}
    assert sorted(note.split()[1] for note in notes) == ["ancillary_variables", "cell_measures"]


def test_a_measure_in_another_file_is_no_loose_end():
    ds = delays().assign_attrs(external_variables="areacella")
    ds.zwd.attrs["cell_measures"] = "area: areacella"
    assert settle_references(ds)[0].zwd.attrs["cell_measures"] == "area: areacella"


@pytest.mark.parametrize("text", ["crs", "crs: lat lon", "crs: lat lon utm: zhd"])
def test_a_grid_mapping_may_be_spelled_in_both_ways(text):
    utm = ((), 0, {"crs_wkt": "PROJCRS[...]"})
    assert settled({"grid_mapping": text}, crs=CRS, utm=utm)[0] == {"grid_mapping": text}


def test_a_variable_that_maps_no_grid_is_no_grid_mapping():
    assert settled({"grid_mapping": "crs"}, crs=1)[0] == {}


def test_a_coordinate_along_another_dimension_is_none_of_a_field():
    found, _ = settled({"coordinates": "names zhd"}, names=("station", ["A", "B"]))
    assert found == {"coordinates": "zhd"}


def test_relations_in_the_encoding_are_looked_at_too():
    ds = delays()
    ds.zwd.encoding = {"grid_mapping": "gone", "coordinates": "gone", "dtype": "float32"}
    out, notes = settle_references(ds)
    assert out.zwd.encoding == {"dtype": "float32"}
    assert len(notes) == 2


def test_attributes_that_are_no_text_are_dropped_and_none_is_left_alone():
    ds = delays()
    ds.zwd.attrs = {"bounds": 3, "grid_mapping": np.array([1.0])}
    ds.zhd.encoding["coordinates"] = None
    out, _ = settle_references(ds)
    assert out.zwd.attrs == {}
    assert out.zhd.encoding == {"coordinates": None}


CELLS = {
    "of the cells": (lambda t: np.stack([t - 3, t + 3], 1), True),
    "that end in the epoch": (lambda t: np.stack([t - 6, t], 1), True),
    "downwards": (lambda t: np.stack([t + 3, t - 3], 1), True),
    "of other times": (lambda t: np.stack([t + 24, t + 30], 1), False),
    "of two epochs only": (lambda t: np.stack([t[:2], t[:2] + 6], 1), False),
}


@pytest.mark.parametrize("case", CELLS)
@pytest.mark.parametrize("dates", [False, True])
def test_bounds_of_time_hold_or_go(case, dates):
    make, holds = CELLS[case]
    hours = np.arange(3.0) * 6
    cells = make(hours)
    if dates:
        start = np.datetime64("2022-07-01", "ns")
        hours, cells = (start + each.astype("m8[h]") for each in (hours, cells))
    dims = ("time", "nv") if cells.shape[0] == 3 else ("other", "nv")
    ds = xr.Dataset({"time_bnds": (dims, cells)}, {"time": ("time", hours)})
    ds.time.attrs["bounds"] = "time_bnds"
    out, notes = settle_references(ds)
    assert ("bounds" in out.time.attrs) == holds
    assert bool(notes) != holds


@pytest.mark.parametrize("key", ["units", "calendar"])
def test_dates_are_no_numbers_any_more(key):
    ds = delays()
    ds.time.attrs[key] = {"units": "hours since 1900-01-01", "calendar": "noleap"}[key]
    out, notes = settle_references(ds)
    assert key not in out.time.attrs
    assert len(notes) == 1


def test_numbers_that_are_dates_keep_their_calendar_and_others_have_none():
    since = {"units": "hours since 1900-01-01", "calendar": "noleap"}
    ds = xr.Dataset(coords={"time": ("time", [0.0], since)})
    ds["zwd"] = ("time", [0.1], {"units": "m", "calendar": "noleap"})
    out, _ = settle_references(ds)
    assert out.time.attrs == since
    assert out.zwd.attrs == {"units": "m"}


DIGITS = {
    "quantization": "info",
    "quantization_nsb": 9,
    "quantization_nsd": 3,
    "least_significant_digit": 3,
    "number_of_significant_digits": 4,
    "QuantizeBitRoundNumberOfSignificantBits": 7,
    "_QuantizeBitGroomNumberOfSignificantDigits": 3,
}


@pytest.mark.parametrize("key", DIGITS)
def test_digits_of_the_input_are_not_those_of_the_result(key):
    found, notes = settled({key: DIGITS[key], "units": "m"}, info=0)
    assert found == {"units": "m"}
    assert notes == (f"zwd: {key} of the input left out",)


def test_the_place_of_another_grid_goes():
    ds = delays().assign(spatial_ref=((), 0, {"crs_wkt": "x", "GeoTransform": "0 1 0 90 0 -1"}))
    out, notes = settle_references(ds)
    assert out.spatial_ref.attrs == {"crs_wkt": "x"}
    assert notes == ("spatial_ref: GeoTransform left out: of another grid",)


NAMES = {"latitude": "lat", "longitude": "lon", "valid_time": "time"}
RENAMED = {
    "cell_methods": (
        "valid_time: mean (over valid_time) latitude: longitude: point",
        "time: mean (over valid_time) lat: lon: point",
    ),
    "coordinates": ("latitude longitude number", "lat lon number"),
    "ancillary_variables": ("latitude", "lat"),
    "bounds": ("valid_time", "time"),
    "grid_mapping": ("crs: latitude longitude", "crs: lat lon"),
    "formula_terms": ("latitude: latitude b: longitude", "latitude: lat b: lon"),
    "cell_measures": ("area: latitude", "area: lat"),
}


@pytest.mark.parametrize("key", RENAMED)
@pytest.mark.parametrize("place", ["attrs", "encoding"])
def test_attributes_follow_new_names(key, place):
    before, after = RENAMED[key]
    ds = xr.Dataset({"zwd": 0.1})
    getattr(ds.zwd, place)[key] = before
    out = rename_references(ds, NAMES)
    assert getattr(out.zwd, place)[key] == after
    assert getattr(ds.zwd, place)[key] == before


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("time: mean", [("time",)]),
        ("lat: lon: mean time: point", [("lat", "lon"), ("time",)]),
        ("area: mean where land over sea time: max within days", [("area",), ("time",)]),
        ("time: sum (interval: 1 hr comment: by hand) area: point", [("time",), ("area",)]),
        ("", []),
        ("of no form", []),
    ],
)
def test_cell_methods_are_split_into_their_entries(text, names):
    entries = parse_cell_methods(text)
    assert [each for each, _ in entries] == names
    if names:
        assert " ".join(entry for _, entry in entries) == text
