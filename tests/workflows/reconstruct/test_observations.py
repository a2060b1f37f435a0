import zipfile

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from tropdsx.errors import DomainError, GridError, InputError, TropdsxWarning, UnitsError
from tropdsx.workflows.reconstruct.observations import gather_observations, gather_places
from tropdsx.write.export.sinex_tro import write_sinex_tro

TIMES = np.array(["2022-03-09T00", "2022-03-09T06"], "datetime64[ns]")
PLACES = {"station": ["A", "B"], "lat": [47.0, 48.0], "lon": [19.0, -20.0], "height_m": [150, 900]}


def frame():
    """A row for each observation, and the place in each row."""
    rows = [
        {name: PLACES[name][k] for name in PLACES} | {"time": time, "ztd_m": 2.3 + 0.1 * k}
        for time in TIMES
        for k in range(2)
    ]
    return pd.DataFrame(rows)


def dataset():
    ztd = xr.DataArray([[2.3, 2.4]] * 2, {"time": TIMES}, ("time", "station"), attrs={"units": "m"})
    return ztd.to_dataset(name="ztd").assign_coords(
        lat=("station", PLACES["lat"], {"units": "degrees_north"}),
        lon=("station", PLACES["lon"], {"units": "degrees_east"}),
        height=("station", [150.0, 900.0], {"units": "m"}),
        station=PLACES["station"],
    )


def files(folder):
    pd.DataFrame(PLACES).to_csv(folder / "stations.csv", index=False)
    frame()[["station", "time", "ztd_m"]].to_csv(folder / "ztd.csv", index=False)
    return folder / "stations.csv", folder / "ztd.csv"


def test_every_form_gives_the_same(tmp_path):
    stations, ztd = files(tmp_path)
    dataset().to_netcdf(tmp_path / "all.nc")
    frame().to_csv(tmp_path / "both.csv", index=False)
    forms = [
        (frame(), None),
        (pd.DataFrame(PLACES), frame()[["station", "time", "ztd_m"]]),
        (frame().set_index(["station", "time"]), None),
        (tmp_path / "both.csv", None),
        (stations, ztd),
        (str(stations), dataset()),
        (dataset(), None),
        (dataset().transpose("station", "time"), None),
        (tmp_path / "all.nc", None),
        (pd.DataFrame(PLACES), dataset()["ztd"]),
    ]
    for form in forms:
        found = gather_observations(*form)
        assert found.ztd.dims == ("time", "station")
        np.testing.assert_allclose(found.ztd, [[2.3, 2.4]] * 2)
        np.testing.assert_array_equal(found.time, TIMES)
        assert found.station.values.tolist() == ["A", "B"]
        assert found.height.values.tolist() == [150.0, 900.0]
        assert found.lon.values.tolist() == [19.0, -20.0]


def test_names_are_matched_and_order_does_not_count():
    places = dataset().isel(station=[1, 0]).assign_coords(station=["b", "A"])
    with pytest.warns(TropdsxWarning, match="in other case"):
        found = gather_observations(places, dataset()["ztd"])
    assert found.sel(station="b").height == 900
    np.testing.assert_allclose(found.sel(station="b").ztd, 2.4)


def test_formal_errors_stay_with_their_station():
    sigma = xr.DataArray([[1.0, 2.0], [0.0, 3.0]], dims=("time", "station"), attrs={"units": "mm"})
    found = gather_observations(dataset().assign(ztd_sigma=sigma))
    np.testing.assert_allclose(found.ztd_sigma, [[1e-3, 2e-3], [np.nan, 3e-3]])


def test_units_of_datasets_are_converted():
    ds = dataset()
    ds["ztd"] = (ds["ztd"] * 1000).assign_attrs(units="mm")
    np.testing.assert_allclose(gather_observations(ds).ztd[0], [2.3, 2.4])
    ds["ztd"].attrs["units"] = "m"
    with pytest.raises(UnitsError):
        gather_observations(ds)


