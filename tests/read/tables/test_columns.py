"""Cells are names, numbers or dates, or are refused with the line that they stand in."""

import numpy as np
import pytest

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.read.tables.columns import (
    MISSING,
    find_column,
    is_there,
    names_of,
    numbers_of,
    refuse_row,
    times_of,
)
from tropdsx.read.tables.layout import read_table


@pytest.fixture
def table_of(tmp_path):
    def make(cells, heading="x", separator=";"):
        path = tmp_path / "table.csv"
        rows = [
            f"k{separator}{heading}",
            *(f"{k}{separator}{cell}" for k, cell in enumerate(cells)),
        ]
        path.write_text("\n".join(rows))
        table = read_table(path, {"k"})
        return table, table.headings[1]

    return make


def test_columns_are_found_best_first(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("lat,Latitude (deg),lat\n1,2,3\n")
    table = read_table(path, {"lat"})
    assert find_column(table, ("latitude", "lat")).text == "Latitude (deg)"
    assert find_column(table, ("height",)) is None
    with pytest.raises(InputError, match="has two columns 'lat'; keep one"):
        find_column(table, ("lat",))
    with pytest.raises(InputError, match=r"columns lat, Latitude .* one of h, height is needed"):
        is_there(table, ("h", "height"), "height")


NAMES = ["0001", "NA", "NULL", "nan", "1E05", "1.0", "007", "TRUE", "2022-03-09", "A#1", "-"]


def test_names_stay_text(table_of):
    assert names_of(*table_of(NAMES)).to_list() == NAMES
    with pytest.raises(InputError, match="line 3: a row has no x; name it or take it out"):
        names_of(*table_of(["A", "", "C"]))


def test_numbers(table_of):
    found = numbers_of(
        *table_of(["1", "-2.5", "+3e-1", " 4 ", "5 # five", "", *MISSING]), "numbers"
    )
    np.testing.assert_array_equal(found, [1, -2.5, 0.3, 4, 5, np.nan, *[np.nan] * len(MISSING)])


@pytest.mark.parametrize(
    "text", ["46°52'", "N46.8", "1_000", "one", "1.234,5", "1 000", "46:52:37"]
)
def test_what_is_no_number_is_named(table_of, text):
    with pytest.raises(InputError, match=r"line 3: x '.*' is no number; accepted are degrees"):
        numbers_of(*table_of(["1", text]), "degrees")


def test_decimal_commas_are_read_with_a_word(table_of):
    with pytest.warns(TropdsxWarning, match="the commas in numbers are read as decimal signs"):
        found = numbers_of(*table_of(["46,877", "-7,5", "3", "1,5e2"]), "numbers")
    assert found.to_list() == [46.877, -7.5, 3, 150]
    with pytest.warns(TropdsxWarning, match="decimal signs"):
        assert numbers_of(*table_of(['"46,9"'], separator=","), "numbers").to_list() == [46.9]
    with pytest.raises(InputError, match=r"line 2: x '46,9' has a comma and '7.5' a point"):
        numbers_of(*table_of(["46,9", "7.5"]), "numbers")


def test_commas_between_thousands_are_no_decimal_signs(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text('k,lat,h\nA,49.1,"1,666"\nB,46.9,956\n')
    table = read_table(path, {"k"})
    with pytest.raises(InputError, match=r"line 2: h '1,666' has a comma and '49.1' a point"):
        numbers_of(table, table.headings[2], "heights")


DATES = {
    "2022-03-09": "2022-03-09",
    "2022-03-09T06:00": "2022-03-09T06:00",
    "2022-03-09 06:00:30": "2022-03-09T06:00:30",
    "2022-03-09T06:00:30.5Z": "2022-03-09T06:00:30.5",
    "2022-03-09T08:00+02:00": "2022-03-09T06:00",
    "2022/03/09 06:00": "2022-03-09T06:00",
    "2022.3.9 6:00": "2022-03-09T06:00",
    "2022-3-9": "2022-03-09",
    "20220309": "2022-03-09",
    "2022030906": "2022-03-09T06",
    "20220309T0600": "2022-03-09T06:00",
    "22:068:21600": "2022-03-09T06:00",
    "2022:068:00000": "2022-03-09",
    "99:001:00030": "1999-01-01T00:00:30",
    "March 9, 2022": "2022-03-09",
    "9-MAR-2022 06:00": "2022-03-09T06:00",
}


@pytest.mark.parametrize("text", DATES)
def test_dates(table_of, text):
    found = times_of(*table_of([text, text]))
    np.testing.assert_array_equal(found, np.array([DATES[text]] * 2, "datetime64[ns]"))


AMBIGUOUS = [
    "09/03/2022",
    "9.3.2022 06:00",
    "31/12/2022",
    "03-09-2022",
    "9/3/22",
    "09/03/2022T06:00",
]
WRONG = ["soon", "now", "2022", "2022-03", "202203", "", "2022-02-30", "2022-13-01", "22:400:00000"]
WRONG += ["22:366:00000", "22:000:00000"]
WRONG += ["59647.25", "2022-03-09T25:00", "March 2022", "9-MAR-22", "06:00", "0000-00-00"]


@pytest.mark.parametrize("text", AMBIGUOUS + WRONG)
def test_other_dates_are_refused(table_of, text):
    about = "day and month cannot be told apart" if text in AMBIGUOUS else ".*"
    message = rf"line 3: x '{text}' cannot be read as a date \({about}\); accepted is ISO 8601"
    with pytest.raises(InputError, match=message) as caught:
        times_of(*table_of(["2022-03-09", text]))
    assert "\n" not in str(caught.value)


def test_days_in_a_column_of_their_own(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("date,time\n2022-03-09,6:00\n2022/03/09,12:30:15\n")
    table = read_table(path, {"time"})
    found = times_of(table, table.headings[1], table.headings[0])
    expected = np.array(["2022-03-09T06:00", "2022-03-09T12:30:15"], "datetime64[ns]")
    np.testing.assert_array_equal(found, expected)


def test_many_rows_are_counted(table_of):
    table, _ = table_of(["a", "b", "c"])
    with pytest.raises(InputError, match=r"table.csv, line 2 \(and 2 more\): odd"):
        refuse_row(table, table.cells[1] != "", "odd")
