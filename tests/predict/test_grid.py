"""Networks over labelled grids: orientation, chunks, attributes, what is refused."""

import dask
import numpy as np
import pytest
import torch
import xarray as xr

from tropdsx.cf.attributes.expected import expected_names
from tropdsx.cf.attributes.limits import count_names
from tropdsx.errors import CheckpointError, TropdsxWarning
from tropdsx.nn.checkpoint import load, save
from tropdsx.predict import session

from helpers.fields import delays
from helpers.networks import run


def test_the_network_corrects_between_nodes_only(coarse, tiny_checkpoint):
    heights = np.zeros((180, 360))
    heights[2::5, 2::5] = coarse.orography
    target = xr.Dataset(
        {"orography": (("lat", "lon"), heights, {"units": "m"})},
        {"lat": np.arange(89.5, -90, -1), "lon": np.arange(0.5, 360)},
    )
    physics = run(coarse, None, target=target)
    refined = run(coarse, tiny_checkpoint, target=target)
    change = np.abs(refined.zwd - physics.zwd).values
    assert change.max() > 1e-4
    for name in ("zhd", "zwd"):
        np.testing.assert_array_equal(refined[name].values[:, 2::5, 2::5], coarse[name].values)


def test_a_region_across_greenwich_serves_targets_on_either_side(coarse, tiny_checkpoint):
    """A few targets get what they get as a part of many, whichever turn their longitudes are of."""
    region = coarse.roll(lon=36, roll_coords=True)
    region = region.assign_coords(lon=(region.lon + 180) % 360 - 180)
    region = region.sel(lat=slice(70, 20), lon=slice(-35, 65))
    lat, lon = np.arange(60.5, 30, -1), np.arange(-25.5, 56)
    heights = np.random.default_rng(0).uniform(0, 2000, (lat.size, lon.size))
    target = xr.Dataset(
        {"orography": (("lat", "lon"), heights, {"units": "m"})}, {"lat": lat, "lon": lon}
    )
    whole = run(region, tiny_checkpoint, target=target)
    for part in (slice(5, 25), slice(-20, -5), slice(-3, 4)):
        some = target.sel(lon=part)
        for turned in (some, some.assign_coords(lon=some.lon + 360)):
            found = run(region, tiny_checkpoint, target=turned)
            expected = whole.sel(lon=some.lon)
            for name in ("zhd", "zwd"):
                np.testing.assert_allclose(found[name].values, expected[name].values, atol=2e-6)


def test_rolling_the_input_rolls_the_output(coarse, tiny_checkpoint):
    """By whole coarse cells, network included."""
    # Heights are rolled with the fields, and the climatology is left out: it knows the map.
    target = xr.Dataset(
        {"orography": (("lat", "lon"), np.zeros((180, 360)), {"units": "m"})},
        {"lat": np.arange(89.5, -90, -1), "lon": np.arange(0.5, 360)},
    )
    rolled = coarse.roll(lon=7, roll_coords=False)
    a = run(coarse, tiny_checkpoint, target=target, height_model="kouba")
    b = run(rolled, tiny_checkpoint, target=target, height_model="kouba")
    for name in ("zhd", "zwd"):
        np.testing.assert_allclose(
            np.roll(a[name].values, 35, axis=-1), b[name].values, rtol=0, atol=1e-5
        )


@pytest.mark.parametrize("chunk", [1, 2, 3])
def test_chunks_do_not_change_a_bit(coarse, tiny_checkpoint, chunk):
    eager = run(coarse, tiny_checkpoint, target=5.0)
    lazy = run(coarse.chunk(time=chunk), tiny_checkpoint, target=5.0)
    assert lazy.zwd.chunksizes["time"] == coarse.chunk(time=chunk).zwd.chunksizes["time"]
    with dask.config.set(scheduler="threads"):
        xr.testing.assert_identical(eager.drop_attrs(), lazy.compute().drop_attrs())


@pytest.mark.usefixtures("tight")
def test_a_node_is_counted_once_an_epoch(coarse, tiny_checkpoint):
    """Whatever the chunks; of the nodes round a region alone, which depends on nothing beyond."""
    whole = run(coarse, tiny_checkpoint, target=2.5)
    counts = ["zhd_bounded", "zwd_bounded", "zwd_floored"]
    assert all(int(whole[name].min()) > 0 for name in counts[1:])
    assert whole.zwd_bounded.attrs["tropdsx_out_of"] == 36 * 72
    assert whole.zwd_floored.attrs["tropdsx_out_of"] == whole.zwd[0].size
    assert int(whole.zwd_bounded.max()) < 36 * 72
    assert "zwd_bounded" in whole.zwd.attrs["ancillary_variables"]
    for chunk in (1, 2):
        pieces = run(coarse.chunk(time=chunk), tiny_checkpoint, target=2.5).compute()
        xr.testing.assert_identical(pieces[counts].drop_attrs(), whole[counts].drop_attrs())
    region = whole.isel(lat=slice(20, 30), lon=slice(10, 20))[["orography"]].drop_attrs(deep=False)
    part = run(coarse, tiny_checkpoint, target=region)
    assert part.zwd_bounded.attrs["tropdsx_out_of"] == 7 * 7
    assert bool((part.zwd_bounded <= whole.zwd_bounded).all())
    alone = run(coarse.isel(time=0).drop_vars("zhd"), tiny_checkpoint, target=5.0)
    assert alone.zwd_bounded.ndim == 0
    assert "zhd_bounded" not in alone


