"""Troposphere files of Bernese."""

import numpy as np
import pytest

from tropdsx.errors import InputError
from tropdsx.read.series import bernese_trp as module
from tropdsx.read.series.bernese_trp import read_bernese_trp
from tropdsx.read.series.programs.rows import numbers_of_rows

from helpers.files import shared

HEAD = """RNX2SNX: Final results
--------------------------------------------------
 A PRIORI MODEL:  -17   MAPPING FUNCTION:    8   GRADIENT MODEL:    4

 STATION NAME     FLG   YYYY MM DD HH MM SS   YYYY MM DD HH MM SS   MOD_U   CORR_U  SIGMA_U TOTAL_U

"""
SPAN = "2021 01 30 00 00 00   2021 01 30 02 00 00"
ONE = " ZIMM 14001M004   A    {when}  2.1568  0.01970 0.00116 2.17652\n"


def test_epochs_and_spans(tmp_path):
    path = tmp_path / "a.TRP"
    rows = ONE.format(when=SPAN) + ONE.format(when="2021 01 30 02 00 00                    ")
    path.write_text(HEAD + rows)
    ds = read_bernese_trp(path)
    assert ds.station.values.tolist() == ["ZIMM 14001M004"]
    assert [str(time)[11:16] for time in ds.time.values] == ["01:00", "02:00"]
    np.testing.assert_allclose(ds.ztd, [[2.17652], [2.17652]])
    assert ds.apriori.attrs["comment"] == "a priori model -17 of Bernese"
    assert "gradient_north" not in ds


def test_stars_are_missing_and_24_h_is_the_next_day(tmp_path):
    path = tmp_path / "a.TRP"
    row = ONE.format(when="2021 01 31 24 00 00                    ")
    path.write_text(HEAD + row.replace("0.00116", "*******"))
    ds = read_bernese_trp(path)
    assert str(ds.time.values[0])[:13] == "2021-02-01T00"
    assert np.isnan(ds.ztd_sigma.item())
    assert ds.ztd.item() == 2.17652


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a table\n", "is no troposphere file of Bernese"),
        (HEAD, "holds no row of TOTAL_U"),
        (HEAD + ONE.format(when=SPAN)[:-9] + "\n", "does not hold the 4 numbers"),
        (HEAD + ONE.format(when="2021 13 30 00 00 00"), "'2021 13 30 0 0 0' is no epoch"),
        (HEAD + ONE.format(when=SPAN).replace("2.1568", "2,1568"), "'2,1568' .* is no number"),
        (HEAD + "something else\n", "the row 'something else' cannot be read"),
    ],
)
def test_damage(tmp_path, text, message):
    path = tmp_path / "a.TRP"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_bernese_trp(path)


@pytest.mark.realdata
def test_real_file():
    ds = read_bernese_trp(shared("formats/bernese52_2021-01-30.TRP"))
    assert ds.ztd.shape == (13, 3)
    first = ds.sel(station="0ABI").isel(time=0)
    assert first.ztd.item() == pytest.approx(2.17652)
    assert first.gradient_east.item() == pytest.approx(0.00015)


def test_rows_are_read_together(monkeypatch, tmp_path):
    """One by one, a day of 300 stations takes a minute."""
    calls = []

    def counted(path, rows, width):
        calls.append(width)
        return numbers_of_rows(path, rows, width)

    monkeypatch.setattr(module, "numbers_of_rows", counted)
    path = tmp_path / "a.TRP"
    spans = [SPAN.replace(" 01 30 ", f" 01 {day:02d} ") for day in range(1, 29)]
    path.write_text(HEAD + "".join(ONE.format(when=span) for span in spans))
    assert read_bernese_trp(path).sizes["time"] == 28
    assert calls == [6, 6, 4]
