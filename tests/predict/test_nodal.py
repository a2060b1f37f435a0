"""The nodal network over blocks of epochs, and over rows of terrain models."""

import tracemalloc

import numpy as np
import pytest
import torch
import xarray as xr
from torch.utils.flop_counter import FlopCounterMode

from tropdsx.assets.registry import find_path
from tropdsx.nn.cells import decoder as decoders
from tropdsx.nn.cells.decoder import FineFields
from tropdsx.nn.checkpoint import load_card
from tropdsx.nn.member import Member
from tropdsx.predict import coefficients
from tropdsx.predict.nodal import BAND, NodalRefiner
from tropdsx.predict.session import Handle, hold_settings
from tropdsx.reduce.geometry import GridPair

from helpers.networks import run

LAT, LON = np.arange(87.5, -90, -5), np.arange(2.5, 360, 5)


def handle_of(model, **options):
    path = find_path(model)
    return Handle(str(path), load_card(path)["sha256"], **options)


def series(coarse):
    """Coarse delays of three epochs, before and after them."""
    now = [coarse[name].to_numpy() for name in ("zhd", "zwd")]
    nothing = [np.full_like(field, np.nan) for field in now]
    before = [
        np.concatenate([gap[:1], field[:-1]]) for gap, field in zip(nothing, now, strict=True)
    ]
    return [*now, *before, *nothing]


def terrain(rows, columns):
    y, x = np.arange(rows)[:, None], np.arange(columns)
    return 1500 + 1500 * np.sin(y / 9) * np.cos(x / 7)


def guesses(epochs, shape):
    return [np.full((epochs, *shape), value, np.float32) for value in (2.0, 0.1)]


def corrected(coarse, model, fine_lat, fine_lon, fine, **options):
    grids = GridPair(LAT, LON, fine_lat, fine_lon)
    refine = NodalRefiner(handle_of(model), grids, **options)
    first = guesses(3, fine.shape)
    return refine(coarse.orography.to_numpy(), fine, *first, *series(coarse))


@pytest.mark.parametrize("model", ["default", "tiny"])
def test_a_terrain_model_has_the_numbers_of_single_targets(
    coarse, tiny_checkpoint, model, monkeypatch
):
    """Over the corners of cells, with and without neighbouring epochs, sigma included."""
    axes = 43.1 - np.arange(37) / 30, 7.0 + np.arange(35) / 30
    given = coarse, model if model == "default" else tiny_checkpoint, *axes, terrain(37, 35)
    monkeypatch.setattr(decoders, "picks_places", lambda *_: False)
    found = corrected(*given, sigma=True)
    monkeypatch.setattr(decoders, "SIZES", ())
    expected = corrected(*given, sigma=True)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1.5e-6)
    assert np.ptp(expected[1]) > 5e-4


def test_rows_one_after_the_other_are_the_whole(coarse):
    """The network runs once; no row depends on the rows that are asked for with it."""
    fine = terrain(90, 400)
    axes = 45.0 - np.arange(90) / 80, 6.0 + np.arange(400) / 400
    refine = NodalRefiner(handle_of("default"), GridPair(LAT, LON, *axes))
    first, nodes = guesses(3, fine.shape), series(coarse)
    whole = refine(coarse.orography.to_numpy(), fine, *first, *nodes)
    out = guesses(3, fine.shape)
    with hold_settings("float32"):
        fields = refine.prepare(coarse.orography.to_numpy(), nodes)
        for start, stop in ((0, 1), (1, 50), (50, 90)):
            some = slice(start, stop)
            parts = [[g[:, some] for g in each] for each in (first, out)]
            refine.refine_rows(fields, start, stop, fine[some], *parts)
    for one, other in zip(out, whole, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)


def test_nothing_is_kept_for_a_target(coarse):
    """Working memory of a large target is that of a band of its rows."""
    most, outputs = [], []
    for size in (400, 1200):
        fine = terrain(size, size)
        axes = 46.0 - np.arange(size) / size, 7.0 + np.arange(size) / size
        refine = NodalRefiner(handle_of("default"), GridPair(LAT, LON, *axes))
        first, out = guesses(1, fine.shape), guesses(1, fine.shape)
        nodes = [field[:1] for field in series(coarse)]
        with hold_settings("float32"):
            fields = refine.prepare(coarse.orography.to_numpy(), nodes)
            refine.refine_rows(fields, 0, size, fine, first, out)
            tracemalloc.start()
            refine.refine_rows(fields, 0, size, fine, first, out)
            most.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        outputs.append(sum(field.nbytes for field in out))
    assert most[1] < 1.5 * most[0] < outputs[1] / 4


def test_a_band_is_all_that_is_held(coarse, monkeypatch):
    """Of tensors too, which the trace above does not see."""
    seen = []
    rows = FineFields.rows

    def watch(self, start, stop, height, wet_factor):
        found = rows(self, start, stop, height, wet_factor)
        seen.append(height.numel())
        return found

    monkeypatch.setattr(FineFields, "rows", watch)
    fine = terrain(300, 700)
    axes = 46.0 - np.arange(300) / 300, 7.0 + np.arange(700) / 700
    refine = NodalRefiner(handle_of("default"), GridPair(LAT, LON, *axes))
    nodes = [field[:1] for field in series(coarse)]
    refine(coarse.orography.to_numpy(), fine, *guesses(1, fine.shape), *nodes)
    assert sum(seen) == fine.size
    assert max(seen) <= BAND


@pytest.fixture
def plain_convolutions(monkeypatch):
    """Also on a processor that prefers tiles."""
    monkeypatch.setattr(coefficients, "prefers_tiles", lambda: False)
    coefficients.nodal_module.cache_clear()
    yield
    coefficients.nodal_module.cache_clear()


