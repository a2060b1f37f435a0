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
    monkeypatch.setattr(station_tables, "_ROWS", 8)
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
