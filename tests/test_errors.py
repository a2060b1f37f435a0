"""Warnings point at the line of the user who called, whichever public verb it was."""

import inspect
import warnings
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import tropdsx
from tropdsx.errors import TropdsxWarning, warn

from helpers.fields import delays

NO_UNITS = "no units attribute"


def lines_warned_of(call, match):
    """Places that the warnings of a call name, as (file, line)."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    found = [each for each in caught if match in str(each.message)]
    assert found, f"no warning with {match!r}, but {[str(each.message) for each in caught]}"
    assert {each.category for each in found} == {TropdsxWarning}
    return {(each.filename, each.lineno) for each in found}


def here(call):
    """Place of a lambda: all of its body stands on its own line."""
    return {(inspect.getsourcefile(call), inspect.getsourcelines(call)[1])}


def test_a_warning_names_the_line_of_the_caller():
    call = lambda: warn("something was assumed")  # noqa: E731 - a line to point at
    assert lines_warned_of(call, "assumed") == here(call)


def test_lines_of_other_libraries_between_do_not_matter():
    def inner(array):
        warn("through xarray and dask")
        return array

    lazy = xr.DataArray(np.zeros(2)).chunk()
    call = lambda: xr.apply_ufunc(inner, lazy, dask="parallelized").compute(scheduler="sync")  # noqa: E731
    named = lines_warned_of(call, "through xarray")
    assert {Path(file).name for file, _ in named} == {Path(__file__).name}


@pytest.fixture
def bare(coarse) -> xr.Dataset:
    """Delays without units: each verb that reads them says what it assumes."""
    return coarse.drop_attrs()


VERBS = {
    "ds.tropds.downscale": lambda ds, _: ds.tropds.downscale(5.0, model=None),
    "downscale": lambda ds, _: tropdsx.downscale(ds, tropdsx.Options(target=5.0, model=None)),
    "standardise": lambda ds, _: tropdsx.standardise(ds),
    "ds.tropds.validate": lambda ds, _: ds.tropds.validate(ds),
    "validate": lambda ds, _: tropdsx.validate(ds, ds),
    "ds.tropds.ztd": lambda ds, _: ds.tropds.ztd(),
    "ds.tropds.pwv": lambda ds, _: ds.tropds.pwv(280.0),
    "da.tropds.pwv": lambda ds, _: ds.zwd.tropds.pwv(280.0),
    "convert": lambda ds, file: tropdsx.convert(file, target=5.0, model="none", overwrite=True),
    "ds.tropds.plot_compare": lambda ds, _: ds.tropds.plot_compare(ds, "zwd"),
}


@pytest.mark.parametrize("verb", VERBS)
def test_each_public_verb_points_at_the_users_line(verb, bare, tmp_path):
    bare.to_netcdf(tmp_path / "bare.nc")
    user = VERBS[verb]
    assert lines_warned_of(lambda: user(bare, tmp_path / "bare.nc"), NO_UNITS) == here(user)


def test_a_network_on_an_unusual_spacing_points_at_the_users_line(tiny_checkpoint):
    wide = delays(np.arange(80.0, -90.0, -20.0), np.arange(10.0, 360.0, 20.0))
    call = lambda: wide.tropds.downscale(10.0, model=tiny_checkpoint)  # noqa: E731 - as above
    assert lines_warned_of(call, "was trained on spacings") == here(call)
