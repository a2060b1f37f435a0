"""Troposphere files of PRIDE PPP-AR."""

import numpy as np
import pytest

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.read.series.opening import open_series

HEADING = "* Year   Mon   Day  Hour   Min       Sec        ZDD     ZWDini     ZWDcor\n"
ROW = "  2021    12    31    {clock}   {zdd}   0.100000  {cor}\n"


def text(rows, heading=HEADING):
    """Header as the program writes it, shortened; what is in it is made up."""
    lines = (
        ("brux", "STATION"),
        ("Static", "POS MODE/PRIORI (meter)"),
        ("ZDD", "ZENITH DRY DELAY (meter)"),
        ("", "END OF HEADER"),
    )
    return "".join(f"{value:60}{label}\n" for value, label in lines) + heading + rows


def row(clock="23    59 30.000000", zdd="2.250000", cor="  0.020000"):
    return ROW.format(clock=clock, zdd=zdd, cor=cor)


def test_total_is_the_sum_of_three(tmp_path):
    path = tmp_path / "ztd_2021365_brux"
    path.write_text(text(row() + row("23    59 60.000000", cor=" -0.020000")))
    ds = open_series(path)
    assert ds.station.values.tolist() == ["BRUX"]
    assert ds.time.values.astype("M8[s]").astype(str).tolist() == [
        "2021-12-31T23:59:30",
        "2022-01-01T00:00:00",
    ]
    np.testing.assert_allclose(ds.ztd.values.ravel(), [2.37, 2.33])
    np.testing.assert_allclose(ds.zhd.values.ravel(), [2.25, 2.25])
    np.testing.assert_allclose(ds.zwd.values.ravel(), [0.12, 0.08])
    assert ds.attrs["time_system"] == "GPS"
    assert "height" not in ds.coords


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (text(row(), "* Year Mon Day Hour Min Sec NorthGrd\n"), "accepted is its ztd_ file"),
        (text("", ""), "with the columns none"),
        (text("").partition("END")[0], "with the columns none"),
        (text(""), "holds no row of values"),
        (text(row() + row()[:40] + "\n"), "the file is incomplete"),
        (text(row() + row()[:-4]), "ends inside its last row"),
        (text(row("24    60  0.000000") + row("25     0  0.000000")), "is no epoch"),
        (text(row(zdd="2250.000")), "accepted are"),
        (text(row() + row()), "has 2 rows at 2021-12-31"),
    ],
)
def test_damage(tmp_path, content, message):
    path = tmp_path / "ztd_2021365_brux"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        open_series(path)


def test_stars_are_missing(tmp_path):
    path = tmp_path / "ztd_2021365_brux"
    path.write_text(text(row() + row("23    59 31.000000", cor="**********")))
    assert np.isnan(open_series(path).ztd.values[1, 0])


def test_values_that_no_delay_has_are_told(tmp_path):
    path = tmp_path / "ztd_2021365_brux"
    path.write_text(text(row() + row("23    59 31.000000", zdd="-9.900000")))
    with pytest.warns(TropdsxWarning, match="are taken as missing"):
        assert np.isnan(open_series(path).ztd.values[1, 0])
