"""GACOS: raw floats with a header, and GeoTIFF."""

import errno
import sys

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, OutputError, TropdsxWarning
from tropdsx.read.insar.gacos import open_gacos
from tropdsx.write.export import gacos as module
from tropdsx.write.export.gacos import write_gacos

from helpers.files import shared


def grid(hours=(6.5, 30)):
    rng = np.random.default_rng(7)
    time = np.datetime64("2021-01-01", "ns") + (np.array(hours) * 3600).astype("m8[s]")
    lat, lon = 36.0 - 0.0125 * np.arange(8), -118.0 + 0.0125 * np.arange(16)
    dims, shape = ("time", "lat", "lon"), (len(hours), lat.size, lon.size)
    return xr.Dataset(
        {
            "zhd": (dims, rng.uniform(2.0, 2.3, shape).astype("f4"), {"units": "m"}),
            "zwd": (dims, rng.uniform(0.1, 0.3, shape).astype("f4"), {"units": "m"}),
        },
        {"time": time, "lat": lat, "lon": lon},
    )


def test_layout(tmp_path):
    """Keys in the order of GACOS: readers in MATLAB take the first, second, 7th ... of them."""
    ds = grid()
    paths = write_gacos(ds, tmp_path)
    assert [path.name for path in paths] == ["20210101.ztd", "20210102.ztd"]
    header = (tmp_path / "20210101.ztd.rsc").read_text().splitlines()
    assert [line.split()[0] for line in header] == [
        *("WIDTH", "FILE_LENGTH", "XMIN", "XMAX", "YMIN", "YMAX", "X_FIRST", "Y_FIRST"),
        *("X_STEP", "Y_STEP", "X_UNIT", "Y_UNIT", "Z_OFFSET", "Z_SCALE", "PROJECTION", "DATUM"),
        "TIME_OF_DAY",
    ]
    values = dict(line.split(maxsplit=1) for line in header)
    assert (values["WIDTH"], values["FILE_LENGTH"]) == ("16", "8")
    assert (values["X_FIRST"], values["Y_FIRST"]) == ("-118", "36")
    assert (values["X_STEP"], values["Y_STEP"]) == ("0.0125", "-0.0125")
    assert values["TIME_OF_DAY"] == "6.5000 UTC"
    raw = np.fromfile(paths[0], "<f4").reshape(8, 16)
    np.testing.assert_allclose(raw, (ds.zhd + ds.zwd)[0], rtol=1e-7)


@pytest.mark.realdata
def test_keys_are_those_of_a_real_header(tmp_path):
    real = shared("formats/roipac_dem.rsc").read_text().split()[::2]
    write_gacos(grid(), tmp_path)
    mine = (tmp_path / "20210101.ztd.rsc").read_text().split()[::2]
    assert [key for key in mine if key in real] == real


@pytest.mark.parametrize("form", ["ztd", "tif"])
@pytest.mark.parametrize("registration", ["node", "corner"])
def test_read_back(tmp_path, form, registration):
    if form == "tif":
        pytest.importorskip("rasterio", reason="no rasterio (extra interop)")
    ds = grid()
    paths = write_gacos(ds, tmp_path, form=form, registration=registration)
    back = open_gacos(paths[::-1], registration=registration)
    np.testing.assert_allclose(back.ztd, ds.zhd + ds.zwd, rtol=1e-6)
    np.testing.assert_array_equal(back.time, ds.time)
    for axis in ("lat", "lon"):
        np.testing.assert_allclose(back[axis], ds[axis], atol=1e-9)


def test_any_orientation_and_unit(tmp_path):
    ds = grid()
    turned = xr.Dataset({"ztd": ((ds.zhd + ds.zwd) * 1000).assign_attrs(units="mm")})
    turned = (
        turned.assign_coords(lon=turned.lon + 360).sortby("lat").transpose("lon", "lat", "time")
    )
    for folder, each in (("a", ds), ("b", turned)):
        (tmp_path / folder).mkdir()
        write_gacos(each, tmp_path / folder)
    one, other = (open_gacos(tmp_path / folder / "20210101.ztd") for folder in "ab")
    np.testing.assert_allclose(one.ztd, other.ztd, rtol=1e-6)
    np.testing.assert_array_equal(one.lon, other.lon)
    np.testing.assert_array_equal(one.lat, other.lat)


