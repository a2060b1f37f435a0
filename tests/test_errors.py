"""Warnings point at the line of the user who called, whichever public verb it was."""

import warnings

import numpy as np
import xarray as xr

from tropdsx.errors import TropdsxWarning, warn


def named(call):
    """File of the first warning of the package that a call gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    found = [each for each in caught if each.category is TropdsxWarning]
    assert found, "no warning"
    return {each.filename for each in found}


def test_a_warning_names_the_file_of_the_caller():
    assert named(lambda: warn("something was assumed")) == {__file__}


def test_frames_of_other_libraries_between_do_not_matter():
    xr_call = lambda: xr.DataArray(np.zeros(2)).pipe(lambda a: warn("through xarray"))  # noqa: E731
    assert named(xr_call) == {__file__}
