"""Delays that are missing: by epoch a warning, in all epochs an error."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, TropdsxWarning, UnitsError
from tropdsx.workflows.derive.fields.missing import tell_missing, watch_missing


def delays(epochs=2, missing=()):
    values = np.full((epochs, 2, 3), 2.3)
    values[list(missing)] = np.nan
    axes = {
        "time": np.datetime64("2022-07-01", "ns") + np.arange(epochs) * np.timedelta64(6, "h"),
        "lat": [1.0, 0.0],
        "lon": [5.0, 6.0, 7.0],
    }
    zhd = xr.DataArray(values, axes)
    return xr.Dataset({"zhd": zhd, "zwd": 0.1 * zhd})


@pytest.mark.parametrize("chunks", [None, 1, 2])
def test_an_epoch_without_values_is_named(chunks):
    ds = delays(3, [1])
    ds = ds if chunks is None else ds.chunk(time=chunks)
    with pytest.warns(TropdsxWarning, match=r"all 6 delays at 2022-07-01T06:00 are missing"):
        found = watch_missing(ds).compute(scheduler="synchronous")
    xr.testing.assert_identical(found, delays(3, [1]))


@pytest.mark.parametrize("name", ["zhd", "zwd"])
def test_single_values_are_counted(name):
    ds = delays()
    ds[name][1, 0, 2] = np.nan
    with pytest.warns(TropdsxWarning, match=r"1 of 6 delays at 2022-07-01T06:00 are missing"):
        watch_missing(ds)


@pytest.mark.filterwarnings("ignore:all 6 delays")
@pytest.mark.parametrize("chunks", [None, 1, 2])
def test_no_values_at_all_are_refused(chunks):
    ds = delays(3, [0, 1, 2])
    ds = ds if chunks is None else ds.chunk(time=chunks)
    with pytest.raises(GridError, match=r"all delays are missing \(NaN\) in each of 3 epochs"):
        watch_missing(ds).compute(scheduler="synchronous")


def test_without_a_time(recwarn):
    ds = delays().isel(time=0, drop=True)
    xr.testing.assert_identical(watch_missing(ds), ds)
    assert not recwarn
    with pytest.raises(GridError, match=r"are missing \(NaN\); usual causes"):
        watch_missing(ds.where(False))


@pytest.mark.filterwarnings("ignore:all 6 delays")
def test_wet_delays_alone_are_watched_too():
    ds = delays()[["zwd"]]
    xr.testing.assert_identical(watch_missing(ds), ds)
    with pytest.raises(GridError, match=r"all delays are missing \(NaN\) in each of 2 epochs"):
        watch_missing(ds.where(False))


def test_telling_alone_refuses_nothing_and_tells_once_a_block():
    ds = delays(3, [0, 1, 2]).rename(time="valid_time")
    text = r"all 6 delays at 2022-07-01T00:00, and some of 2 other epochs, are missing"
    with pytest.warns(TropdsxWarning, match=text) as told:
        xr.testing.assert_identical(tell_missing(ds), ds)
    assert len(told) == 1


def test_telling_of_lazy_delays_when_they_are_computed():
    ds = delays(2)
    ds.zwd[1, 0, :2] = np.nan
    found = tell_missing(ds.chunk(time=1))
    with pytest.warns(TropdsxWarning, match="2 of 6 delays at 2022-07-01T06:00 are missing"):
        xr.testing.assert_identical(found.compute(scheduler="synchronous"), ds)


def test_telling_of_places_without_epochs():
    ds = delays().isel(time=0, drop=True).stack(site=("lat", "lon"))
    with pytest.warns(TropdsxWarning, match=r"all 6 delays are missing"):
        tell_missing(ds.where(False))


@pytest.mark.parametrize("look", [watch_missing, tell_missing])
@pytest.mark.parametrize("chunks", [None, 1])
def test_negative_wet_delays_are_refused(look, chunks):
    ds = delays()
    ds["zwd"][1, 0, 2] = -0.004  # spectral ripples
    xr.testing.assert_identical(look(ds).compute(scheduler="synchronous"), ds)
    ds["zwd"][1, 0, 2] = -0.6
    ds = ds if chunks is None else ds.chunk(time=chunks)
    with pytest.raises(UnitsError, match=r"down to -600 mm at 2022-07-01T06:00; accepted are -5"):
        look(ds).compute(scheduler="synchronous")


def test_more_vapour_than_air_holds_is_told():
    ds = delays()
    ds["zwd"][1, 0, 2] = 0.92
    with pytest.warns(TropdsxWarning, match=r"up to 920 mm at 2022-07-01T06:00, which no air has"):
        watch_missing(ds)


def test_pieces_of_an_epoch_stay_pieces():
    ds = delays(2, [1]).chunk(time=1, lat=1, lon=2)
    found = tell_missing(ds)
    with pytest.warns(TropdsxWarning, match=r"all 6 delays at 2022-07-01T06:00 are missing"):
        xr.testing.assert_identical(found.compute(scheduler="synchronous"), delays(2, [1]))
    assert found.chunks == ds.chunks  # xarray refuses to say it of two delays cut differently
