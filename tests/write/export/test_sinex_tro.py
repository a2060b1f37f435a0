"""SINEX_TRO 2.00: the layout of the format's document, and what readers find in it."""

import re
import warnings

import numpy as np
import pytest

from tropdsx.errors import OutputError, TropdsxWarning
from tropdsx.read.series.sinex_tro import read_sinex_tro
from tropdsx.write.export.sinex_tro import write_sinex_tro

from helpers.series import series


def block(text, name):
    return re.search(rf"^\+{name}\n(.*?)^-{name}$", text, re.M | re.S)[1].splitlines()


def test_layout(tmp_path):
    ds = series()
    ds["ztd_sigma"] = ds.ztd * 0 + 0.0041
    text = write_sinex_tro(ds, tmp_path / "a.tro", agency="GOP").read_text()
    first, *_, last = text.splitlines()
    assert re.fullmatch(
        r"%=TRO 2\.00 GOP \d{4}:\d{3}:\d{5} GOP 2021:364:43200 2022:001:21600 M MIX", first
    )
    assert last == "%=ENDTRO"
    order = re.findall(r"^\+(\S+)$", text, re.M)
    assert order == [
        "FILE/REFERENCE",
        "TROP/DESCRIPTION",
        "SITE/ID",
        "SITE/COORDINATES",
        "TROP/SOLUTION",
    ]
    assert order == re.findall(r"^-(\S+)$", text, re.M)
    heading, row = block(text, "SITE/ID")[:2]
    start = heading.index("_LONGITUDE")
    assert row[1:10] == "WTZR     "
    assert row[start : start + 10] == " 12.879000"
    assert row[start + 11 : start + 21] == " 49.144000"
    assert row[start + 22 : start + 31] == "  666.000"
    heading, row = block(text, "SITE/COORDINATES")[:2]
    start = heading.index("__STA_X_____")
    assert len(row[start : start + 12].split()) == 1
    heading, row = block(text, "TROP/SOLUTION")[:2]
    # Each value ends below the last letter of its name; widths are as described.
    named = block(text, "TROP/DESCRIPTION")
    names, units, widths = (
        next(line[29:].split() for line in named if f"PARAMETER {what}" in line)
        for what in ("NAMES", "UNITS", "WIDTH")
    )
    assert names == heading.split()[2:] == ["TROTOT", "STDDEV", "TRODRY", "TROWET"]
    assert units == ["1e+03"] * 4
    end = 25
    for name, width in zip(names, widths, strict=True):
        end += 1 + int(width)
        assert heading[:end].endswith(name)
        assert re.fullmatch(r"[\d.]+\d\d", row[end - int(width) : end].strip())
    assert len(row) == end
    assert row[:25] == " WTZR      2021:364:43200"


def test_read_back_at_the_digits_of_the_format(tmp_path):
    ds = series()
    ds["gradient_north"] = (ds.ztd * 0 - 0.4567).assign_attrs(units="mm")
    ds["gradient_north_sigma"] = (ds.ztd * 0 + 0.02).assign_attrs(units="mm")
    back = read_sinex_tro(write_sinex_tro(ds, tmp_path / "a.tro"))
    for name in ("ztd", "zhd", "zwd"):
        np.testing.assert_allclose(back[name], ds[name], atol=5.001e-6)
    np.testing.assert_allclose(back.gradient_north, -0.457e-3, atol=1e-9)
    np.testing.assert_allclose(back.gradient_north_sigma, 0.02e-3, atol=1e-9)
    np.testing.assert_array_equal(back.time, ds.time)
    np.testing.assert_allclose(back.lat, ds.lat, atol=1e-8)
    np.testing.assert_allclose(back.lon, ds.lon, atol=1e-8)
    np.testing.assert_allclose(back.height, ds.height, atol=1e-3)
    assert back.attrs["time_system"] == "UTC"


def test_the_time_system_goes_round(tmp_path):
    """GPS time is 18 s ahead of UTC: the word must not change on the way."""
    ds = series().assign_attrs(time_system="GPS")
    back = read_sinex_tro(write_sinex_tro(ds, tmp_path / "a.tro"))
    assert back.attrs["time_system"] == "G"
    np.testing.assert_array_equal(back.time, ds.time)
    again = write_sinex_tro(back, tmp_path / "b.tro")
    assert read_sinex_tro(again).attrs["time_system"] == "G"


