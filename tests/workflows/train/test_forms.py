import numpy as np
import pytest
import torch
import xarray as xr

from helpers.fields import delays

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.cf.times import between
from tropdsx.errors import CheckpointError, GridError, InputError, OutputError
from tropdsx.grid.thinning import find_thinning, parse_thinning, thin
from tropdsx.nn.checkpoint import load
from tropdsx.nn.losses import error_of, pointwise, rmse_weight, weighted_mean
from tropdsx.nn.nodal import NodalNet
from tropdsx.workflows.train.data import split
from tropdsx.workflows.train.nodal.batches import (
    Lessons,
    Source,
    batch_of,
    estimate,
    hide,
    single_epoch,
)
from tropdsx.workflows.train.nodal.fit import fit
from tropdsx.workflows.train.nodal.lessons import Also, Check, pair_sets
from tropdsx.workflows.train.nodal.module import NodalTraining, weight_by
from tropdsx.workflows.train.nodal.pairs import cells
from tropdsx.workflows.train.nodal.texture import make_texture, resample, texture_pair
from tropdsx.workflows.train.options import TrainOptions

from helpers.training import small

LAT, LON = np.arange(90, -91, -6.0), np.arange(0, 360, 7.5)


def longer(**changes):
    return small(**{"width": 8, "steps": 12, "steps_per_epoch": 4, **changes})


@pytest.fixture(scope="module")
def fine():
    """Waves that travel east: between the nodes there is something to learn."""
    ds = delays(LAT, LON, 16)
    rng = np.random.default_rng(0)
    waves = np.zeros((16, LAT.size, LON.size))
    for _ in range(40):
        k, m, p = rng.integers(2, 12), rng.integers(1, 12), rng.uniform(0, 6.3)
        hour = np.arange(16)[:, None, None]
        waves += np.cos(np.radians(k * LON + m * LAT[:, None]) + p + 0.3 * hour)
    ds["zwd"] = (
        (0.15 + 0.004 * waves * np.cos(np.radians(LAT))[:, None]).astype("f4")
        * np.exp(-ds.orography.values / 2000).astype("f4")
        * xr.ones_like(ds.zwd)
    )
    return ds


def test_cells_put_the_node_first():
    field = np.arange(7 * 12.0).reshape(7, 12)
    found = cells(field, (2, 3), (1, 2))
    assert found.shape == (6, 2, 4)
    np.testing.assert_array_equal(found[0], field[1:5:2][:, [2, 5, 8, 11]])
    np.testing.assert_array_equal(found[2][:, -1], field[1:5:2, 1])  # wraps
    assert cells(field, (2, 3), (1, 2), wrap=False).shape == (6, 2, 3)


@pytest.mark.parametrize("flip", [False, True])
def test_pairs_have_no_residual_at_the_nodes(fine, flip):
    for pairs in pair_sets(fine, (2, 2), flips=(flip,)):
        assert np.abs(pairs.residual[:, :, 0]).max() < 1e-6
        assert (pairs.weight[0] == 0).all()
        assert pairs.residual.shape[2:] == (4, len(pairs.lat) - 1, 24)


def test_flipped_pairs_are_mirrored(fine):
    plain, flipped = pair_sets(fine, (2, 2), phase=(1, 0), flips=(False, True))
    np.testing.assert_allclose(plain.lat, -flipped.lat[::-1])
    same = plain.channels[:, 0, ::-1]
    np.testing.assert_allclose(flipped.channels[:, 0], same, atol=1e-4)
    np.testing.assert_allclose((plain.residual**2).sum(), (flipped.residual**2).sum(), rtol=0.2)


def test_texture_is_exact_for_long_waves():
    lat, lon = np.arange(90, -91, -2.0), np.arange(0, 360, 2.5)

    def wave(lat, lon):
        return np.sin(np.radians(lat))[:, None] ** 2 + np.cos(np.radians(lat))[:, None] * np.cos(
            np.radians(lon)
        )

    found = resample(wave(lat, lon)[None])[0]
    expected = wave(89.5 - np.arange(180), 0.5 + np.arange(360))
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("step", [2, 5, 6])
def test_texture_pairs(fine, step):
    target = delays(89.5 - np.arange(180.0), 0.5 + np.arange(360.0), 1)
    texture = make_texture(fine, target)
    pairs = texture_pair(texture, step, np.random.default_rng(0))
    assert np.nanmax(np.abs(pairs.residual[:, :, 0])) < 1e-6
    assert pairs.channels.shape[2] <= 36
    assert np.isfinite(pairs.channels).all()
    net = NodalNet(width=4, blocks=1)
    mean, _ = estimate(net, batch_of([pairs]))
    assert mean.shape == pairs.residual.shape