def test_heights_above_the_geoid_are_brought_to_the_ellipsoid():
    high = gather_places(dataset(), heights="geoid").height - 150
    assert 40 < float(high[0]) < 48  # the geoid at 47 N, 19 E
    told = dataset()
    told["height"].attrs["standard_name"] = "altitude"
    with pytest.warns(TropdsxWarning, match="undulation added"):
        found = gather_places(told).height
    assert float(found[0]) == pytest.approx(float(high[0]) + 150)


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        (lambda ds: ds.drop_vars("height"), GridError, "no list of stations"),
        (lambda ds: ds.drop_vars("ztd"), GridError, "no ztd found"),
        (lambda ds: ds.drop_vars("lat"), GridError, "latitude"),
        (lambda ds: ds.assign_coords(station=["A", "A"]), GridError, "several places: A"),
        (
            lambda ds: ds.assign_coords(height=("station", [1.0, np.nan], {"units": "m"})),
            GridError,
            "stations lack latitude, longitude or height: B; leave them out",
        ),
        (lambda ds: ds.assign_coords(time=[0, 1]), GridError, "a time of dates and stations"),
        (lambda ds: ds.isel(time=[0, 0]), GridError, r"\(time\) are missing or stand twice"),
    ],
)
def test_datasets_that_say_too_little(change, error, match):
    with pytest.raises(error, match=match):
        gather_observations(change(dataset()))


def test_one_name_at_two_places_in_a_frame():
    rows = frame()
    rows.loc[0, "lat"] = 40.0
    with pytest.raises(InputError, match="listed more than once: A"):
        gather_observations(rows)


def test_a_height_is_missing_in_a_frame():
    rows = frame().astype({"height_m": float})
    rows.loc[rows.station == "B", "height_m"] = np.nan
    with pytest.raises(InputError, match="station B has no height_m"):
        gather_observations(rows)


def test_stations_in_feet_are_told_of(tmp_path):
    stations = pd.DataFrame(
        {
            "station": list("ABCD"),
            "lat": [47.3, 46.9, 47.1, 46.6],
            "lon": [11.4, 11.0, 13.0, 8.6],
            "height": np.array([1500.0, 2500.0, 1500.0, 2100.0]) / 0.3048,
        }
    )
    with pytest.warns(TropdsxWarning, match="if they are in ft, name the column height_ft"):
        gather_places(stations)


def test_observations_of_other_stations_only():
    other = dataset()["ztd"].assign_coords(station=["X", "Y"])
    with pytest.raises(GridError, match="no observed station has a place"):
        gather_observations(pd.DataFrame(PLACES), other)


def test_a_sinex_file_holds_places_and_delays(tmp_path):
    path = write_sinex_tro(dataset(), tmp_path / "network.tro")
    found = gather_observations(path)
    np.testing.assert_allclose(found.ztd, [[2.3, 2.4]] * 2, atol=1e-5)
    np.testing.assert_allclose(found.height, [150.0, 900.0], atol=1e-3)


def test_series_may_be_patterns_and_archives(tmp_path):
    for day in range(2):
        write_sinex_tro(dataset().isel(time=[day]), tmp_path / f"day{day}.tro")
    with zipfile.ZipFile(tmp_path / "days.zip", "w") as archive:
        for day in range(2):
            archive.write(tmp_path / f"day{day}.tro", f"day{day}.tro")
    stations, _ = files(tmp_path)
    for name in ("day*.tro", "days.zip"):
        for given in ([tmp_path / name], [stations, str(tmp_path / name)]):
            found = gather_observations(*given)
            np.testing.assert_allclose(found.ztd, [[2.3, 2.4]] * 2, atol=1e-5)
            np.testing.assert_array_equal(found.time, TIMES)
            np.testing.assert_allclose(found.height, [150.0, 900.0], atol=1e-3)
    with pytest.raises(InputError, match=r"no such file: .*night\*.tro"):
        gather_observations(tmp_path / "night*.tro")


