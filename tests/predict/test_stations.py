"""The network at stations: once an epoch, on the nodes that matter, for all of them together."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import CheckpointError
from tropdsx.nn import decoder as decoders
from tropdsx.nn.checkpoint import save
from tropdsx.nn.member import Member
from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.unet import UNet
from tropdsx.predict import stations as module
from tropdsx.predict.accuracy import expected as accuracy
from tropdsx.predict.grid import predict_grid
from tropdsx.predict.stations import predict_stations


def first_guess(coarse, lat, lon, height):
    places = {"lat": lat, "lon": lon, "height": height}
    coords = {name: ("station", np.asarray(value, float)) for name, value in places.items()}
    shape = coarse.sizes["time"], len(lat)
    values = {"zhd": np.full(shape, 2.0, "f4"), "zwd": np.full(shape, 0.1, "f4")}
    fields = {name: (("time", "station"), value) for name, value in values.items()}
    return xr.Dataset(fields, {"time": coarse.time, **coords})


def scattered(count):
    rng = np.random.default_rng(0)
    lat = np.degrees(np.arcsin(rng.uniform(-1, 1, count)))
    return lat, rng.uniform(-180, 360, count), rng.uniform(-50, 4000, count)


@pytest.mark.parametrize("model", ["default", "tiny"])
def test_a_station_is_a_grid_of_one_node(coarse, tiny_checkpoint, model):
    """With and without neighbouring epochs, at a pole and on a node too."""
    model = model if model == "default" else tiny_checkpoint
    lat, lon, height = scattered(40)
    lat[:3], lon[:3] = (90.0, -90.0, 47.5), (10.0, 359.9, 12.5)
    guess = first_guess(coarse, lat, lon, height)
    plain = predict_stations(guess, coarse, model, device="cpu")
    found = predict_stations(guess, coarse, model, device="cpu", sigma=True)
    assert {name for name in plain if "station" in plain[name].dims} == {"zhd", "zwd"}
    assert np.ptp(found.zwd.values) > 1e-4
    np.testing.assert_array_equal(found.zwd, plain.zwd)
    for k in (0, 1, 2, 5, 39):
        values = {n: (("time", "lat", "lon"), guess[n].values[:, [k], None]) for n in guess}
        cell = xr.Dataset(values, {"time": coarse.time, "lat": [lat[k]], "lon": [lon[k] % 360]})
        cell = cell.assign_coords(orography=(("lat", "lon"), [[height[k]]]))
        fine, _ = predict_grid(cell, coarse, model, device="cpu", sigma=True)
        for name in ("zhd", "zwd"):
            np.testing.assert_allclose(
                found[name][:, k], fine[name][:, 0, 0], rtol=0, atol=1e-6, err_msg=f"{name} {k}"
            )
            wide, rmse = f"{name}_sigma", f"{name}_rmse"
            np.testing.assert_allclose(found[wide][:, k], fine[wide][:, 0, 0], rtol=1e-3)
            assert float(found[rmse][k]) == pytest.approx(float(fine[rmse][0, 0]), rel=1e-5)


def test_the_network_runs_once_an_epoch(coarse, monkeypatch):
    """However many stations there are: two members, of which one sees the mirrored atmosphere."""
    nodes = []
    parts = Member.parts

    def count(self, channels, edges):
        nodes.append(channels.shape[-2] * channels.shape[-1])
        return parts(self, channels, edges)

    monkeypatch.setattr(Member, "parts", count)
    predict_stations(first_guess(coarse, *scattered(300)), coarse, device="cpu")
    assert nodes == [36 * 72] * 3 * 2
    nodes.clear()
    near = np.linspace(1, 2, 200), np.linspace(0.0, 4.0, 200), np.zeros(200)
    predict_stations(first_guess(coarse, *near), coarse, device="cpu")
    assert nodes == [(2 + 2 * 11) * (3 + 2 * 11)] * 3 * 2


def test_functions_of_the_place_are_evaluated_once(coarse, monkeypatch):
    asked = []
    basis = NodalNet.basis

    def count(self, targets):
        asked.append(len(targets.corners))
        return basis(self, targets)

    monkeypatch.setattr(NodalNet, "basis", count)
    many = xr.concat([coarse] * 7, "time", data_vars="minimal")
    many["time"] = coarse.time.values[0] + np.arange(21) * np.timedelta64(24, "h")  # alone
    predict_stations(first_guess(many, *scattered(50)), many, device="cpu")
    assert sum(asked) == 50 + 1  # and one to see how large they are


def test_blocks_of_epochs_and_pieces_of_stations_change_nothing(
    coarse, tiny_checkpoint, monkeypatch
):
    guess = first_guess(coarse, *scattered(50))
    whole = predict_stations(guess, coarse, tiny_checkpoint, device="cpu")
    monkeypatch.setattr(module, "EPOCHS", 1)
    xr.testing.assert_identical(
        predict_stations(guess, coarse.chunk(time=1), tiny_checkpoint, device="cpu"), whole
    )
    monkeypatch.setattr(decoders, "PIECE", 7)
    monkeypatch.setattr(decoders, "MOST_KEPT", 0)
    pieces = predict_stations(guess, coarse, tiny_checkpoint, device="cpu")
    xr.testing.assert_allclose(pieces, whole, rtol=0, atol=1e-7)


def test_missing_guesses_stay_and_the_caller_keeps_his(coarse, tiny_checkpoint):
    guess = first_guess(coarse, *scattered(5))
    guess["zwd"][:, 2] = np.nan
    before = guess.copy(deep=True)
    found = predict_stations(guess, coarse, tiny_checkpoint, device="cpu")
    xr.testing.assert_identical(guess, before)
    assert np.isnan(found.zwd[:, 2]).all()
    assert np.isfinite(found.zhd).all()


def test_expected_errors_are_those_of_the_sigmas(coarse, tiny_checkpoint, monkeypatch):
    """Of each epoch: all stations that have a delay, or an even sample of many."""
    guess = first_guess(coarse, *scattered(60))
    guess["zwd"][:, :20] = np.nan
    guess["zwd"][1] = np.nan
    found = predict_stations(guess, coarse, tiny_checkpoint, device="cpu", sigma=True)
    plain = predict_stations(guess, coarse, tiny_checkpoint, device="cpu")
    for name in ("zhd", "zwd"):
        wanted = (found[f"{name}_sigma"].astype(float) ** 2).mean("station") ** 0.5
        np.testing.assert_allclose(found[f"{name}_expected_error"], wanted, atol=0.6e-5, rtol=1e-4)
        xr.testing.assert_identical(
            plain[f"{name}_expected_error"], found[f"{name}_expected_error"]
        )
    assert np.isnan(found.zwd_expected_error).values.tolist() == [False, True, False]
    monkeypatch.setattr(accuracy, "STATIONS", 30)
    some = predict_stations(guess, coarse, tiny_checkpoint, device="cpu")
    every = (found.zhd_sigma[:, 1::2].astype(float) ** 2).mean("station") ** 0.5
    np.testing.assert_allclose(some.zhd_expected_error, every, atol=0.6e-5, rtol=1e-4)


def test_no_station_is_no_error(coarse, tiny_checkpoint):
    found = predict_stations(first_guess(coarse, [], [], []), coarse, tiny_checkpoint, device="cpu")
    assert found.zwd.shape == (3, 0)


def test_a_network_for_fields_is_refused(coarse, tmp_path):
    card = {"model_id": "fields", "variables": ["zwd"], "units": "m"}
    card |= {"normalisation": {"low": 0.0, "high": 1.0}}
    path = save(tmp_path / "unet.safetensors", UNet(width=2).eval(), card)
    with pytest.raises(CheckpointError, match="a U-Net, which corrects fields and no stations"):
        predict_stations(first_guess(coarse, *scattered(3)), coarse, path, device="cpu")


@pytest.mark.usefixtures("tight")
def test_limits_are_counted_as_in_a_grid(coarse, tiny_checkpoint, monkeypatch):
    lat, lon, height = scattered(30)
    guess = first_guess(coarse, lat, lon, height)
    found = predict_stations(guess, coarse, tiny_checkpoint, device="cpu")
    assert int(found.zwd_bounded.min()) > 0
    assert found.zwd_floored.attrs["tropdsx_out_of"] == 30
    floored = (found.zwd.values <= np.float32(0.99) * guess.zwd.values).sum(1)
    np.testing.assert_array_equal(found.zwd_floored, floored)
    monkeypatch.setattr(module, "EPOCHS", 2)
    xr.testing.assert_identical(
        predict_stations(guess, coarse, tiny_checkpoint, device="cpu"), found
    )
