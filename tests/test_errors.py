"""Warnings point at the line of the user who called, whichever public verb it was."""

import inspect
import json
import threading
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

import tropdsx
from tropdsx import errors
from tropdsx.errors import TropdsxWarning, did_you_mean, how_to_install, once_a_run, warn

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
    call = lambda: xr.apply_ufunc(inner, lazy, dask="parallelized").compute(scheduler="sync")  # noqa: E731 - as above
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


def told(*texts):
    """What is shown of warnings of one topic, given in as many threads."""
    with warnings.catch_warnings(record=True) as caught, once_a_run():
        warnings.simplefilter("always")
        threads = [threading.Thread(target=warn, args=(t,), kwargs={"topic": "a"}) for t in texts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with once_a_run():
            warn("again", topic="a")
        warn("of another kind", topic="b")
        warn("of no kind")
    return [str(each.message) for each in caught]


def test_what_every_block_finds_is_told_once_a_run():
    found = told("3 values at 6 h", "5 values at 12 h", "2 values at 18 h")
    assert len(found) == 3
    assert found[1:] == ["of another kind", "of no kind"]
    assert told("3 values at 6 h")[0] == "3 values at 6 h"  # the next run tells it again


def test_without_a_run_everything_is_told():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for hour in (6, 12):
            warn(f"at {hour} h", topic="a")
    assert len(caught) == 2


def test_a_conversion_tells_once_what_is_missing_and_names_the_epoch(coarse, tmp_path):
    from tropdsx.workflows.convert.files import convert

    ds = xr.concat([coarse] * 12, "time", data_vars="minimal").load()
    hours = np.arange(ds.sizes["time"]) * np.timedelta64(6, "h")
    ds = ds.assign_coords(time=np.datetime64("2022-07-01", "ns") + hours)
    for epoch in (9, 17, 30):
        ds.zwd[epoch, 3, 4 : 4 + epoch] = np.nan
    ds.to_netcdf(tmp_path / "in.nc")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        convert(tmp_path / "in.nc", tmp_path / "out.nc", model=None, target=5.0)
    found = [str(each.message) for each in caught if "zwd values are missing" in str(each.message)]
    assert len(found) == 1
    assert any(f"first at {str(ds.time.values[epoch])[:16]}" in found[0] for epoch in (9, 17, 30))


@pytest.mark.parametrize(
    ("name", "near"),
    [("orografy", "orography"), ("ZHD", None), ("zhd_", "zhd"), ("pressure", None), ("", None)],
)
def test_the_nearest_known_name_is_suggested(name, near):
    found = did_you_mean(name, ["zhd", "zwd", "orography"])
    assert found == ("" if near is None else f" (did you mean {near!r}?)")


@pytest.mark.parametrize("local", [True, False])
def test_an_extra_comes_from_where_the_package_came_from(monkeypatch, tmp_path, local):
    if local:
        (tmp_path / "pyproject.toml").touch()
    url = json.dumps({"url": tmp_path.as_uri() if local else "https://x/tropdsx.whl"})
    made = SimpleNamespace(read_text=lambda _: url)
    monkeypatch.setattr("importlib.metadata.distribution", lambda _: made)
    monkeypatch.setattr(errors, "_PACKAGE", str(tmp_path / "site-packages/tropdsx"))
    where = str(tmp_path) if local else "tropdsx"
    assert how_to_install("train") == f"pip install '{where}[train]'"
    monkeypatch.chdir(tmp_path)
    where = "." if local else "tropdsx"
    assert how_to_install("train") == f"pip install '{where}[train]'"