def test_attributes_are_those_of_the_delays(coarse, tiny_checkpoint):
    coarse.orography.attrs["source"] = "a terrain model"
    coarse.zwd.attrs["comment"] = "mine"
    out = run(coarse, tiny_checkpoint, target=5.0)
    assert out.zwd.attrs["comment"] == "mine"
    assert "source" not in out.zwd.attrs


def test_nothing_is_computed_on_call(coarse, tiny_checkpoint, no_compute):
    out = run(coarse.chunk(time=1), tiny_checkpoint, ztd=True, sigma=True)
    assert {"zhd", "zwd", "ztd", "zhd_sigma", "zwd_rmse"} <= set(out)


def test_neighbouring_epochs_are_used_and_gaps_are_not(coarse, tiny_checkpoint):
    series = run(coarse, tiny_checkpoint, target=5.0)
    alone = run(coarse.isel(time=[1]), tiny_checkpoint, target=5.0)
    assert np.abs(series.zwd[1] - alone.zwd[0]).max() > 0
    # With steps of 7 h there is no epoch exactly 6 h away.
    odd = coarse.assign_coords(time=coarse.time.values[0] + np.arange(3) * np.timedelta64(7, "h"))
    # (the day of the year moves the climatology a little; the network must see no neighbour)
    apart = run(odd, tiny_checkpoint, target=5.0, height_model="kouba")
    single = run(odd.isel(time=[1]), tiny_checkpoint, target=5.0, height_model="kouba")
    np.testing.assert_array_equal(apart.zwd[1], single.zwd[0])


@pytest.mark.parametrize("changed", [0, 2], ids=["before", "after"])
def test_both_neighbours_tell_something_of_an_epoch(coarse, tiny_checkpoint, changed):
    series = run(coarse, tiny_checkpoint, target=2.5)
    other = coarse.copy(deep=True)
    other.zwd[changed] = other.zwd[changed, :, ::-1].to_numpy()
    moved = run(other, tiny_checkpoint, target=2.5)
    assert np.abs(series.zwd[1] - moved.zwd[1]).max() > 1e-6


def test_hourly_series_takes_the_sixth_neighbour(tiny_checkpoint):
    lat, lon = np.arange(87.5, -90.0, -5.0), np.arange(2.5, 360.0, 5.0)
    hourly = delays(lat, lon, epochs=13)
    hourly = hourly.assign_coords(
        time=np.datetime64("2022-03-09", "ns") + np.arange(13) * np.timedelta64(1, "h")
    )
    full = run(hourly, tiny_checkpoint, target=5.0)
    every_sixth = run(hourly.isel(time=[0, 6, 12]), tiny_checkpoint, target=5.0)
    np.testing.assert_array_equal(full.zwd[6], every_sixth.zwd[1])


def test_model_is_loaded_once_and_graph_is_light(coarse, tiny_checkpoint):
    from tropdsx.nn.checkpoint import load_card

    sha256 = load_card(tiny_checkpoint)["sha256"]
    lazy = run(coarse.chunk(time=1), tiny_checkpoint)
    session._load.cache_clear()  # other tests may have read it before
    before = session.count_loads(sha256)
    with dask.config.set(scheduler="threads"):
        lazy.compute()
        run(coarse.chunk(time=2), tiny_checkpoint, target=5.0).compute()
    assert session.count_loads(sha256) == before + 1
    for value in dict(lazy.zwd.__dask_graph__()).values():
        assert len(dask.base.tokenize(value)) > 0
    import cloudpickle

    assert len(cloudpickle.dumps(lazy.zwd.data)) < 2_000_000


def test_what_physics_cannot_do_is_refused_or_named(coarse):
    with pytest.raises(CheckpointError, match="sigma comes from a network"):
        run(coarse, None, target=5.0, sigma=True)
    with pytest.warns(TropdsxWarning, match=r"precision='bf16', batch_size=2 without effect"):
        run(coarse, None, target=5.0, precision="bf16", batch_size=2)


def test_numpy_integers_are_batch_sizes(coarse, tiny_checkpoint):
    one = run(coarse, tiny_checkpoint, target=5.0, batch_size=np.int64(2))
    xr.testing.assert_equal(one, run(coarse, tiny_checkpoint, target=5.0, batch_size=2))


def test_sigma_is_positive_and_zero_error_at_nodes(coarse, tiny_checkpoint):
    out = run(coarse, tiny_checkpoint, sigma=True)
    assert (out.zwd_sigma >= 0).all()
    assert out.zwd_sigma.dtype == np.float32


