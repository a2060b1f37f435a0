"""Each epoch is held against physics, in memory at once, lazily as it is computed, in files too."""

import warnings

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, TropdsxWarning, UnitsError
from tropdsx.geoid import geoid_undulation
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import make_plan
from tropdsx.pipeline.plausibility import check_plausibility
from tropdsx.pipeline.run import downscale
from tropdsx.workflows.convert import convert

from helpers.world import LAT, LON, world

PHYSICS = Options(model=None, target=5.0)


def spoilt(change, epoch=1, names=("zhd", "zwd")):
    ds = world().copy(deep=True)
    for name in names:
        ds[name][epoch] = change(ds[name].values[epoch])
    return ds


def told(function):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = function()
    return result, [str(w.message) for w in caught if issubclass(w.category, TropdsxWarning)]


def test_good_epochs_pass_without_a_word_and_unchanged():
    for ds in (world(), world().drop_vars("zwd"), world().drop_vars("zhd")):
        _, texts = told(lambda ds=ds: downscale(ds, PHYSICS))
        assert texts == []


@pytest.mark.parametrize("names", [("zhd", "zwd"), ("zhd",), ("zwd",)])
@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda a: a[::-1], "mirrored north-south"),
        (lambda a: np.roll(a, 36, -1), "moved by 180 deg"),
    ],
)
def test_an_epoch_out_of_place_is_named(names, change, cause):
    ds = spoilt(change)[[*names, "orography"]]
    out, texts = told(lambda: downscale(ds, PHYSICS))
    assert len(texts) == 1
    assert texts[0].startswith("2022-07-01T06:00: ")
    assert cause in texts[0]
    assert cause in out.attrs["tropdsx_notes"]


def test_a_total_delay_alone_is_checked():
    ds = spoilt(lambda a: a[::-1])
    ds = ds[["orography"]].assign(ztd=(ds.zhd + ds.zwd).assign_attrs(units="m"))
    _, texts = told(lambda: downscale(ds, PHYSICS))
    assert any("ztd and the heights of its nodes" in text for text in texts)


def test_lazy_epochs_are_checked_when_computed(no_compute):
    lazy = downscale(spoilt(lambda a: a[::-1]).chunk(time=1), PHYSICS)
    _, texts = told(lambda: lazy.compute(scheduler="synchronous"))
    assert len(texts) == 1
    assert "2022-07-01T06:00" in texts[0]


@pytest.mark.parametrize("epoch", [0, 1])
def test_a_file_is_checked_as_it_is_converted(tmp_path, epoch):
    spoilt(lambda a: a[::-1], epoch).to_netcdf(tmp_path / "in.nc")
    written, texts = told(lambda: convert(tmp_path / "in.nc", model="none", target=5.0))
    assert len([text for text in texts if "mirrored north-south" in text]) == 1
    if epoch == 0:  # what is wrong from the start is known before the output is begun
        with xr.open_dataset(written) as out:
            assert "mirrored north-south" in out.attrs["tropdsx_notes"]


def test_all_epochs_are_counted():
    ds = world().assign(orography=world().orography / 9.80665)
    ds.orography.attrs = world().orography.attrs
    _, texts = told(lambda: downscale(ds, PHYSICS))
    assert any("2 of 2 epochs, first 2022-07-01T00:00" in text for text in texts)


def test_a_temperature_of_another_level_is_told():
    warm = xr.full_like(world().zhd, 255.0).assign_attrs(units="K")
    _, texts = told(lambda: downscale(world().assign(t2m=warm), PHYSICS))
    assert "colder than the climatology" in texts[0]


def test_a_grid_is_looked_at_once():
    grid, notes = check_plausibility(world().drop_attrs())
    assert notes == ()
    assert check_plausibility(grid)[0] is grid
    assert check_plausibility(world().drop_vars("orography"))[1] == ()


@pytest.mark.parametrize("zero", ["geopotential", "surface_altitude", "unsaid", "forced"])
def test_heights_above_the_geoid_give_the_same_delays(zero):
    ds = world()
    above = ds.orography.values - geoid_undulation(LAT[:, None], LON)
    attrs = {"units": "m", "standard_name": "surface_altitude"}
    heights = "geoid" if zero == "forced" else "auto"
    if zero == "geopotential":
        above, attrs = above * 9.80665, {"units": "m2 s-2"}
    elif zero in ("unsaid", "forced"):
        attrs = {"units": "m"}
    other = ds.assign(orography=(("lat", "lon"), above, attrs))
    out, texts = told(lambda: downscale(other, Options(model=None, target=5.0, heights=heights)))
    usual = downscale(ds, PHYSICS)
    for name in ("zhd", "zwd"):
        np.testing.assert_allclose(out[name], usual[name], atol=1e-6)
    assert "undulation added" in out.attrs["tropdsx_notes"]
    assert len(texts) == (0 if zero == "forced" else 1)