def count_work(coarse, fine_lat, fine_lon):
    """Floating-point operations of an epoch without neighbours."""
    fine = np.zeros((fine_lat.size, fine_lon.size))
    refine = NodalRefiner(handle_of("default"), GridPair(LAT, LON, fine_lat, fine_lon))
    nodes = [field[:1] for field in series(coarse)]
    first, out = guesses(1, fine.shape), guesses(1, fine.shape)

    def work():
        with hold_settings("float32"):
            fields = refine.prepare(coarse.orography.to_numpy(), nodes)
            refine.refine_rows(fields, 0, len(fine), fine, first, out)

    work()  # what no epoch changes is made once
    with FlopCounterMode(display=False) as count:
        work()
    return count.get_total_flops()


def test_an_epoch_costs_little_more_than_its_convolutions(coarse, plain_convolutions):
    """Globally two passes through the nodes; for a terrain model those of its surroundings."""
    node = 2 * 9 * 96 * (19 + 10 * 96) + 2 * 96 * 68  # of one pass
    globe = count_work(coarse, np.arange(89.5, -90, -1.0), np.arange(0.5, 360))
    trunk = 2 * node * LAT.size * LON.size
    assert trunk < globe < 1.03 * trunk
    tile = count_work(coarse, 46.0 - np.arange(1200) / 1200, 7.0 + np.arange(1200) / 1200)
    # 21 rows to the pole, and 25 columns on both meridians; then two small products a target.
    near = 2 * node * 21 * 50
    products = 2 * 2 * 2 * 16 * 1.1 * 1200**2
    assert near < tile < 1.05 * near + products


def test_a_region_asks_for_the_nodes_round_it(coarse, monkeypatch):
    """All four corners of its cell, and a margin of one node for each convolution."""
    seen = []
    parts = Member.parts

    def count(self, channels, edges):
        seen.append(channels.shape[-2] * channels.shape[-1])
        return parts(self, channels, edges)

    monkeypatch.setattr(Member, "parts", count)
    lat, lon = np.arange(90, -91, -2.0), np.arange(0, 360, 2.5)
    globe = xr.Dataset(coords={"lat": lat, "lon": lon})
    fields = coarse.interp_like(globe, kwargs={"fill_value": "extrapolate"})
    fine = terrain(30, 30)
    axes = 45.9 - np.arange(30) / 30, 7.6 + np.arange(30) / 30
    refine = NodalRefiner(handle_of("default"), GridPair(lat, lon, *axes))
    nodes = [field.astype(np.float32) for field in series(fields)]
    refine(fields.orography.to_numpy(), fine, *guesses(3, fine.shape), *nodes)
    assert set(seen) == {(2 + 2 * 11) ** 2}
    assert len(seen) == 3 * 2  # epochs, times two experts


def test_frozen_cells_keep_the_first_guess(coarse, tiny_checkpoint, monkeypatch):
    import tropdsx.predict.corrections as corrections

    table = np.zeros((18, 36), bool)
    table[4] = True  # 40 to 50 deg N
    monkeypatch.setattr(
        corrections, "_freeze_table", lambda _, name: table if name == "zwd" else None
    )
    lat = 60.2 - np.arange(30) * 1.0
    zhd, zwd = corrected(coarse, tiny_checkpoint, lat, 10.0 + np.arange(30) * 1.1, terrain(30, 30))
    inside = (lat > 40) & (lat < 50)
    assert (zwd[:, inside] == np.float32(0.1)).all()
    assert (zwd[:, ~inside] != np.float32(0.1)).mean() > 0.9
    assert (zhd != np.float32(2.0)).mean() > 0.9


def test_a_batch_of_epochs_of_both_kinds_is_the_same(coarse, tiny_checkpoint):
    """As on a GPU: epochs with and without neighbours at once."""
    axes = 43.1 - np.arange(20) / 3, 7.0 + np.arange(20) / 3
    grids, fine = GridPair(LAT, LON, *axes), terrain(20, 20)
    given = coarse.orography.to_numpy(), fine, *guesses(3, fine.shape), *series(coarse)
    for model in ("default", tiny_checkpoint):
        single = NodalRefiner(handle_of(model), grids)(*given)
        batch = NodalRefiner(handle_of(model, batch_size=3), grids)(*given)
        for one, other in zip(single, batch, strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)


def test_missing_and_negative_guesses_stay(coarse, tiny_checkpoint):
    first = guesses(3, (4, 4))
    first[1][:, 0, 0] = np.nan
    first[1][:, 1, 1] = -0.01
    axes = 43.1 - np.arange(4) / 3, 7.0 + np.arange(4) / 3
    refine = NodalRefiner(handle_of(tiny_checkpoint), GridPair(LAT, LON, *axes), sigma=True)
    heights = coarse.orography.to_numpy()
    out = refine(heights, terrain(4, 4), *first, *series(coarse))
    assert np.isnan(out[1][:, 0, 0]).all()
    assert np.isnan(out[3][:, 0, 0]).all()
    assert (out[1][:, 1, 1] == np.float32(-0.01)).all()
    assert np.isfinite(out[0]).all()


def test_network_runs_under_its_settings_on_torch_threads(coarse, tiny_checkpoint):
    """A region near both edges of the map and a globe give the same numbers."""
    threads = torch.get_num_threads()
    west = run(coarse, tiny_checkpoint, target=2.5)
    some = west.isel(lat=slice(10, 20), lon=slice(140, 144))[["orography"]]
    part = run(coarse, tiny_checkpoint, target=some)
    for name in ("zhd", "zwd"):
        expected = west[name].isel(lat=slice(10, 20), lon=slice(140, 144))
        np.testing.assert_allclose(part[name], expected, rtol=0, atol=2e-6)
    assert torch.get_num_threads() == threads