def test_heights_of_tables_are_what_the_caller_says(tmp_path):
    places, ztd = files(tmp_path)
    with pytest.warns(TropdsxWarning, match="'height_m' is taken as above the geoid"):
        found = gather_observations(places, ztd, heights="geoid")
    assert float(found.height[0]) == pytest.approx(150 + 44, abs=3)
    with pytest.warns(
        TropdsxWarning, match="the DataFrame: 'height_m' is taken as above the geoid"
    ):
        framed = gather_places(frame(), heights="geoid")
    np.testing.assert_array_equal(framed.height, found.height)
    with pytest.raises(DomainError, match="'feet'"):
        gather_places(places, heights="feet")


def test_messages_name_no_file_that_nobody_knows():
    wrong = frame().assign(ztd_m=2300.0)
    with pytest.raises(InputError, match=r"^the DataFrame: column ztd_m runs from 2300"):
        gather_observations(wrong)


def test_stations_without_any_formal_error_have_that_of_the_others():
    sigma = [[1.0, np.nan], [3.0, np.nan]]
    ds = dataset().assign(ztd_sigma=(("time", "station"), sigma, {"units": "mm"}))
    with pytest.warns(TropdsxWarning, match=r"1 of 2 stations have no formal error \(B\).* 2 mm"):
        found = gather_observations(ds)
    np.testing.assert_allclose(found.ztd_sigma, [[1e-3, 2e-3], [3e-3, 2e-3]])
    assert "the median of the others is taken" in found.attrs["assumed"]
    none = gather_observations(ds.assign(ztd_sigma=ds.ztd_sigma * np.nan))
    assert none.ztd_sigma.isnull().all()
    assert "assumed" not in none.attrs


def test_columns_that_change_beside_known_ones_are_told_of():
    more = frame().assign(source=["a", "b", "c", "d"], quality=[1, 1, 2, 1], network="EPN")
    with pytest.warns(TropdsxWarning, match="are not used: source, quality$"):
        found = gather_observations(more)
    np.testing.assert_allclose(found.ztd, [[2.3, 2.4]] * 2)
    assert found.height.values.tolist() == [150.0, 900.0]


def test_two_stations_at_one_place_stay_two_in_an_index():
    rows = frame().assign(lat=47.0, lon=19.0, height_m=150).set_index(["station", "time"])
    assert gather_observations(rows).station.values.tolist() == ["A", "B"]


def test_what_is_no_list_of_stations_is_refused_in_one_line():
    for places in ([(47, 19)], (47, 19), {"lat": [47]}, 5):
        with pytest.raises(
            InputError, match=r"the places are a .*; accepted are a file, a Dataset"
        ):
            gather_places(places)
    frame = pd.DataFrame([{"station": "A", "lat": 47.0, "lon": 19.0, "height_m": 100.0}])
    with pytest.raises(InputError, match=r"the observations are a list; .* station, time, ztd_m"):
        gather_observations(frame, [2.3])


def test_dates_of_an_index_without_a_name_are_times():
    frame = pd.DataFrame(
        [{"station": "A", "lat": 47.0, "lon": 19.0, "height_m": 9.0, "ztd_m": 2.4}]
    )
    found = gather_observations(frame.set_index(pd.DatetimeIndex(["2022-03-09T06"])))
    assert str(found.time.values[0])[:13] == "2022-03-09T06"


def test_a_series_that_places_no_station_wants_a_table_beside(tmp_path):
    path = tmp_path / "A.TRP"
    path.write_text(
        " STATION NAME     FLG   YYYY MM DD HH MM SS   MOD_U  SIGMA_U TOTAL_U\n"
        " ABMF 97103M001    A    2021 01 30 00 00 00  2.3086  0.00091 2.51280\n"
    )
    with pytest.raises(
        InputError, match="does not say where its stations are; give a table or SIN"
    ):
        gather_observations(path)