def test_refused(tmp_path, monkeypatch):
    ds = grid()
    with pytest.raises(OutputError, match="2 epochs are of 2021-01-01, and names"):
        write_gacos(grid((6, 12)), tmp_path)
    with pytest.raises(OutputError, match="form 'png' and registration 'node' found"):
        write_gacos(ds, tmp_path, form="png")
    with pytest.raises(GridError, match="GACOS holds total delays"):
        write_gacos(ds.drop_vars("zwd"), tmp_path)
    with pytest.raises(GridError, match="have no dates"):
        write_gacos(ds.isel(time=0).drop_vars("time"), tmp_path)
    with pytest.raises(OutputError, match=r"folder .* does not exist"):
        write_gacos(ds, tmp_path / "none")
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(OutputError, match="needs rasterio, which is not here"):
        write_gacos(ds, tmp_path, form="tif")
    assert not list(tmp_path.iterdir())


def test_gaps_are_told(tmp_path):
    ds = xr.Dataset({"ztd": (grid().zhd + 0.1).assign_attrs(units="m")})
    ds["ztd"][0, 0, 0] = np.nan
    with pytest.warns(TropdsxWarning, match="1 of 128 nodes have no value at 2021-01-01T06:30"):
        (path, _) = write_gacos(ds, tmp_path)
    assert np.isnan(open_gacos(path).ztd.values).sum() == 1


def test_mintpy_reads_it(tmp_path):
    readfile = pytest.importorskip(
        "mintpy.utils.readfile", reason="no mintpy", exc_type=ImportError
    )
    ds = grid()
    (path, _) = write_gacos(ds, tmp_path, registration="corner")
    values, about = readfile.read(str(path))
    np.testing.assert_allclose(values, (ds.zhd + ds.zwd)[0], rtol=1e-6)
    first = float(about["Y_FIRST"]) + 0.5 * float(about["Y_STEP"])
    assert first == pytest.approx(36.0)


def test_nothing_is_written_where_any_file_is_in_the_way(tmp_path):
    (tmp_path / "20210102.ztd.rsc").write_text("")
    with pytest.raises(OutputError, match=r"20210102.ztd.rsc"):
        write_gacos(grid(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["20210102.ztd.rsc"]


def test_progress_counts_days(tmp_path):
    seen = []
    write_gacos(grid(), tmp_path, progress=lambda *done: seen.append(done))
    assert seen == [(1, 2), (2, 2)]


@pytest.mark.parametrize("place", [0, 1])
def test_a_day_without_any_value_gets_no_file(tmp_path, place):
    """However many were written before it."""
    ds = xr.Dataset({"ztd": (grid().zhd + 0.1).assign_attrs(units="m")})
    gap = ds.where(ds.time != ds.time[place])
    seen = []
    day = ("2021-01-01T06:30", "2021-01-02T06:00")[place]
    with pytest.warns(TropdsxWarning, match=f"1 of 2 epochs have no value .* no file: {day}"):
        paths = write_gacos(gap, tmp_path, progress=lambda *done: seen.append(done))
    assert [path.name for path in paths] == [("20210102.ztd", "20210101.ztd")[place]]
    assert {path.name for path in tmp_path.iterdir()} == {
        paths[0].name,
        f"{paths[0].name}.rsc",
    }
    assert seen == [(1, 2), (2, 2)]


def test_none_but_days_without_a_value_are_refused(tmp_path):
    ds = xr.Dataset({"ztd": (grid().zhd + 0.1).assign_attrs(units="m")})
    with pytest.raises(OutputError, match=r"missing \(NaN\) at 2021-01-01T06:30, 2021-01-02T06:00"):
        write_gacos(ds.where(ds.time < ds.time[0]), tmp_path)
    assert not list(tmp_path.iterdir())


def test_no_header_without_its_floats(tmp_path, monkeypatch):
    """A disk that is full when the floats are written."""

    class Full(np.ndarray):
        def tofile(self, *_):
            raise OSError(errno.ENOSPC, "no space left")

    original = module._totals

    def totals(ds):
        found, of = original(ds)
        return found, lambda place: np.asarray(of(place)).view(Full)

    monkeypatch.setattr(module, "_totals", totals)
    with pytest.raises(OutputError, match="no space left"):
        write_gacos(grid(), tmp_path)
    assert not list(tmp_path.iterdir())