def test_precipitable_water_is_a_column(tmp_path):
    """In kg m-2, whatever the unit here."""
    ds = series().assign(pwv=(series().ztd * 0 + 2.5).assign_attrs(units="cm"))
    ds["pwv_sigma"] = (ds.ztd * 0 + 0.8).assign_attrs(units="mm")
    path = write_sinex_tro(ds, tmp_path / "a.tro", variables=["ztd", "iwv"])
    back = read_sinex_tro(path)
    np.testing.assert_allclose(back.iwv, 25.0)
    np.testing.assert_allclose(back.iwv_sigma, 0.8)
    assert path.read_text().splitlines()[0].endswith(" P MIX")


def test_total_is_made_of_the_parts_and_units_are_read(tmp_path):
    ds = series().drop_vars("ztd")
    ds["zwd"] = (ds.zwd * 100).assign_attrs(units="cm")
    back = read_sinex_tro(write_sinex_tro(ds, tmp_path / "a.tro"))
    np.testing.assert_allclose(back.ztd, series().ztd, atol=5.001e-6)


def test_rows_with_gaps_are_left_out_and_counted(tmp_path):
    ds = series()
    ds["zwd"][2, 1] = np.nan
    with pytest.warns(TropdsxWarning, match="1 of 24 rows lack a value"):
        path = write_sinex_tro(ds, tmp_path / "a.tro")
    assert len(block(path.read_text(), "TROP/SOLUTION")) == 24  # the heading and 23 rows
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_sinex_tro(ds, path, overwrite=True, variables=["ztd"])


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({"station": ["ABCDEFGHIJ", "B", "C"]}, {}, "'ABCDEFGHIJ' has a name"),
        ({"station": ["A B", "B C", "C"]}, {}, "'A B' .and 1 more. has a name"),
        ({}, {"agency": "TU Wien"}, "agency 'TU Wien' and technique 'M' found"),
        ({}, {"technique": "X"}, "technique 'X' found; accepted are three letters, and one of P"),
        ({}, {"variables": ["pwv"]}, "pwv found for SINEX_TRO; it knows ztd, zhd"),
    ],
)
def test_refused(tmp_path, change, options, message):
    with pytest.raises(OutputError, match=message):
        write_sinex_tro(series().assign_coords(**change), tmp_path / "a.tro", **options)
    assert not list(tmp_path.iterdir())