def test_gradient_is_zero_where_the_truth_is_unknown(fine):
    batch = batch_of(pair_sets(fine, (2, 2), phase=(0, 0)), slice(0, 2))
    residual = batch.residual.clone()
    residual[:, :, 1:3] = torch.nan
    mean = torch.zeros_like(residual, requires_grad=True)
    error, known = error_of(residual, mean)
    weighted_mean(pointwise(error), batch.weight * known).backward()
    assert (mean.grad[:, :, 1:3] == 0).all()
    assert (mean.grad[:, :, 3] != 0).any()


@pytest.mark.parametrize("exponent", [0.0, 1.0])
def test_a_batch_without_truth_teaches_nothing(fine, exponent):
    batch = batch_of(pair_sets(fine, (2, 2), phase=(0, 0)), slice(0, 1))
    batch = batch._replace(residual=torch.full_like(batch.residual, torch.nan))
    options = longer(weigh_by_sigma=exponent)
    module = NodalTraining(NodalNet(width=4, blocks=1), options)
    module.log = lambda *_, **__: None
    loss = module.training_step(batch, 0)
    assert loss == 0
    loss.backward()
    assert all(p.grad is None or (p.grad == 0).all() for p in module.net.parameters())


def test_errors_count_less_where_they_are_expected():
    usual = torch.tensor([0.001, 0.01]).reshape(1, 2, 1, 1, 1)
    sigma = usual * torch.tensor([0.01, 0.5, 1.0, 2.0, 40.0])  # the outer ones are bounded
    weight = torch.tensor([1.0, 1.0, 0.0, 3.0, 1.0]).expand_as(sigma).clone()
    weight[:, 1] *= 0.5
    for exponent in (1.0, 2.0):
        found = weight_by(sigma, weight, usual, exponent)
        torch.testing.assert_close(found.sum(-1), weight.sum(-1))
        assert (found[..., 2] == 0).all(), "what is unknown stays so"
        share = (found / weight)[..., [0, 1, 3, 4]]
        expected = torch.tensor([0.2, 0.5, 2.0, 4.0]) ** -exponent
        torch.testing.assert_close(
            share / share[..., 1:2], (expected / expected[1]).expand_as(share)
        )
    assert (weight_by(sigma, torch.zeros_like(weight), usual, 1.0) == 0).all()


def test_weighing_by_sigma_makes_a_mean_more_certain():
    """Of a mean of many draws of unequal noise, that with inverse variances has the least error."""
    rng = np.random.default_rng(0)
    sigma = torch.from_numpy(rng.uniform(0.3, 3.0, (2, 40)))[None, :, None, None]
    one = torch.ones(1)
    off = {}
    for exponent in (0.0, 1.0, 2.0):
        weight = weight_by(sigma, torch.ones_like(sigma), one, exponent)[0, 0, 0, 0].numpy()
        draws = rng.normal(size=(2000, 40)) * sigma[0, 0, 0, 0].numpy()
        off[exponent] = (draws @ weight / weight.sum()).std()
    assert off[2.0] < 0.9 * off[1.0] < 0.9 * off[0.0]


def test_sigma_weighs_what_is_learned(fine):
    batch = batch_of(pair_sets(fine, (2, 2), phase=(0, 0)), slice(0, 2))
    torch.manual_seed(0)
    net = NodalNet(width=4, blocks=1)
    torch.nn.init.normal_(net.head.weight, std=3.0)
    logged, usual = {}, torch.tensor([0.0015, 0.015])[:, None, None, None]
    for exponent in (0.0, 1.0):
        module = NodalTraining(net, longer(weigh_by_sigma=exponent))
        module.log = lambda name, value, exponent=exponent, **_: logged.update({exponent: value})
        module.training_step(batch, 0)
    mean, sigma = (each.detach() for each in estimate(net, batch))
    error, known = error_of(batch.residual, mean)
    weight = batch.weight * known
    square = (error / usual).square() * torch.tensor([0.3, 1.0])[:, None, None, None]
    for exponent, found in logged.items():
        by_hand = weight_by(sigma + 2e-4, weight, usual, exponent) * square
        torch.testing.assert_close(
            found, by_hand.sum() / batch.weight.expand_as(error[:, :1]).sum()
        )
    assert abs(logged[1.0] / logged[0.0] - 1) > 0.01


