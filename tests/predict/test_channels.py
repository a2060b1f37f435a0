"""What a network sees of the coarse nodes."""

import numpy as np
import pytest

from tropdsx.atmos.mean_atmospheres import reduction_to_sea
from tropdsx.errors import GridError
from tropdsx.predict.channels import (
    CHANNELS,
    HEIGHT_CHANNELS,
    NEIGHBOUR_CHANNELS,
    ZHD_CHANNELS,
    ZWD_CHANNELS,
    _fill,
    node_input,
)

LAT, LON = np.arange(87.5, -90, -5), np.arange(2.5, 360, 5)


def fields(seed=0):
    rng = np.random.default_rng(seed)
    return 2.2 + 0.05 * rng.normal(size=(2, 36, 72)), 0.1 + 0.02 * rng.random((2, 36, 72))


def test_channels_are_named_finite_and_of_order_one():
    zhd, zwd = fields()
    channels, scales = node_input(zhd, zwd, np.zeros((36, 72)), LAT, LON)
    assert channels.shape == (2, len(CHANNELS), 36, 72)
    assert channels.dtype == np.float32
    assert np.isfinite(channels).all()
    assert np.abs(channels).max() < 20
    assert (scales > 0).all()


def test_missing_nodes_are_bridged():
    zhd, zwd = fields()
    zwd[:, 10:12, 5:9] = np.nan
    zhd[:, 3] = np.nan
    assert np.isfinite(node_input(zhd, zwd, np.zeros((36, 72)), LAT, LON).channels).all()


def test_zhd_counts_half_at_1500_m():
    """Reduced over plateaux it carries the error of the assumed temperature."""
    zhd, zwd = fields()
    low, high = (np.full((36, 72), height) for height in (0.0, 1500.0))
    hydrostatic, wet = reduction_to_sea(high, LAT)
    at_sea = node_input(zhd, zwd, low, LAT, LON).channels
    above = node_input(zhd / hydrostatic, zwd / wet, high, LAT, LON).channels
    place = CHANNELS.index("zhd_log_scale")
    np.testing.assert_allclose(above[:, place] - at_sea[:, place], np.log(0.5), atol=2e-3)
    np.testing.assert_allclose(above[:, :4], at_sea[:, :4], atol=1e-5)  # of ZWD


def test_cells_are_described_by_their_shape_and_size():
    zhd, zwd = fields()
    wide = node_input(zhd, zwd, np.zeros((36, 72)), LAT / 2, LON).channels[0]
    row = 17  # 1.25 deg N
    expected = np.log(2.0 * np.cos(np.radians(LAT[row] / 2)))
    assert wide[CHANNELS.index("log_aspect"), row, 0] == pytest.approx(expected, abs=1e-6)
    assert wide[CHANNELS.index("log_step"), row, 0] == pytest.approx(np.log(0.5) / 2, abs=1e-6)


def test_one_delay_may_be_absent():
    zhd, zwd = fields()
    flat = np.zeros((36, 72))
    both = node_input(zhd, zwd, flat, LAT, LON)
    wet = node_input(None, zwd, flat, LAT, LON)
    assert (wet.channels[:, 4:7] == 0).all()
    np.testing.assert_array_equal(wet.channels[:, :4], both.channels[:, :4])
    assert np.isfinite(node_input(zhd, None, flat, LAT, LON).channels).all()


@pytest.mark.parametrize("gaps", ["whole", "most"])
@pytest.mark.parametrize("absent", [0, 1])
def test_an_epoch_without_one_delay_is_as_if_the_delay_were_absent(absent, gaps):
    fields = [np.random.default_rng(k).uniform(0.1, 0.2, (3, 18, 36)) for k in (0, 1)]
    fields[0] += 2.2
    heights = np.random.default_rng(2).uniform(0, 2000, (18, 36))
    axes = np.arange(85, -90, -10.0), np.arange(5, 360, 10.0)
    others = {"before": tuple(f[::-1] for f in fields)}
    full = node_input(*fields, heights, *axes, **others)
    alone = [f if k != absent else None for k, f in enumerate(fields)]
    wanted = node_input(*alone, heights, *axes, **others)
    holed = [f.copy() for f in fields]
    holed[absent][1, : 18 if gaps == "whole" else 10] = np.nan
    found = node_input(*holed, heights, *axes, **others)
    for part in (0, 1):
        np.testing.assert_array_equal(found[part][1], wanted[part][1])
        np.testing.assert_array_equal(found[part][[0, 2]], full[part][[0, 2]])


def test_what_is_filled_in_does_not_depend_on_the_block():
    zwd = np.random.default_rng(0).uniform(0.1, 0.2, (3, 18, 36)) * np.arange(1, 4)[:, None, None]
    zwd[1, 4:7] = zwd[1, 0, :5] = np.nan
    axes = np.zeros((18, 36)), np.arange(85, -90, -10.0), np.arange(5, 360, 10.0)
    block = node_input(None, zwd, *axes)
    single = [node_input(None, zwd[k : k + 1], *axes) for k in range(3)]
    for part in (0, 1):
        np.testing.assert_array_equal(np.concatenate([s[part] for s in single]), block[part])
    filled = _fill(zwd)
    around = zwd[1, 3].mean(), zwd[1, 7].mean()
    np.testing.assert_allclose(filled[1, 5], around[0] + (around[1] - around[0]) / 2)
    np.testing.assert_allclose(filled[1, 0, :5], zwd[1, 0, 5:].mean())


def test_presence_is_told_per_epoch():
    zhd, zwd = fields()
    before = (zhd.copy(), zwd.copy())
    before[0][1], before[1][1] = np.nan, np.nan
    channels = node_input(zhd, zwd, np.zeros((36, 72)), LAT, LON, before=before).channels
    assert (channels[0, NEIGHBOUR_CHANNELS["before"][2]] == 1).all()
    assert (channels[1, list(NEIGHBOUR_CHANNELS["before"])] == 0).all()
    assert (channels[:, list(NEIGHBOUR_CHANNELS["after"])] == 0).all()


def test_a_mountain_is_no_weather():
    height = np.zeros((36, 72))
    height[10:14, 20:30] = 4000.0
    zwd = np.broadcast_to(0.2 * np.exp(-height / 2000), (1, 36, 72))
    channels = node_input(np.full((1, 36, 72), 2.3), zwd, height, LAT, LON).channels
    assert np.abs(channels[0, 0]).max() < 1e-3


def test_channels_of_a_kind_are_told_by_their_names():
    """The places that training hides are those of the names."""

    def places(*parts):
        return {k for k, name in enumerate(CHANNELS) if any(part in name for part in parts)}

    assert set(ZHD_CHANNELS) == places("zhd_")
    assert set(ZWD_CHANNELS) == places("zwd_")
    assert set(HEIGHT_CHANNELS) == places("orography")
    for side, found in NEIGHBOUR_CHANNELS.items():
        assert set(found) == places(f"_{side}")


def test_without_any_delay_there_is_nothing_to_see():
    with pytest.raises(GridError, match="zhd or zwd"):
        node_input(None, None, np.zeros((36, 72)), LAT, LON)
