"""Dates in names of files."""

import numpy as np
import pytest

from tropdsx.workflows.patches.files.dates import date_in_name


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("glorys_20240229.nc", "2024-02-29"),
        ("2000-02-29_so.nc", "2000-02-29"),
        ("so_202402.nc", "2024-02-15"),
        ("a/20200101/so.nc", "NaT"),
        ("so_20230229.nc", "NaT"),
        ("so_1234567890.nc", "NaT"),
    ],
)
def test_dates_are_read(name, date):
    np.testing.assert_array_equal(date_in_name(name), np.datetime64(date, "D"))
