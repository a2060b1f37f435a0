"""Stations in any form, and what is wrong with them in one line."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from tropdsx.errors import DomainError, InputError, TropdsxWarning
from tropdsx.geoid.undulation import geoid_undulation
from tropdsx.grid.standardise import standardise_grid
from tropdsx.workflows.stations.places import find_places, window_of

from helpers.files import shared
from helpers.series import series
from helpers.stations import weather

LISTS = {"station": ["WTZR", "0001"], "lat": [49.14, 46.9], "lon": [12.88, 7.5], "height": [666, 5]}


@pytest.mark.parametrize(
    "stations",
    [
        LISTS,
        pd.DataFrame(LISTS),
        pd.DataFrame(LISTS).set_index("station"),
        {"ID": LISTS["station"], "Lat": LISTS["lat"], "Lon": LISTS["lon"], "Hgt_m": [666, 5]},
        {
            "Name": ["WTZR", "0001"],
            "latitude": [49.14, 46.9],
            "lng": [12.88, 7.5],
            "h_km": [0.666, 0.005],
        },
        xr.Dataset(
            {name: ("station", LISTS[name]) for name in ("lat", "lon", "height")},
            {"station": LISTS["station"]},
        ),
        xr.Dataset(
            {name: ("station", LISTS[name]) for name in ("lat", "lon", "height")},
            {"station_name": ("station", LISTS["station"])},
        ),
    ],
)
def test_forms(stations):
    found = find_places(stations)
    assert found.station.values.tolist() == ["WTZR", "0001"]
    np.testing.assert_allclose(found.height, [666, 5])
    np.testing.assert_allclose(found.lon, [12.88, 7.5])


def test_files(tmp_path):
    path = tmp_path / "raider.csv"
    path.write_text("ID,Lat,Lon,Hgt_m\nWTZR,49.14,12.88,666\n")
    assert find_places(path).height.item() == 666
    path.write_text(
        "%=SNX 2.02 A\n+SITE/ID\n"
        "*CODE PT __DOMES__ T _STATION DESCRIPTION__ APPROX_LON_ APPROX_LAT_ _APP_H_\n"
        " WTZR  A 14201M010 P Wettzell, DE            12 52 44.1  49  8 39.1   666.0\n"
        "-SITE/ID\n%ENDSNX\n"
    )
    found = find_places(path)
    assert found.station.item() == "WTZR"
    assert found.lat.item() == pytest.approx(49.144194, abs=1e-6)
    path.write_text("%=SNX 2.02 A\n+SITE/DATA\n-SITE/DATA\n%ENDSNX\n")
    with pytest.raises(InputError, match="places no station; accepted is SINEX with"):
        find_places(path)


def test_numbers_without_names():
    assert find_places(
        {"lat": [1.0, 2.0], "lon": [3, 4], "height": [5, 6]}
    ).station.values.tolist() == [
        "0",
        "1",
    ]


def test_heights_above_the_geoid():
    with pytest.warns(TropdsxWarning, match="taken as above the geoid"):
        found = find_places(LISTS, heights="geoid")
    np.testing.assert_allclose(
        found.height, np.add([666, 5], geoid_undulation(LISTS["lat"], LISTS["lon"]))
    )
    above = {**LISTS, "altitude": LISTS["height"]}
    del above["height"]
    with pytest.warns(TropdsxWarning, match="taken as above sea level"):
        np.testing.assert_allclose(find_places(above).height, found.height)
    named = series()
    named["height"].attrs["standard_name"] = "altitude"
    with pytest.warns(TropdsxWarning, match="above the geoid"):
        assert (find_places(named).height > named.height + 20).all()


@pytest.mark.filterwarnings("ignore:.*taken as above")
@pytest.mark.parametrize(("heights", "times"), [("auto", 1), ("ellipsoid", 0), ("geoid", 1)])
def test_the_word_of_the_caller_goes_before_that_of_names_and_attributes(heights, times):
    moved = times * geoid_undulation(LISTS["lat"], LISTS["lon"])
    above = {key: value for key, value in LISTS.items() if key != "height"}
    found = find_places({**above, "elevation": LISTS["height"]}, heights=heights)
    np.testing.assert_allclose(found.height, LISTS["height"] + moved)
    named = series()
    named["height"].attrs["standard_name"] = "altitude"
    moved = times * geoid_undulation(named["lat"], named["lon"])
    np.testing.assert_allclose(find_places(named, heights=heights).height, named.height + moved)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"station": ["A", "A"]}, "listed more than once: A; keep one row"),
        ({"lat": [490.0, 1.0]}, "lat 490 is no latitude; .*swapped"),
        ({"lat": [None, 1.0]}, "no lat; a station needs one"),
        ({"height": [2e4, 1.0]}, r"height 20000 m; accepted .* height_ft or height_km"),
        ({"height": ["high", 1.0]}, "height 'high' is no number"),
        ({"lat": [1.0]}, "are no lists of one length"),
        ({"station": ["", "A"]}, "a row has no station; name it"),
        ({"station": [], "lat": [], "lon": [], "height": []}, "there are no stations"),
    ],
)
def test_bad_tables(change, message):
    with pytest.raises(InputError, match=message):
        find_places({**LISTS, **change})


def test_other_forms_are_refused():
    with pytest.raises(InputError, match="has columns station, lat, lon; one of height_ell"):
        find_places({key: LISTS[key] for key in ("station", "lat", "lon")})
    with pytest.raises(InputError, match="stations are a list; accepted are a file"):
        find_places([("A", 1, 2, 3)])
    with pytest.raises(InputError, match="has no height on the dimension station"):
        find_places(series().drop_vars("height"))
    with pytest.raises(DomainError, match="heights='sea' found"):
        find_places(LISTS, heights="sea")


def test_stations_outside_are_named():
    grid, _ = standardise_grid(weather())
    inside = find_places(LISTS)
    assert not window_of(grid, inside).outside.any()
    with pytest.warns(
        TropdsxWarning, match="1 of 2 stations lie outside the grid and get no delays: 0001"
    ):
        found = window_of(grid, find_places({**LISTS, "lat": [49.14, 20.0]}))
    assert found.outside.tolist() == [False, True]
    with pytest.raises(InputError, match=r"no station lies inside .*\(swapped, they lie inside\)"):
        window_of(grid, find_places({**LISTS, "lat": [12.88, 7.5], "lon": [49.14, 46.9]}))
    with pytest.raises(InputError, match="no station lies inside the grid"):
        window_of(grid, find_places({**LISTS, "lat": [-49.14, -46.9]}))


def test_the_window_keeps_what_a_cubic_needs():
    lat, lon = np.arange(89.5, -90, -1), np.arange(0.5, 360, 1)
    globe = xr.Dataset(coords={"lat": lat, "lon": lon})
    window = window_of(globe, find_places({"lat": [49.2], "lon": [12.1], "height": [0]}))
    rows, columns = lat[window.rows], lon[window.columns]
    assert rows[0] - 49.2 >= 2 <= 49.2 - rows[-1]
    assert columns[-1] - 12.1 >= 2 <= 12.1 - columns[0]
    assert rows.size <= 9
    seam = window_of(globe, find_places({"lat": [49.2], "lon": [359.9], "height": [0]}))
    assert lon[seam.columns].size == 360
    pole = window_of(globe, find_places({"lat": [89.9], "lon": [100.0], "height": [0]}))
    assert (lat[pole.rows][0], lon[pole.columns].size) == (89.5, 360)


@pytest.mark.realdata
def test_real_stations():
    found = find_places(shared("gnss/gnss_stations_dev.csv"))
    assert found.sizes["station"] == 62


def test_units_of_a_dataset_count():
    """Kilometres were taken for metres, radians for degrees."""
    lat, lon = (np.radians([each]) for each in (49.14, 12.88))
    ds = xr.Dataset(
        {
            "lat": ("station", lat, {"units": "radian"}),
            "lon": ("station", lon, {"units": "radian"}),
            "height": ("station", [0.666], {"units": "km"}),
        },
        {"station": ["WTZR"]},
    )
    found = find_places(ds)
    assert found.height.item() == pytest.approx(666.0)
    assert (found.lat.item(), found.lon.item()) == pytest.approx((49.14, 12.88))
    named = ds.assign(lat=("station", [49.14], {"units": "degrees_north"}))
    assert find_places(named).lat.item() == 49.14
