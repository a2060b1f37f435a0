"""COST-716 of E-GVAP."""

import numpy as np
import pytest

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.read.series.cost716 import read_cost716

from helpers.files import shared

HEAD = """COST-716 V2.2a           E-GVAP                   OPER
ABCD 10000M000           Anywhere [XX]
RECEIVER                 ANTENNA
  -59.660300  350.781700     133.610      94.578       0.000
01-FEB-2021 23:45:00     02-FEB-2021 00:41:27
NGA1                     BERNESE V5.2             CODULT                   NONE
   15   60  360
00000075
   2
"""
FULL = (
    " 23 45  0 FFFFFFFF 2287.9    2.1  120.5   19.5 1001.3  280.1   55.5   0.50  -0.25"
    "   0.10   0.11 -99.999\n   0\n"
    "  0  0  0 FFFFFFFF 2289.3   -9.9   -9.9   -9.9   -9.9   -9.9   -9.9 999.99 999.99"
    "  -9.99  -9.99 -99.999\n   1\n G01 120.0 10.0 2500.0\n"
)


def test_every_number_and_midnight(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(HEAD + FULL)
    ds = read_cost716(path)
    assert str(ds.time.values[1])[:16] == "2021-02-02T00:00"
    assert (ds.lat.item(), round(ds.lon.item(), 4), ds.height.item()) == (-59.6603, -9.2183, 133.61)
    wanted = {"ztd": 2.2879, "ztd_sigma": 0.0021, "zwd": 0.1205, "iwv": 19.5, "pressure": 1001.3}
    wanted |= {"temperature": 280.1, "relative_humidity": 55.5, "gradient_north": 5e-4}
    wanted |= {"gradient_east": -2.5e-4, "gradient_north_sigma": 1e-4}
    for name, value in wanted.items():
        assert ds[name].values[0, 0] == pytest.approx(value), name
        assert np.isnan(ds[name].values[1, 0]) == (name != "ztd")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("COST-716", "COST 716", "is no COST-716"),
        ("133.610", "high", "header of COST-716 cannot be read"),
        ("01-FEB", "01-FEV", "header of COST-716 cannot be read"),
        ("1001.3", "", "does not hold the 11 numbers|ztd"),
        (FULL, "", "headers of 1 stations and no sample"),
    ],
)
def test_damage(tmp_path, old, new, message):
    path = tmp_path / "a.txt"
    text = (HEAD + FULL).replace(old, new)
    path.write_text(text.replace(" -99.999", "") if old == "1001.3" else text)
    with pytest.raises(InputError, match=message):
        read_cost716(path)


def test_lost_samples_are_counted(tmp_path):
    """The header announces two: one is damaged, or the file ends too soon."""
    path = tmp_path / "a.txt"
    for text in (FULL.replace("FFFFFFFF 2289.3", "FFFF?FFF 2289.3"), FULL.partition("\n")[0]):
        path.write_text(HEAD + text + "\n")
        with pytest.warns(TropdsxWarning, match=r"1 of 2 samples .* left out \(ABCD\)"):
            ds = read_cost716(path)
        assert ds.ztd.shape == (1, 1)


def test_stations_without_a_position_are_left_out_by_name(tmp_path):
    path = tmp_path / "a.txt"
    gone = (HEAD + FULL).replace("ABCD", "NONE", 1)
    for old, new in (("-59.660300", "-999.00000"), ("133.610", "-999.99"), ("-59.660300", "nan")):
        path.write_text(HEAD + FULL + gone.replace(old, new))
        with pytest.warns(TropdsxWarning, match="NONE left out: its header gives no position"):
            ds = read_cost716(path)
        assert ds.station.values.tolist() == ["ABCD"]
        assert ds.lat.item() == -59.6603
    path.write_text(gone.replace("-59.660300", "-999.00000"))
    with pytest.warns(TropdsxWarning, match="no header gives a position on the Earth; give a tab"):
        ds = read_cost716(path)
    assert ds.station.values.tolist() == ["NONE"]
    assert "lat" not in ds.coords


def test_files_that_overlap_are_put_together(tmp_path):
    path = tmp_path / "a.txt"
    later = HEAD.replace("00:41:27", "01:41:27").replace("01-FEB-2021 23:45", "02-FEB-2021 00:00")
    more = FULL[FULL.index("  0  0  0 ") :]
    path.write_text(HEAD + FULL + later + more + more.replace("  0  0  0 ", "  0 15  0 "))
    with pytest.warns(TropdsxWarning, match="1 of 4 samples stand there twice, and count once"):
        ds = read_cost716(path)
    assert ds.ztd.shape == (3, 1)
    other = more.replace("2289.3", "2290.1")
    other += more.replace("  0  0  0 ", "  0 15  0 ")
    path.write_text(HEAD + FULL + later.replace("NGA1", "METO") + other)
    text = (
        r"ABCD has two samples at 2021-02-02T00:00:00, of 2289.3 mm \(NGA1 BERNESE, 02-FEB-2021 "
        r"00:41:27\) and 2290.1 mm \(METO BERNESE, 02-FEB-2021 01:41:27\)"
    )
    with pytest.raises(InputError, match=text):
        read_cost716(path)


def test_headers_that_place_a_station_differently_are_told(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(
        HEAD
        + FULL.partition("  0  0  0 ")[0]
        + (HEAD + FULL)
        .replace("133.610", "33.61")
        .replace("01-FEB-2021 23:45", "03-FEB-2021 23:45")
    )
    with pytest.warns(TropdsxWarning) as caught:
        assert read_cost716(path).height.item() == 33.61
    assert any("headers place ABCD differently; the last" in str(w.message) for w in caught)


@pytest.mark.realdata
def test_real_file():
    ds = read_cost716(shared("formats/egvap_cost716_2021-02-01.txt"))
    assert ds.ztd.shape == (4, 4)
    assert set(ds) == {"ztd", "ztd_sigma"}
    assert ds.ztd.sel(station="AASC").values[0] == pytest.approx(2.2879)