def test_frozen_cells_keep_physics_and_sigma_is_scaled_as_the_card_says(
    coarse, tiny_checkpoint, tmp_path
):
    checkpoint = load(tiny_checkpoint)
    frozen = torch.zeros(18, 36, dtype=torch.bool)
    frozen[2] = True  # 60 to 70 deg N
    card = checkpoint.card | {"sigma_factor": {"zhd": 2.0, "zwd": 3.0}}
    path = save(tmp_path / "a.safetensors", checkpoint.module, card, tensors={"freeze_zwd": frozen})
    physics = run(coarse, None)
    plain, out = (run(coarse, each, sigma=True) for each in (tiny_checkpoint, path))
    for name, factor in (("zhd", 2.0), ("zwd", 3.0)):
        sigma = out[f"{name}_sigma"]
        np.testing.assert_allclose(sigma, factor * plain[f"{name}_sigma"], rtol=1e-6)
    inside = (out.lat > 60) & (out.lat < 70)
    np.testing.assert_array_equal(out.zwd.where(inside), physics.zwd.where(inside))
    np.testing.assert_array_equal(out.zwd.where(~inside), plain.zwd.where(~inside))
    np.testing.assert_array_equal(out.zhd, plain.zhd)


def test_result_stays_positive(coarse, tiny_checkpoint):
    dryish = coarse.assign(zwd=coarse.zwd * 0 + 0.001 + 0.3 * (coarse.zwd > 0.2))
    out = run(dryish.astype("f4"), tiny_checkpoint, target=2.5)
    physics = run(dryish.astype("f4"), None, target=2.5)
    assert (out.zwd.values[physics.zwd.values > 0] > 0).all()


def test_settings_of_the_process_are_restored(coarse, tiny_checkpoint):
    threads, conv = torch.get_num_threads(), torch.backends.cudnn.conv.fp32_precision
    with dask.config.set(scheduler="threads"):
        run(coarse.chunk(time=1), tiny_checkpoint, target=5.0).compute()
    assert torch.get_num_threads() == threads
    assert torch.backends.cudnn.conv.fp32_precision == conv


@pytest.mark.parametrize("name", ["zhd", "zwd"])
def test_one_delay_alone(coarse, tiny_checkpoint, name):
    alone = run(coarse[[name, "orography"]], tiny_checkpoint, target=2.5)
    physics = run(coarse[[name, "orography"]], None, target=2.5)
    numbers = {*count_names([name]), *expected_names([name])}
    assert set(alone) - numbers == {name, f"{name}_rmse"}
    assert np.abs(alone[name] - physics[name]).max() > 1e-5
    assert alone.attrs["tropdsx_model"] == "tiny"


def test_spacing_never_seen_is_warned_of(tiny_checkpoint):
    wide = delays(np.arange(75.0, -90, -30.0), np.arange(15.0, 360, 30.0))
    with pytest.warns(UserWarning, match="trained on spacings"):
        run(wide, tiny_checkpoint, target=10.0)


@pytest.mark.parametrize(
    ("content", "match"),
    [(b"", "safetensors"), (b"junk" * 100, "safetensors"), (None, "damaged")],
    ids=["empty", "junk", "flipped bit"],
)
def test_damaged_checkpoints(coarse, tiny_checkpoint, tmp_path, content, match):
    path = tmp_path / "bad.safetensors"
    if content is None:
        bytes_ = bytearray(tiny_checkpoint.read_bytes())
        bytes_[-5] ^= 255
        content = bytes(bytes_)
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=match):
        run(coarse, path)


def test_unknown_names(coarse, tiny_checkpoint):
    with pytest.raises(CheckpointError, match="'default', 'heldout', 'none'"):
        run(coarse, "best")
    with pytest.raises(CheckpointError, match="cpu"):
        run(coarse, tiny_checkpoint, device="tpu")
    with pytest.raises(CheckpointError, match="float32"):
        run(coarse, tiny_checkpoint, precision="fp8")


@pytest.mark.skipif(torch.cuda.is_available(), reason="here is a CUDA device")
def test_absent_device(coarse, tiny_checkpoint):
    with pytest.raises(CheckpointError, match="0 CUDA devices"):
        run(coarse, tiny_checkpoint, device="cuda")


def test_a_part_of_a_target_has_the_same_values(coarse, tiny_checkpoint):
    """With sigma or without, whichever way the decoder takes."""
    grid = run(coarse, tiny_checkpoint, target=2.5, sigma=True)
    picked = grid.isel(lat=slice(3, 63, 4), lon=slice(0, 60, 3))
    target = xr.Dataset({"orography": picked.orography.assign_attrs(units="m")})
    for sigma in (False, True):
        out = run(coarse, tiny_checkpoint, target=target, sigma=sigma)
        np.testing.assert_allclose(out.zwd, picked.zwd, atol=1e-6)
        assert ("zwd_sigma" in out) == sigma


@pytest.mark.parametrize("size", [-3, 0, "a", 1.5])
def test_batch_size_is_checked(coarse, tiny_checkpoint, size):
    with pytest.raises(CheckpointError, match="whole numbers from 1"):
        coarse.tropds.downscale(5.0, model=tiny_checkpoint, batch_size=size)
