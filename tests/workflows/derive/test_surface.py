"""What is known at the surface, and the air under it."""

import warnings

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.workflows.derive.zenith import zenith_delays

from helpers.levels import column, true_delays


def test_under_the_ground_the_air_goes_on(air):
    found = zenith_delays(column(air, ground=800.0), ladder=[300.0, 800.0], geoid=None)
    zhd, zwd = true_delays(air, [300.0, 800.0])
    np.testing.assert_allclose(found.zhd, zhd, atol=0.5e-3)
    np.testing.assert_allclose(found.zwd, zwd, atol=2e-3)


def test_what_lies_under_the_ground_does_not_count(air):
    ds = column(air, ground=1234.0)
    expected = zenith_delays(ds)
    spoilt = ds.copy(deep=True)
    spoilt.t[:4], spoilt.e[:4] = 340.0, 50.0
    xr.testing.assert_identical(zenith_delays(spoilt).zwd, expected.zwd)
    spoilt.t[:4] = np.nan
    xr.testing.assert_identical(zenith_delays(spoilt).zhd, expected.zhd)


@pytest.mark.parametrize("absent", [[], ["sp"], ["z_surface"], ["z"]])
def test_levels_that_end_at_the_ground(air, absent):
    """MERRA-2 has no values under the ground, and no 2 m temperature beside its levels."""
    ds = column(air, ground=800.0).drop_vars(["t2m", "d2m", *absent])
    ended = ds.copy(deep=True)
    for name in {"t", "e", "z"} - set(absent):
        ended[name][:4] = np.nan  # 1000 to 925 hPa
    found, whole = (zenith_delays(each, geoid=None) for each in (ended, ds))
    assert found.zhd.item() == pytest.approx(whole.zhd.item(), abs=0.2e-3)
    assert found.zwd.item() == pytest.approx(whole.zwd.item(), abs=0.5e-3)


def test_less_known_at_the_surface(air):
    ds = column(air, ground=500.0)
    whole = zenith_delays(ds, 500.0, geoid=None)
    for absent in (["t2m", "d2m"], ["sp", "t2m", "d2m"], ["z_surface"], ["z_surface", "sp"]):
        found = zenith_delays(ds.drop_vars(absent), 500.0, geoid=None)
        assert found.zhd.item() == pytest.approx(whole.zhd.item(), abs=0.2e-3)
        assert found.zwd.item() == pytest.approx(whole.zwd.item(), abs=0.2e-3)
    by_pressure = zenith_delays(ds.drop_vars(["z_surface", "t2m", "d2m"]), geoid=None)
    assert by_pressure.orography.item() == pytest.approx(500.0, abs=1.0)
    without_heights = zenith_delays(ds.drop_vars("z"), geoid=None)
    assert without_heights.zhd.item() == pytest.approx(whole.zhd.item(), abs=2e-3)


def test_a_skin_temperature_is_left_out_with_a_word(air):
    ds = column(air)
    skin = ds.assign(t2m=(ds.t2m - 30.0).assign_attrs(units="degC", long_name="Skin temperature"))
    with pytest.warns(TropdsxWarning, match="'t2m' is a temperature of the ground") as caught:
        found = zenith_delays(skin)
    assert len(caught) == 1
    assert found.zwd.item() == zenith_delays(ds.drop_vars("t2m")).zwd.item()


def test_a_dew_point_above_the_air_is_left_out_with_a_word(air):
    ds = column(air)
    warm = ds.assign(d2m=(ds.t2m + 283.15).assign_attrs(units="K"))
    with pytest.warns(TropdsxWarning, match="'d2m' lies 10 K above the temperature") as caught:
        found = zenith_delays(warm)
    assert len(caught) == 1
    assert found.zwd.item() == zenith_delays(ds.drop_vars("d2m")).zwd.item()


def two_epochs(air):
    ds = column(air).drop_vars("time")
    times = np.array(["2022-07-01T00", "2022-07-01T06"], "M8[ns]")
    return ds.assign({name: ds[name].expand_dims(time=times) for name in ("t", "e", "z")})


def test_surface_fields_of_no_time_are_told_of(air):
    with pytest.warns(TropdsxWarning, match="'sp' has no time: the same values were taken for all"):
        zenith_delays(two_epochs(air))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        zenith_delays(column(air))


@pytest.mark.filterwarnings("ignore:.*has no time")
@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize(("step", "same"), [(5.0, True), (500.0, False)])
def test_a_ground_that_moves_is_refused(air, lazy, step, same):
    ds = two_epochs(air)
    rise = xr.DataArray([0.0, step], dims="time")
    ds = ds.assign(z_surface=(ds.z_surface + rise).assign_attrs(units="m2 s-2"))
    ds = ds.chunk(time=1) if lazy else ds
    if same:
        zenith_delays(ds, sample=True)
        return
    with pytest.raises(GridError, match="'z_surface' change with time, by up to 51 m"):
        zenith_delays(ds, sample=True)