def test_hiding(fine):
    batch = batch_of(pair_sets(fine, (2, 2), phase=(0, 0)), slice(2, 6))
    alone = single_epoch(batch)
    assert (alone.channels[:, 12:18] == 0).all()
    assert (batch.channels[:, 16:18] == 1).all()
    hidden = hide(batch, np.random.default_rng(0), both=1.0, delay=0.0)
    torch.testing.assert_close(hidden.channels, alone.channels)
    lost = hide(batch, np.random.default_rng(0), both=0.0, one=0.0, delay=0.5)
    assert torch.isnan(lost.residual).any(-1).any(-1).any(-1).any(0).sum() == 1


def test_lessons_depend_on_the_step_alone(fine):
    source = [Source("2x2", 1.0, pair_sets(fine, (2, 2), count=2))]
    whole = list(Lessons(source, 3, 0, 6, 2))
    later = list(Lessons(source, 3, 4, 2, 2))
    for one, other in zip(whole[4:], later, strict=True):
        torch.testing.assert_close(one.channels, other.channels)


def test_split_keeps_two_days_apart(fine):
    train, valid = split(fine, (), ())
    assert valid.sizes["time"] == 1
    gap = valid.time.values.min() - train.time.values.max()
    assert gap >= np.timedelta64(48, "h")
    day = str(fine.time.values[0])[:10]
    assert between(fine, [day]).sizes["time"] == 4
    with pytest.raises(InputError, match="holds no epoch"):
        between(fine, ["1999-01-01/1999-02-01"])
    with pytest.raises(InputError, match="not understood"):
        between(fine, ["yesterday"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"thin": ("3x3",)}, "--coarse and --thin are both given; .* thinning 2x2"),
        ({"texture": (5,), "texture_shares": (0.4,)}, "--coarse and --texture are"),
        ({"phases": 2}, "--coarse and --phases are"),
    ],
)
def test_coarse_files_leave_no_thinning_open(fine, tmp_path, changes, words):
    with pytest.raises(InputError, match=words):
        fit(fine, tmp_path, options=longer(**changes), coarse=thin(fine, (2, 2), (1, 1)))


@pytest.mark.parametrize("text", ["2", "2x2"])
def test_the_thinning_of_coarse_files_may_be_said(fine, tmp_path, text):
    options = longer(thin=(text,), steps=1, steps_per_epoch=1)
    done = fit(fine, tmp_path, options=options, coarse=thin(fine, (2, 2), (1, 1)))
    assert done.history[-1]["step"] == 1


def test_coarse_files_are_matched(fine):
    coarse = thin(fine, (3, 4), (1, 2))
    assert find_thinning(fine, coarse) == ((3, 4), (1, 2))
    with pytest.raises(GridError, match="not nodes of the fine grid"):
        find_thinning(fine, coarse.assign_coords(lat=coarse.lat + 0.7))
    with pytest.raises(InputError, match="thinning"):
        parse_thinning("two")


def test_rmse_modes():
    rmse = torch.tensor([[1.0, 2.0, 3.0]])
    assert rmse_weight(rmse, "squared").argmax() == 2
    assert rmse_weight(rmse, "normalized").argmax() == 2
    assert rmse_weight(rmse, "inverse").argmax() == 0
    with pytest.raises(ValueError, match="unknown"):
        rmse_weight(rmse, "cubed")


def test_wrong_options_are_refused():
    with pytest.raises(InputError, match="form='cube'"):
        TrainOptions(form="cube")


def test_training_lowers_the_loss_and_resumes_exactly(fine, tmp_path):
    whole = fit(fine, tmp_path / "whole", options=longer(steps=40, steps_per_epoch=10))
    losses = [row["train_loss"] for row in whole.history]
    assert losses[-1] < 0.7 * losses[0]
    # a run that is cut after two epochs and resumed
    half = longer(steps=40, steps_per_epoch=10)
    fit(fine, tmp_path / "cut", options=half, stop_after=2)
    resumed = fit(fine, tmp_path / "cut", options=half, resume=True)
    assert [r["epoch"] for r in resumed.history] == [0, 1, 2, 3]
    np.testing.assert_allclose([r["train_loss"] for r in resumed.history], losses, rtol=1e-5)
    # what it leaves
    loaded = load(whole.best)
    assert loaded.card["scores"]["2x2"]["zwd_single_mm"] > 0
    assert loaded.tensors["rmse_zwd"].shape == (180, 360)
    assert (tmp_path / "whole" / "history.npy").exists()
    assert "| 2x2 | zwd |" in whole.report.read_text()
    assert (tmp_path / "whole" / "loss.png").exists()