def test_epochs_of_another_terrain_are_taken_at_their_own():
    ds = world(epochs=3)
    off = xr.DataArray([0.0, 60.0, 0.0], dims="time")
    moving = (ds.orography + off).transpose("time", "lat", "lon").assign_attrs(ds.orography.attrs)
    with pytest.warns(TropdsxWarning, match="2 terrains"):
        out = downscale(ds.assign(orography=moving), PHYSICS)
    low = downscale(ds, PHYSICS)
    raised = ds.assign(orography=(ds.orography + 60).assign_attrs(ds.orography.attrs))
    high = downscale(raised, PHYSICS)
    np.testing.assert_array_equal(out.time, ds.time)
    for name in ("zhd", "zwd"):
        np.testing.assert_array_equal(out[name][[0, 2]], low[name][[0, 2]])
        np.testing.assert_array_equal(out[name][1], high[name][1])
    lazy = downscale(ds.assign(orography=moving).chunk(time=1), PHYSICS)
    with pytest.raises(GridError, match="change with time"):
        lazy.compute()


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("names", [("zhd", "zwd"), ("zhd",), ("zwd",)])
def test_delays_without_any_value_are_refused(names, lazy):
    ds = world()[[*names, "orography"]].copy(deep=True)
    for name in names:
        ds[name][:] = np.nan
    grid = ds.chunk(time=1) if lazy else ds
    with pytest.raises(GridError, match=rf"all values of {' and '.join(names)} are missing"):
        check_plausibility(grid, probe=True)


@pytest.mark.filterwarnings("ignore:.* NaN of")
def test_a_file_without_any_value_leaves_nothing(tmp_path):
    ds = world()
    nothing = ds.assign({n: ds[n].where(False).assign_attrs(units="m") for n in ("zhd", "zwd")})
    nothing.to_netcdf(tmp_path / "in.nc")
    with pytest.raises(GridError, match="all values of zhd and zwd are missing"):
        convert(tmp_path / "in.nc", tmp_path / "out.nc", model="none", target=5.0)
    assert [path.name for path in tmp_path.iterdir()] == ["in.nc"]


def test_an_epoch_without_values_among_others_is_named(tmp_path):
    ds = world()
    holes = ds.assign(
        {n: ds[n].where(ds.time > ds.time[0]).assign_attrs(units="m") for n in ("zhd", "zwd")}
    )
    holes.to_netcdf(tmp_path / "in.nc")
    _, texts = told(
        lambda: convert(tmp_path / "in.nc", tmp_path / "out.nc", model="none", target=5.0)
    )
    named = [text for text in texts if "first at 2022-07-01T00:00" in text]
    assert len(named) == 2  # of zhd and of zwd


@pytest.mark.filterwarnings("ignore:'zwd' is below 0.6 mm everywhere")
@pytest.mark.parametrize("chunks", [None, {"time": 1}])
def test_metres_that_are_said_to_be_millimetres_are_refused(chunks):
    ds = world()
    zwd = ds.zwd.assign_attrs(units="mm") if ds.zwd.attrs.get("units") == "m" else ds.zwd / 1000
    ds = ds.assign(zwd=zwd)
    ds = ds if chunks is None else ds.chunk(chunks)
    with pytest.raises(UnitsError, match=r"highest wet delay of the first epoch is 0\.\d+ mm"):
        make_plan(ds, PHYSICS, probe=True)


@pytest.mark.filterwarnings("ignore:'zwd' is below 0.6 mm everywhere")
def test_the_plateau_in_winter_may_be_that_dry():
    ds = world()
    plateau = ds.sel(lat=slice(-70.0, -90.0))
    plateau = plateau.assign(zwd=(plateau.zwd * 0 + 0.5e-3).assign_attrs(units="m"))
    assert make_plan(plateau, PHYSICS, probe=True).grid.zwd.size
