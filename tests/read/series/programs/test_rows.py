"""Numbers as Fortran writes them, and epochs of their parts."""

from pathlib import Path

import numpy as np
import pytest

from tropdsx.errors import InputError
from tropdsx.read.series.programs.rows import epochs_of, numbers_of_rows, whole_lines

FILE = Path("a")


def test_numbers():
    rows = [["1", "-.5", "2.5D-03", "more"], ["***", "NaN", "+1d2"]]
    np.testing.assert_array_equal(
        numbers_of_rows(FILE, rows, 3), [[1, -0.5, 2.5e-3], [np.nan] * 2 + [100]]
    )


@pytest.mark.parametrize("text", ["", "1.2\n1.3\n", "1.2\n1.3", "heading\n1\n", "1.2\r\n1\r\n"])
def test_whole_lines(text):
    assert whole_lines(FILE, text) == text.splitlines()


@pytest.mark.parametrize("text", ["1.2", "1.25\n1.2", "1.25  \n1.2 "])
def test_cut_lines(text):
    """Of 0.1759 only 0.1 was left, and read: 7 cm of delay."""
    with pytest.raises(InputError, match=r"ends inside its last row '1\.2'; it is incomplete"):
        whole_lines(FILE, text)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["1", "2"], ["1"]], r"the row '1' has 1 words, others 2"),
        ([["1", "2,5"]], r"'2,5' in the row '1 2,5' is no number"),
        ([["1", ""]], r"'' in the row"),
    ],
)
def test_what_is_no_number(rows, message):
    with pytest.raises(InputError, match=message):
        numbers_of_rows(FILE, rows, 2)


EPOCHS = {
    (2016, 12, 31, 23, 59, 60): "2017-01-01T00:00:00",
    (2016, 12, 31, 24, 0, 0): "2017-01-01T00:00:00",
    (2020, 2, 29, 6, 0, 0.5): "2020-02-29T06:00:00.5",
    (2021, 365, 24, 0, 0): "2022-01-01T00:00:00",
    (2020, 60, 1, 30, 0): "2020-02-29T01:30:00",
}


@pytest.mark.parametrize("parts", EPOCHS)
def test_epochs(parts):
    found = epochs_of(FILE, np.array([parts], np.float64))
    assert found[0] == np.datetime64(EPOCHS[parts], "ns")


@pytest.mark.parametrize(
    "parts",
    [
        (2021, 2, 29, 0, 0, 0),
        (2021, 13, 1, 0, 0, 0),
        (2021, 1, 0, 0, 0, 0),
        (2021, 1, 1, 25, 0, 0),
        (2021, 1, 1, 0, 61, 0),
        (21, 1, 1, 0, 0, 0),
        (2021, 366, 0, 0, 0),
        (2021, 1.5, 0, 0, 0),
        (2021, np.nan, 0, 0, 0),
    ],
)
def test_what_is_no_epoch(parts):
    with pytest.raises(InputError, match=r"is no epoch; the file is damaged"):
        epochs_of(FILE, np.array([parts], np.float64))