def test_members_learn_as_if_alone(fine):
    batch = batch_of(pair_sets(fine, (2, 2), phase=(0, 0)), slice(0, 2))
    torch.manual_seed(0)
    module = NodalTraining(NodalNet(width=4, blocks=1, members=2), longer())
    module.log = lambda *_, **__: None
    module.training_step(batch, 0).backward()
    together = [p.grad.clone() for p in module.net.others[0].parameters()]
    module.net.zero_grad()
    single = NodalTraining(module.net.alone(1), longer())
    single.log = module.log
    single.training_step(batch, 0).backward()
    for one, other in zip(together, single.net.parameters(), strict=True):
        torch.testing.assert_close(one, other.grad, rtol=1e-5, atol=1e-8)
    assert any((p != 0).any() for p in together)


def test_refit_on_all_epochs_keeps_the_scores_of_before(fine, tmp_path):
    options = {"steps": 4, "steps_per_epoch": 2, "members": 2, "experts": True}
    before = fit(fine, tmp_path / "before", options=longer(**options)).final
    also = [Also(fine, None, "3x3", 0.5)]
    done = fit(fine, tmp_path / "after", options=longer(**options), refit_of=before, also=also)
    one, other = load(before), load(done.final)
    assert other.card["training"]["epochs_train"]["count"] == fine.sizes["time"]
    assert other.card["scores"] == one.card["scores"]
    assert other.card["scores_of"]["sha256"] == one.card["sha256"]
    torch.testing.assert_close(other.module.gain, one.module.gain)
    torch.testing.assert_close(other.tensors["rmse_zwd"], one.tensors["rmse_zwd"])
    assert not torch.equal(other.module.stem.conv.weight, one.module.stem.conv.weight)
    with pytest.raises(CheckpointError, match="cannot be refitted"):
        fit(fine, tmp_path / "wrong", options=longer(), refit_of=before)
    with pytest.raises(InputError, match="leave out"):
        fit(fine, tmp_path / "wrong", options=longer(**options, patience=1), refit_of=before)


def test_pairs_of_files_and_checks(fine, tmp_path):
    coarse = thin(fine, (2, 2), (1, 1))
    check = Check(fine, None, "3x3", (1, 1))
    done = fit(
        fine, tmp_path, options=longer(steps=2, steps_per_epoch=2), coarse=coarse, check=[check]
    )
    assert set(load(done.final).card["scores"]) == {"2x2", "check 3x3"}


def test_nothing_to_resume(fine, tmp_path):
    with pytest.raises(CheckpointError, match="nothing to resume"):
        fit(fine, tmp_path, options=longer(), resume=True)


def test_a_tropds_folder_trains_the_unet(tmp_path):
    rng = np.random.default_rng(0)
    clear = rng.random((10, 32, 64)).astype("f4") * 40
    np.save(tmp_path / "2023_clear.npy", clear)
    np.save(tmp_path / "2023_blur.npy", clear + 1)
    np.save(tmp_path / "weight.npy", np.linspace(0, 0.1, 32 * 64).reshape(32, 64))
    usual = TrainOptions()
    options = longer(
        form="field",
        width=2,
        batch=4,
        steps=4,
        steps_per_epoch=2,
        ssim=0.1,
        loss="l1",
        rmse_mode="inverse",
        freeze=0.01,
        restart=1,
        thin=usual.thin,
        shares=usual.shares,
    )
    done = fit(tmp_path, tmp_path / "run", options=options)
    loaded = load(done.best)
    assert loaded.card["network"] == "unet"
    assert loaded.card["normalisation"]["high"] == pytest.approx(41, abs=1)
    assert loaded.tensors["freeze"].sum() > 0
    assert len(done.history) == 2


def test_fields_are_made_of_fine_files(fine, tmp_path):
    options = longer(
        form="field",
        width=1,
        steps=2,
        steps_per_epoch=2,
        head="residual",
        padding="globe",
        block_mean=True,
        thin=("2x2",),
    )
    done = fit(fine, tmp_path, options=options)
    assert load(done.final).card["variables"] == ["zwd"]


# ------------------------------------------------------------------------ data that cannot be used


