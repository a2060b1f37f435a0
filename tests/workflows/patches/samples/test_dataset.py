"""Samples as tensors, with the keys and shapes that others know."""

import numpy as np
import pytest
import torch
import xarray as xr

from tropdsx.errors import DomainError
from tropdsx.workflows.patches.files.export import export_patches
from tropdsx.workflows.patches.files.store import open_patches
from tropdsx.workflows.patches.samples.dataset import PatchDataset
from tropdsx.workflows.patches.samples.degradation import Degradation
from tropdsx.workflows.patches.splits import Split

SIZE, DAYS, DEPTHS = 6, 4, [0.5, 10.0, 100.0, 1000.0]
LAT, LON = np.arange(60.0, 48.0, -1.0), np.arange(-9.0, 9.0)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Four days about 29 February; the last column of the deepest level is land."""
    folder = tmp_path_factory.mktemp("source")
    rng = np.random.default_rng(0)
    times = np.datetime64("2024-02-27", "ns") + np.arange(DAYS).astype("m8[D]")
    axes = {"time": times, "depth": DEPTHS, "lat": LAT, "lon": LON}
    values = rng.normal(10.0, 4.0, (DAYS, 4, LAT.size, LON.size)).astype("f4")
    values[:, 3, :, -1] = np.nan
    values[0, :, 0, 0] = 0.0
    ds = xr.Dataset({"thetao": (list(axes), values, {"units": "degrees_C"})}, axes)
    ds.to_netcdf(folder / "ocean.nc")
    return folder / "ocean.nc"


@pytest.fixture(scope="module", params=["p.zarr", "p"])
def exported(source, request):
    split = Split("time", {"val": 0.25}, days=1.0)
    out = source.parent / request.param
    return export_patches(source, out, variable="thetao", size=SIZE, stride=3, split=split)


@pytest.fixture(scope="module")
def single(source):
    out = source.parent / "single.zarr"
    return export_patches(source, out, variable="thetao", levels=[0.5], size=SIZE)


def sst(lat=LAT, lon=LON, times=DAYS):
    """A condition that is linear in space and rises day by day."""
    time = np.datetime64("2024-02-27", "ns") + np.arange(times).astype("m8[D]")
    values = np.add.outer(np.arange(times) * 100.0, np.add.outer(lat, 2.0 * lon))
    axes = {"time": time, "lat": lat, "lon": lon}
    return xr.DataArray(values, axes, name="sst", attrs={"units": "K"})


def alike(one, other):
    tensors = [name for name, value in one.items() if isinstance(value, torch.Tensor)]
    return all(torch.equal(one[name], other[name]) for name in tensors)


def test_single_has_the_keys_and_shapes_of_the_seed(single):
    sample = PatchDataset(single, "train", preset="single", share=0.5)[0]
    assert set(sample) == {"x", "y", "valid_mask", "land_mask", "date", "coords", "info"}
    for name, kind in {"x": torch.float32, "y": torch.float32, "valid_mask": torch.bool}.items():
        assert (sample[name].shape, sample[name].dtype) == ((1, SIZE, SIZE), kind)
    assert sample["land_mask"].shape == (1, SIZE, SIZE)
    assert (sample["coords"].shape, sample["date"]) == ((2,), 20240227)
    assert sample["info"]["variable"] == "thetao"


def test_surface_plus_levels_has_those_of_the_seed(exported):
    samples = PatchDataset(exported, "train", preset="surface_plus_levels", share=0.5)
    sample = samples[0]
    wanted = {"eo", "x", "y", "valid_mask", "land_mask", "date", "coords", "info"}
    assert set(sample) == wanted
    assert sample["eo"].shape == (1, SIZE, SIZE)
    for name in ("x", "y", "valid_mask", "land_mask"):
        assert sample[name].shape == (3, SIZE, SIZE)
    assert int(sample["valid_mask"][0].sum()) == SIZE * SIZE // 2


def test_stations_see_their_cells_alone(exported):
    lat, lon = np.array([59.2, 50.1, 55.0, 49.0, 20.0]), np.array([-8.9, 3.0, 4.2, 8.0, 0.0])
    lat, lon = np.append(lat, np.arange(49.0, 61.0)), np.append(lon, np.arange(-9.0, 3.0) * 0)
    given = {"preset": "stations", "share": 0.0, "condition": sst()}
    samples = PatchDataset(exported, "train", stations=(lat, lon), **given)
    for n in range(len(samples)):
        sample, row = samples[n], samples.patches.index[n]
        y0, x0 = int(row["y0"]), int(row["x0"])
        there = {(round(60 - y) - y0, round(x + 9) - x0) for y, x in zip(lat, lon, strict=True)}
        there = {(y, x) for y, x in there if 0 <= y < SIZE and 0 <= x < SIZE}
        seen = {(y, x) for y, x in np.argwhere(sample["valid_mask"][0].numpy())}
        assert seen == there
        assert sample["y"].shape == (4, SIZE, SIZE)


def test_values_are_those_of_the_patch(exported):
    samples = PatchDataset(exported, "val", preset="surface_plus_levels", share=0.3)
    stored, statistics = open_patches(exported, "val"), samples.statistics["target"]
    for n in range(len(samples)):
        sample, values = samples[n], stored[n]
        again = statistics.restore(sample["y"].numpy().astype("f8"), units="degrees_C")
        valid = sample["land_mask"].numpy()
        np.testing.assert_array_equal(valid, np.isfinite(values[1:]))
        np.testing.assert_allclose(again[valid], values[1:][valid], atol=1e-5)
        seen = sample["valid_mask"]
        assert torch.equal(sample["x"][seen], sample["y"][seen])
        assert (sample["x"][~seen] == 0).all()
        assert not (seen & ~sample["land_mask"]).any()


def test_a_value_at_the_mean_or_at_zero_is_valid(source):
    """Both are told from gaps by the masks alone."""
    with xr.open_dataset(source) as ds:
        ds = ds.isel(time=[0], depth=[0]).load()
    ds.thetao[...] = np.where(np.indices(ds.thetao.shape).sum(0) % 2, 4.0, -4.0)
    ds.thetao[0, 0, :3, :3] = 0.0  # the mean, and 0 degrees
    ds.to_netcdf(source.parent / "mean.nc")
    out = export_patches(
        source.parent / "mean.nc", source.parent / "mean", variable="thetao", size=SIZE,
        overwrite=True,
    )  # fmt: skip
    sample = PatchDataset(out, "train", preset="single", share=0.0)[0]
    assert abs(sample["y"][0, 0, 0]) < 0.02
    assert sample["valid_mask"].all()
    assert sample["land_mask"].all()


def test_condition_dropout_is_for_training_alone(exported):
    given = {"preset": "surface_plus_levels"}
    lost = Degradation(dropout=1.0)
    for split, is_lost in (("train", True), ("val", False)):
        plain = PatchDataset(exported, split, **given)
        spoilt = PatchDataset(exported, split, degradation=lost, **given)
        for n in range(len(plain)):
            assert (spoilt[n]["eo"] == 0).all() == is_lost
            assert alike(plain[n], spoilt[n]) != is_lost


@pytest.mark.parametrize(
    ("turns", "ways"), [(["flip"], 4), (["rotate"], 4), (["flip", "rotate"], 8)]
)
def test_turns_are_for_training_alone_and_of_all_tensors_alike(exported, turns, ways):
    given = {"preset": "surface_plus_levels", "share": 0.4}
    for split in ("train", "val"):
        plain, turned = (PatchDataset(exported, split, turns=t, **given) for t in ([], turns))
        seen = set()
        for epoch in range(6):
            plain.set_epoch(epoch)
            turned.set_epoch(epoch)
            for n in range(len(plain)):
                before, after = plain[n], turned[n]
                found = [way for way in range(8) if alike(turn_by(before, way), after)]
                assert len(found) == 1
                seen |= set(found)
        assert len(seen) == (ways if split == "train" else 1)
    assert seen == {0}


def turn_by(sample, way):
    def turned(name, each):
        if name == "coords" or not isinstance(each, torch.Tensor):
            return each
        return torch.rot90(each.flip(-1) if way >= 4 else each, way % 4, (-2, -1))

    return {name: turned(name, each) for name, each in sample.items()}


def test_stored_labels_are_held_to(exported):
    kept, held = (PatchDataset(exported, name, preset="single") for name in ("train", "val"))
    assert not {s["date"] for s in kept} & {s["date"] for s in held}
    assert 20240229 in {s["date"] for part in (kept, held) for s in part}


def test_masks_are_seeded_by_sample_and_epoch(exported):
    given = {"preset": "single", "seed": 3, "mask": "bernoulli", "share": 0.5}
    first, again = (PatchDataset(exported, "train", **given) for _ in range(2))
    assert all(alike(first[n], again[n]) for n in range(len(first)))
    again.set_epoch(1)
    assert not any(torch.equal(first[n]["x"], again[n]["x"]) for n in range(len(first)))
    held, moved = (PatchDataset(exported, "val", **given) for _ in range(2))
    moved.set_epoch(1)
    assert all(alike(held[n], moved[n]) for n in range(len(held)))


def test_a_condition_of_another_grid_is_regridded_and_recorded(exported):
    coarse = sst(np.arange(46.0, 63.0, 4.0), np.arange(-12.0, 13.0, 3.0))
    samples = PatchDataset(
        exported, "train", roles={"target": "truth", "condition": "sst"}, condition=coarse
    )
    same = PatchDataset(
        exported, "train", roles={"target": "truth", "condition": "sst"}, condition=sst()
    )
    assert samples.records == ["sst: bilinear from 5 x 9 to 12 x 18 nodes"]
    assert samples[0]["truth"].shape == (4, SIZE, SIZE)
    for n in range(len(samples)):
        torch.testing.assert_close(samples[n]["sst"], same[n]["sst"], atol=1e-5, rtol=1e-5)
    values = torch.stack([sample["sst"] for sample in same])
    assert abs(float(values.mean())) < 1e-5
    assert float(values.std(correction=0)) == pytest.approx(1.0, abs=1e-5)


def test_static_fields_never_change(exported):
    hills = sst(times=1).isel(time=0, drop=True).rename("orography")
    samples = PatchDataset(exported, "val", roles={"target": "y", "static": "hills"}, static=hills)
    row = samples.patches.index[-1]
    y0, x0 = int(row["y0"]), int(row["x0"])
    wanted = hills.values[y0 : y0 + SIZE, x0 : x0 + SIZE].astype("f4")
    np.testing.assert_array_equal(samples[len(samples) - 1]["hills"][0], wanted)


def test_a_loader_makes_batches(exported):
    samples = PatchDataset(exported, "train", preset="surface_plus_levels")
    batch = next(iter(torch.utils.data.DataLoader(samples, batch_size=4)))
    assert batch["eo"].shape == (4, 1, SIZE, SIZE)
    assert batch["date"].shape == (4,)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"roles": {"target": "y", "teacher": "t"}}, "'teacher' is unknown"),
        ({"preset": "double"}, "'double' is unknown; accepted are single"),
        ({}, "give either a preset"),
        ({"preset": "stations"}, "give stations="),
        ({"preset": "single", "stations": ([1.0], [2.0])}, "give stations="),
        ({"preset": "stations", "stations": ([-5.0], [55.0])}, "no station lies in a patch"),
        ({"preset": "single", "condition": sst()}, "condition is given, but no role has it"),
        ({"preset": "single", "mask": "stars"}, "mask 'stars' is unknown"),
        ({"preset": "single", "turns": ["mirror"]}, "accepted is a list of flip and rotate"),
        ({"preset": "single", "turns": "flip"}, "accepted is a list of flip and rotate"),
    ],
)
def test_what_cannot_be_is_refused(exported, wrong, told):
    with pytest.raises(DomainError, match=told):
        PatchDataset(exported, "train", **wrong)[0]


def test_one_band_cannot_be_condition_and_target(single):
    with pytest.raises(DomainError, match="the patches have one band"):
        PatchDataset(single, "train", preset="surface_plus_levels")
