import numpy as np
import pytest

from tropdsx.grid.edges import find_edges
from tropdsx.predict.channels import CHANNELS, NEIGHBOUR_CHANNELS, _fill, node_input
from tropdsx.predict.points import point_table

LAT, LON = np.arange(87.5, -90, -5), np.arange(2.5, 360, 5)


@pytest.mark.parametrize(
    ("lat", "lon", "expected"),
    [
        (LAT, LON, (True, "half", "half")),
        (np.arange(90, -91, -2.0), np.arange(0, 360, 2.5), (True, "pole", "pole")),
        (np.arange(60, 29, -5.0), LON, (True, "edge", "edge")),
        (LAT, np.arange(10, 60, 5.0), (False, "edge", "edge")),
        (LAT, np.arange(0, 360, 8.0), (True, "edge", "edge")),  # 45 columns: no opposite meridian
    ],
)
def test_edges(lat, lon, expected):
    assert tuple(find_edges(lat, lon)) == expected


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


def test_point_at_a_node_has_that_node_alone():
    height = np.arange(36 * 72.0).reshape(36, 72)
    table = point_table(
        LAT, LON, height, LAT[[0, 5, 35]], LON[[0, 71, 30]], height[[0, 5, 35], [0, 71, 30]]
    )
    assert table.weight[:, 0].tolist() == [1, 1, 1]
    assert (table.weight[:, 1:] == 0).all()
    assert (table.height_step[:, 0] == 0).all()
    padded_width = 74
    assert table.index[1, 0] == 6 * padded_width + 72


def test_points_everywhere_have_corners_on_the_padded_grid():
    rng = np.random.default_rng(0)
    for lat, lon in (
        (LAT, LON),
        (np.arange(90, -91, -2.0), np.arange(0, 360, 2.5)),
        (LAT[3:9], LON[:9]),
    ):
        points = rng.uniform(-90, 90, 500), rng.uniform(-180, 540, 500)
        table = point_table(lat, lon, np.zeros((len(lat), len(lon))), *points, np.zeros(500))
        assert table.index.min() >= 0
        assert table.index.max() < (len(lat) + 2) * (len(lon) + 2)
        np.testing.assert_allclose(table.weight.sum(-1), 1, atol=1e-6)


def test_points_across_greenwich():
    table = point_table(
        LAT, LON, np.zeros((36, 72)), np.array([0.0, 0.0]), np.array([0.0, 360.0]), np.zeros(2)
    )
    np.testing.assert_array_equal(table.index[0], table.index[1])
    np.testing.assert_allclose(table.offset[0, 0, 1], 0.5)
