"""Series of stations as tidy tables."""

import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from tropdsx.errors import OutputError, TropdsxWarning
from tropdsx.read.stations import read_observations, read_stations
from tropdsx.write.export import station_tables
from tropdsx.write.export.station_tables import write_csv, write_parquet

from helpers.series import series


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".csv.xz"])
def test_csv_is_tidy_and_read_back(tmp_path, ending):
    ds = series()
    path = write_csv(ds, tmp_path / f"out{ending}")
    frame = pd.read_csv(path)
    assert list(frame.columns[:5]) == ["station", "time", "lat", "lon", "height_ell_m"]
    assert list(frame.columns[5:]) == ["zhd_m", "zwd_m", "ztd_m"]
    assert len(frame) == ds.sizes["time"] * ds.sizes["station"]
    assert frame.time[0] == "2021-12-30T12:00:00Z"
    assert (frame.station.values[:8] == "WTZR").all()
    back = read_observations(path)
    np.testing.assert_allclose(back.sel(station=ds.station), ds.ztd, atol=5.01e-6)
    once = tmp_path / "stations.csv"
    frame.drop_duplicates("station").to_csv(once, index=False)
    np.testing.assert_allclose(read_stations(once).height, ds.height)


def test_blocks_of_stations_are_one_table(tmp_path, monkeypatch):
    whole = write_csv(series(), tmp_path / "a.csv").read_bytes()
    monkeypatch.setattr(station_tables, "_LINES", 8)
    assert write_csv(series(), tmp_path / "b.csv").read_bytes() == whole


def test_gaps(tmp_path):
    ds = series()
    ds["zwd"][0, 0] = np.nan
    for name in ("zhd", "zwd", "ztd"):
        ds[name][3, 1] = np.nan
    with pytest.warns(TropdsxWarning, match="1 of 24 rows have no value and are left out"):
        path = write_csv(ds, tmp_path / "a.csv")
    lines = path.read_text().splitlines()
    assert len(lines) == 24
    assert ",," in lines[1]


def test_parquet(tmp_path):
    pq = pytest.importorskip("pyarrow.parquet", reason="no pyarrow")
    ds = series()
    frame = pq.read_table(write_parquet(ds, tmp_path / "a.parquet")).to_pandas()
    assert list(frame.columns) == [
        *("station", "time", "lat", "lon", "height_ell_m"),
        *("zhd_m", "zwd_m", "ztd_m"),
    ]
    np.testing.assert_array_equal(frame.ztd_m.values.reshape(3, 8).T, ds.ztd)
    assert str(frame.time.dt.tz) == "UTC"


def test_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(OutputError, match=r"needs pyarrow, .*name the output .csv or .nc"):
        write_parquet(series(), tmp_path / "a.parquet")
    with pytest.raises(OutputError, match="there is no variable on"):
        write_csv(xr.Dataset(coords=series().coords), tmp_path / "a.csv")
    assert not list(tmp_path.iterdir())
    (tmp_path / "a.csv").write_text("")
    with pytest.raises(OutputError, match="exists"):
        write_csv(series(), tmp_path / "a.csv")


def test_times_of_another_system_are_not_called_utc(tmp_path):
    ds = xr.Dataset(
        {"ztd": (("time", "station"), [[2.3]], {"units": "m"})},
        {"time": np.array(["2021-01-01T00:00:18"], "M8[ns]"), "station": ["WTZR"]}
        | {name: ("station", [1.0], {"units": "m"}) for name in ("lat", "lon", "height")},
        {"time_system": "GPS"},
    )
    text = write_csv(ds, tmp_path / "a.csv").read_text()
    assert "2021-01-01T00:00:18," in text
    del ds.attrs["time_system"]
    assert "2021-01-01T00:00:18Z," in write_csv(ds, tmp_path / "b.csv").read_text()


def reference(ds):
    """Rows as Python writes them, one by one."""
    names = [name for name in ds.data_vars if set(ds[name].dims) == {"time", "station"}]
    for place in range(ds.sizes["station"]):
        at = ds.isel(station=place)
        about = [f"{float(at[name]):.{digits}f}" for name, digits in PLACE.items()]
        for epoch in range(ds.sizes["time"]):
            values = [float(at[name][epoch]) for name in names]
            if any(value == value for value in values):
                cells = ["" if value != value else f"{value:.5f}" for value in values]
                time = f"{at.time.values[epoch]!s:.19}Z"
                yield ",".join([str(at.station.values), time, *about, *cells])


PLACE = {"lat": 6, "lon": 6, "height": 3}


@pytest.mark.filterwarnings("ignore:.*rows have no value")
def test_every_letter_is_that_of_a_plain_loop(tmp_path):
    rng = np.random.default_rng(2)
    fields = 10.0 ** rng.uniform(-6, 3, (2, 30, 11)) * rng.choice([-1, 1], (2, 30, 11))
    fields[rng.random(fields.shape) < 0.3] = np.nan
    place = {"lat": rng.uniform(-90, 90, 11), "lon": rng.uniform(-180, 180, 11)}
    place["height"] = rng.uniform(-50, 5000, 11)
    ds = xr.Dataset(
        {
            "ztd": (("time", "station"), fields[0].astype("f4"), {"units": "m"}),
            "share": (("station", "time"), fields[1].T, {"units": "1"}),
        },
        {"time": np.datetime64("2021-12-31", "ns") + np.arange(30) * np.timedelta64(1, "h")}
        | {"station": [f"S{2**k}" for k in range(11)]}
        | {name: ("station", values, {"units": "m"}) for name, values in place.items()},
    )
    lines = write_csv(ds, tmp_path / "a.csv").read_text().splitlines()
    assert lines[0] == "station,time,lat,lon,height_ell_m,ztd_m,share"
    assert lines[1:] == list(reference(ds))


def test_names_with_commas_and_quotes_are_read_back(tmp_path):
    names = ["Bern, CH", 'the "old" one', "Zürich"]
    path = write_csv(series().assign_coords(station=names), tmp_path / "a.csv")
    assert pd.read_csv(path).station.unique().tolist() == names


def test_parquet_leaves_out_rows_without_values(tmp_path):
    pq = pytest.importorskip("pyarrow.parquet", reason="no pyarrow")
    ds = series()
    ds["zwd"][0, 0] = np.nan
    for name in ("zhd", "zwd", "ztd"):
        ds[name][3, 1] = np.nan
    with pytest.warns(TropdsxWarning, match="1 of 24 rows have no value and are left out"):
        table = pq.read_table(write_parquet(ds, tmp_path / "a.parquet"))
    assert table.num_rows == 23
    assert table["zwd_m"].null_count == 1


def test_parquet_has_a_row_for_each_direction(tmp_path):
    pq = pytest.importorskip("pyarrow.parquet", reason="no pyarrow")
    above = xr.DataArray([10.0, 2.0], {"elevation": [5.0, 30.0]}, ("elevation",))
    ds = series()
    ds = ds.assign(slant_delay=(ds.ztd * above).assign_attrs(units="m"))
    frame = pq.read_table(write_parquet(ds, tmp_path / "a.parquet")).to_pandas()
    assert frame.elevation_deg.tolist() == [5.0, 30.0] * 24
    wanted = ds.slant_delay.transpose("station", "time", "elevation")
    np.testing.assert_array_equal(frame.slant_delay_m.values.reshape(3, 8, 2), wanted)
    np.testing.assert_array_equal(frame.ztd_m.values.reshape(3, 8, 2)[..., 1], ds.ztd.T)
    assert frame.time.iloc[:2].dt.tz_localize(None).tolist() == [ds.time.to_index()[0]] * 2