def test_never_half_a_file(tmp_path, monkeypatch):
    def broken(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("tropdsx.write.export.sinex_tro._write_solution", broken)
    with pytest.raises(KeyboardInterrupt):
        write_sinex_tro(series(), tmp_path / "a.tro")
    assert not list(tmp_path.iterdir())
    (tmp_path / "a.tro").write_text("old")
    with pytest.raises(OutputError, match="exists"):
        write_sinex_tro(series(), tmp_path / "a.tro")


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # theirs, with pandas 3.1
def test_gnssanalysis_reads_it(tmp_path):
    """It goes by position: totals and gradients with sigmas are what its Bernese mode expects."""
    trop = pytest.importorskip(
        "gnssanalysis.gn_io.trop", reason="no gnssanalysis (extra interop)", exc_type=ImportError
    )
    ds = series()
    for name in ("gradient_north", "gradient_east"):
        ds[name] = (ds.ztd * 0 + 0.0005 * (1 + (name == "gradient_east"))).assign_attrs(units="m")
    for name in ("ztd", "gradient_north", "gradient_east"):
        ds[f"{name}_sigma"] = (ds.ztd * 0 + 0.004).assign_attrs(units="m")
    wanted = ["ztd", "gradient_north", "gradient_east"]
    path = write_sinex_tro(ds, tmp_path / "a.tro", variables=wanted)
    found = trop.read_tro_solution(str(path), "Bernese").to_xarray()
    np.testing.assert_allclose(
        found[("TROTOT", "VAL")].sel(CODE=ds.station.values).values.T, ds.ztd * 1000, atol=0.006
    )
    np.testing.assert_allclose(found[("TGETOT", "VAL")], 1.0, atol=1e-6)


@pytest.mark.filterwarnings("ignore")  # of geodezyx and what it imports
def test_geodezyx_reads_it(tmp_path):
    read = pytest.importorskip(
        "geodezyx.files_rw.read", reason="no geodezyx (extra interop)", exc_type=ImportError
    )
    ds = series()
    ds["ztd_sigma"] = (ds.ztd * 0 + 0.004).assign_attrs(units="m")
    path = write_sinex_tro(ds, tmp_path / "a.tro")
    found = read.read_snx_trop(str(path), auto_desc_cols=True)
    wanted = ds.to_dataframe().reset_index().set_index(["station", "time"])
    found = found.set_index(["site", "epoch"]).sort_index()
    for theirs, own in (("trotot", "ztd"), ("trodry", "zhd"), ("trowet", "zwd")):
        there = wanted[own].sort_index().to_numpy() * 1000
        np.testing.assert_allclose(found[theirs].to_numpy(), there, atol=0.0051)
    assert (found.trotot_sig == 4.0).all()


def test_a_column_that_is_missing_everywhere_takes_no_row_with_it(tmp_path):
    """One standard deviation that nobody knew left a file without rows."""
    ds = series()
    ds["ztd_sigma"], ds["zwd_sigma"] = ds.ztd * np.nan, ds.ztd * 0 + 0.004
    ds["zwd"] = ds.zwd * np.nan
    with pytest.warns(TropdsxWarning, match="STDDEV of TROTOT, TROWET, STDDEV of TROWET have no v"):
        path = write_sinex_tro(ds, tmp_path / "a.tro")
    back = read_sinex_tro(path)
    assert set(back) == {"ztd", "zhd"}
    np.testing.assert_allclose(back.ztd, ds.ztd, atol=5.001e-6)


def test_a_series_without_any_complete_row_is_refused(tmp_path):
    ds = series()
    early = ds.time < ds.time[4]
    apart = ds.assign(ztd=ds.ztd.where(early), zhd=ds.zhd.where(~early))
    for bad, names in ((ds.assign(ztd=ds.ztd * np.nan), ["ztd"]), (apart, ["ztd", "zhd"])):
        with pytest.raises(
            OutputError, match=r"none of the 24 rows .* \(missing: TROTOT"
        ) as caught:
            write_sinex_tro(bad, tmp_path / "a.tro", variables=names)
        assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_stations_of_which_nothing_is_written_are_named(tmp_path):
    ds = series()
    ds["ztd_sigma"] = ds.ztd * 0 + 0.004
    ds["ztd_sigma"][:, 1] = np.nan
    text = r"8 of 24 rows lack a value \(STDDEV of TROTOT 8\) .*; of ZIMM00CHE nothing is written"
    with pytest.warns(TropdsxWarning, match=text):
        path = write_sinex_tro(ds, tmp_path / "a.tro")
    assert read_sinex_tro(path).station.values.tolist() == ["WTZR", "SANT00CHL"]


@pytest.mark.parametrize("at_once", [1, 20, 10**6])
def test_rows_are_those_of_a_plain_loop(tmp_path, monkeypatch, at_once):
    monkeypatch.setattr("tropdsx.write.export.sinex_tro._LINES", at_once)
    ds = series()[["ztd", "zwd"]]
    ds["zwd"] = ds.zwd - 0.1004949  # below zero at some
    lines = write_sinex_tro(ds, tmp_path / "a.tro").read_text().splitlines()
    first = next(k for k, line in enumerate(lines) if line.startswith("*STATION__ ____EPOCH"))
    rows = []
    for name in ds.station.values:
        for time in ds.time.values:
            at = ds.sel(station=name, time=time)
            day = np.datetime64(time, "D")
            of_year = (day - np.datetime64(f"{day!s:.4}-01-01")).astype(int) + 1
            seconds = (time - day).astype("timedelta64[s]").astype(int)
            values = f"{1e3 * float(at.ztd):8.2f} {1e3 * float(at.zwd):8.2f}"
            rows.append(f" {name:<9} {day!s:.4}:{of_year:03d}:{seconds:05d} {values}")
    assert lines[first + 1 : first + 1 + len(rows)] == rows
    assert lines[first + 1 + len(rows)] == "-TROP/SOLUTION"


def test_slant_delays_that_have_no_columns_are_told_of(tmp_path):
    ds = series()
    slant = (ds.ztd * 2).expand_dims(elevation=[30.0, 10.0])
    ds = ds.assign(slant_delay=slant, mfw=slant / 2)
    text = "slant_delay, mfw of directions are left out: SINEX_TRO has no columns for them"
    with pytest.warns(TropdsxWarning, match=text):
        path = write_sinex_tro(ds, tmp_path / "a.tro")
    assert "TROTOT" in path.read_text()
    named = write_sinex_tro(ds, tmp_path / "b.tro", variables=["ztd"])  # that is all it wants
    assert named.is_file()