@pytest.mark.parametrize("changes", [{"thin": ("2x5",)}, {"form": "field", "thin": ("5",)}])
def test_a_thinning_divides_the_columns_round_the_globe(fine, tmp_path, changes):
    words = "48 columns round the globe cannot be thinned by 5; .*: 1, 2, 3, 4, 6, 8, 12, 16, 24"
    with pytest.raises(GridError, match=words):
        fit(fine, tmp_path / "new", options=small(**changes))
    assert not (tmp_path / "new").exists()
    with pytest.raises(GridError, match=words):
        fit(fine, tmp_path / "new", options=small(), check=[Check(fine, None, "5x5", (2, 2))])
    with pytest.raises(GridError, match=words):
        fit(fine, tmp_path / "new", options=small(), also=[Also(fine, None, "5x5", 0.1)])
    # A region has no seam.
    assert thin(fine.isel(lon=slice(0, 23)), (5, 5), (0, 1)).sizes["lon"] == 4


@pytest.mark.parametrize("step", [7, 8, 24])
def test_a_texture_step_divides_the_grid(step):
    with pytest.raises(InputError, match=rf"texture=\({step},\) .*180 degrees: 2, 3, 4, 5, 6, 9"):
        TrainOptions(texture=(step,), texture_shares=(0.4,))


def test_a_delay_that_is_missing_everywhere(fine, tmp_path):
    empty = fine.assign(zwd=fine.zwd * np.nan)
    words = r"zwd is missing everywhere in the \d+ epochs of {}; .*or train on .*--variable zhd\)"
    with pytest.raises(GridError, match=words.format("training")):
        fit(empty, tmp_path / "new", options=small())
    with pytest.raises(GridError, match=words.format("training")):
        fit(empty, tmp_path / "new", options=small(form="field"))
    with pytest.raises(GridError, match=r"zhd and zwd is missing everywhere .* or epochs$"):
        fit(empty.assign(zhd=fine.zhd * np.nan), tmp_path / "new", options=small())
    late = fine.assign(zwd=fine.zwd.where(fine.time < fine.time[-2]))
    with pytest.raises(GridError, match=words.format("validation")):
        fit(late, tmp_path / "new", options=small())
    with pytest.raises(GridError, match=words.format("check 3x3")):
        fit(fine, tmp_path / "new", options=small(), check=[Check(empty, None, "3x3", (1, 1))])
    assert not (tmp_path / "new").exists()
    options = small(form="field", variable="zhd", width=1, steps=1, steps_per_epoch=1)
    assert load(fit(empty, tmp_path, options=options).final).card["variables"] == ["zhd"]


@pytest.mark.parametrize("form", ["nodal", "field"])
def test_epochs_without_dates(fine, tmp_path, form):
    undated = fine.assign_coords(time=("time", np.full(16, "NaT", "datetime64[ns]")))
    for lost in (undated, fine.drop_vars("time")):
        with pytest.raises(GridError, match=r"16 of 16 epochs of Dataset have no date .*CF units"):
            fit(lost, tmp_path / "new", options=small(form=form))
    assert not (tmp_path / "new").exists()


# ------------------------------------------------------------------------ the folder of a run


def test_a_run_is_not_overwritten_by_mistake(fine, tmp_path):
    done = fit(fine, tmp_path, options=small(steps=2))
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    words = r"holds a training run \(last.ckpt, .*\); go on with it \(--resume\), .*--overwrite"
    with pytest.raises(OutputError, match=words) as caught:
        fit(fine, tmp_path, options=small(steps=2, seed=1))
    assert str(tmp_path) in str(caught.value)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    (tmp_path / "last.ckpt").unlink()
    with pytest.raises(OutputError, match=r"holds a training run \(best") as caught:
        fit(fine, tmp_path, options=small(steps=2))
    assert "--resume" not in str(caught.value)
    fit(fine, tmp_path, options=small(steps=2, seed=1), overwrite=True)
    assert load(done.final).card["training"]["options"]["seed"] == 1


@pytest.mark.parametrize("form", ["nodal", "field"])
def test_what_is_no_folder(fine, tmp_path, form):
    path = tmp_path / "fine.nc"
    path.write_bytes(b"data")
    for out in (path, path / "run"):
        for how in ({}, {"overwrite": True}, {"resume": True}):
            with pytest.raises(OutputError, match=r"fine.nc is not a folder; give another name"):
                fit(fine, out, options=small(form=form), **how)
    assert path.read_bytes() == b"data"


def test_a_folder_that_cannot_be_made(fine, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("os.access", lambda *_: False)
        with pytest.raises(OutputError, match=f"no permission to write in folder {tmp_path}"):
            fit(fine, tmp_path / "a" / "b", options=small())

    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.mkdir", refused)
    with pytest.raises(OutputError, match=r"cannot make folder .*b: Permission denied; give"):
        fit(fine, tmp_path / "a" / "b", options=small())
