"""Pairs drawn from moisture fields."""

import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

import numpy as np
import torch
import xarray as xr

from tropdsx.nn.nodal import NodalNet
from tropdsx.workflows.train.nodal.batches import estimate, make_batch
from tropdsx.workflows.train.nodal.drawn.moisture_fields import find_moisture
from tropdsx.workflows.train.nodal.drawn.moisture_pairs import (
    check_moisture_pairs,
    draw_moisture_pairs,
)
from tropdsx.workflows.train.nodal.drawn.warping import Warping


def fields(lat, lon, seed=0, epochs=2):
    """Rough wet delays, and hydrostatic ones that rise to the north."""
    rng = np.random.default_rng(seed)
    shape = epochs, len(lat), len(lon)
    zwd = 0.2 + 0.02 * rng.standard_normal(shape)
    zhd = 2.3 + 0.001 * np.asarray(lat)[:, None] + np.zeros(shape)
    time = np.datetime64("2020-07-02", "ns") + np.arange(epochs) * np.timedelta64(5, "D")
    axes = {"time": time, "lat": lat, "lon": lon}
    return xr.Dataset({"zhd": (tuple(axes), zhd), "zwd": (tuple(axes), zwd)}, axes)


@pytest.fixture
def globe():
    return fields(89.0 - 2 * np.arange(90.0), 2 * np.arange(180.0))


@pytest.fixture
def region():
    return fields(40.0 - 0.5 * np.arange(50.0), 100 + 0.5 * np.arange(47.0))


@pytest.mark.parametrize(("nodes", "step"), [(1, 5), (2, 5), (3, 3)])
def test_a_batch_of_a_globe_goes_through_a_network(globe, nodes, step):
    pairs = draw_moisture_pairs(find_moisture(globe, nodes, step), np.random.default_rng(0), 3)
    batch = make_batch(pairs)
    assert batch.channels.shape[0] == 3
    assert bool(torch.isfinite(batch.channels).all())
    assert float(abs(batch.lattice.target_height).max()) == 0.0
    mean, sigma = estimate(NodalNet(width=4, blocks=1), batch)
    assert mean.shape == sigma.shape == batch.residual.shape


def test_the_nodes_of_a_region_are_targets_without_error(region):
    found = find_moisture(region, 1, 5)
    for pairs in draw_moisture_pairs(found, np.random.default_rng(1), 8):
        assert np.abs(pairs.residual[:, 1, 0]).max() < 1e-7  # the node itself
        assert np.abs(pairs.residual[:, 1, 1:]).mean() > 1e-3
        assert pairs.edges.wrap is False
        assert pairs.lat[0] - pairs.lat[1] == pytest.approx(2.5)
        assert (np.diff(pairs.lat) < 0).all()


def test_truth_of_a_region_is_the_field_at_the_place_of_the_pair(region):
    # A field that is linear along the meridian: the interpolation is exact at every phase.
    smooth = region.assign(zwd=region.zwd * 0 + 0.2 + 0.001 * region.lat)
    for pairs in draw_moisture_pairs(find_moisture(smooth, 2, 4), np.random.default_rng(2), 6):
        assert np.abs(pairs.residual[:, 1]).max() < 1e-6


def test_hydrostatic_delays_are_lessons_over_sea_alone(globe):
    land = np.zeros((90, 180), np.float32)
    land[:, 90:] = 1.0
    with_mask = globe.assign(land_binary_mask=(("lat", "lon"), land))
    (pairs,) = draw_moisture_pairs(find_moisture(with_mask, 1, 5), np.random.default_rng(0), 1)
    known = np.isfinite(pairs.residual[0, 0]).all(0).any(0)  # by column of cells
    assert known.any()
    assert not known.all()
    (blind,) = draw_moisture_pairs(find_moisture(globe, 1, 5), np.random.default_rng(0), 1)
    assert np.isnan(blind.residual[0, 0]).all()
    assert np.isfinite(blind.residual[0, 1]).all()
    assert blind.channels[0, 4].any()  # ZHD is seen all the same


def test_wet_delays_alone(region):
    (pairs,) = draw_moisture_pairs(
        find_moisture(region[["zwd"]], 1, 5), np.random.default_rng(0), 1
    )
    assert not pairs.channels[0, [4, 5, 6]].any()


def test_offsets_reach_all_nodes(region):
    found = find_moisture(region, 2, 5)
    rng = np.random.default_rng(0)
    first = {draw_moisture_pairs(found, rng, 1, flip_chance=0.0)[0].lat[0] for _ in range(60)}
    assert len(first) == 10  # 50 rows, 41 of which are used


def test_the_same_stream_draws_the_same_pairs(region):
    found = find_moisture(region, 1, 5)
    one, two = (draw_moisture_pairs(found, np.random.default_rng(7), 2) for _ in range(2))
    assert np.array_equal(one[1].residual, two[1].residual, equal_nan=True)


def test_bent_pairs_keep_nodes_and_statistics(globe, region):
    for ds, wave in ((globe, 60), (region, 12)):
        lat, lon = np.radians(ds.lat * 360 / wave), np.radians(ds.lon * 360 / wave)
        smooth = ds.assign(zwd=0.2 + 0.02 * np.sin(lat) * np.cos(lon) + 0 * ds.zwd)
        found, rng = find_moisture(smooth.transpose("time", "lat", "lon"), 1, 5), 5
        plain, bent = (
            draw_moisture_pairs(found, np.random.default_rng(rng), 3, warping=warping)
            for warping in (None, Warping(1.0))
        )
        for one, other in zip(plain, bent, strict=True):
            assert np.abs(other.residual[:, 1, 0]).max() < 1e-7  # at the nodes there is no error
            size = [float(np.nanstd(each.residual[:, 1, 1:])) for each in (one, other)]
            assert 0.3 < size[1] / size[0] < 3
            assert not np.allclose(one.channels[0, 0], other.channels[0, 0], atol=0.05)


def test_no_bending_draws_what_was_drawn_without(region):
    found = find_moisture(region, 1, 5)
    one, two = (
        draw_moisture_pairs(found, np.random.default_rng(3), 1, warping=each)[0]
        for each in (None, Warping(0.0))
    )
    assert np.array_equal(one.residual, two.residual, equal_nan=True)


def test_bent_land_goes_with_its_delays(globe):
    """ZHD that is wrong over land alone is never a lesson, however the globe is bent."""
    land = np.zeros((90, 180), np.float32)
    land[:, 90:] = 1.0
    odd = globe.assign(zhd=globe.zhd * 0 + 2.3 + 5.0 * land)
    found = find_moisture(odd.assign(land_binary_mask=(("lat", "lon"), land)), 1, 5)
    for pairs in draw_moisture_pairs(found, np.random.default_rng(0), 4, warping=Warping(1.0)):
        known = pairs.residual[0, 0][np.isfinite(pairs.residual[0, 0])]
        assert known.size
        # Three quarters of a node beyond a coast a spline still rings, by 4 % of the step.
        assert np.abs(known).max() < 0.1 * 5.0


def test_validation_pairs_have_no_heights_and_no_hydrostatic_truth(region):
    pairs = check_moisture_pairs(region, 2, 5, "check")
    assert len(pairs.channels) == 2
    assert np.isnan(pairs.residual[:, 0]).all()
    assert np.isfinite(pairs.residual[:, 1]).all()
    assert not pairs.target_height.any()
    assert not pairs.node_height.any()
    alone = check_moisture_pairs(region[["zwd"]], 2, 5, "check")
    assert np.allclose(alone.residual[:, 1], pairs.residual[:, 1])
