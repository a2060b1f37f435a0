"""Coefficients of the mapping functions for a grid that has none."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.atmos.gpt.gridded import gpt3
from tropdsx.errors import GridError
from tropdsx.read.delays import open_delays
from tropdsx.read.vmf_text import read_header
from tropdsx.write.export.mapping_coefficients import find_coefficients
from tropdsx.write.export.vmf_text import write_vmf

from helpers.files import shared


def coarse(epochs=2):
    """Coefficients that are linear in latitude, longitude (but for its jump) and time."""
    lat, lon = np.arange(60.0, -61, -20), np.arange(0.0, 360, 20)
    time = np.datetime64("2021-03-04", "ns") + np.arange(epochs) * np.timedelta64(6, "h")
    step = np.arange(epochs)[:, None, None]
    ah = 1.2e-3 + 1e-6 * lat[:, None] + 1e-7 * lon + 1e-5 * step
    axes = {"time": time, "lat": lat, "lon": lon}
    return xr.Dataset({"ah": (tuple(axes), ah), "aw": (tuple(axes), ah / 2)}, axes)


def fine(hours=(0, 3)):
    time = np.datetime64("2021-03-04", "ns") + np.array(hours) * np.timedelta64(1, "h")
    return xr.Dataset(coords={"time": time, "lat": [10.0, 0.0], "lon": [5.0, 15.0]})


@pytest.mark.parametrize("turn", [False, True])
def test_linear_in_place_and_time(turn):
    given = coarse()
    if turn:
        given = given.assign_coords(lon=(given.lon + 180) % 360 - 180).sortby("lon").sortby("lat")
    found = find_coefficients(xr.Dataset(), fine(), given)
    for epoch, step in enumerate((0.0, 0.5)):
        wanted = (
            1.2e-3 + 1e-6 * np.array([[10.0], [0.0]]) + 1e-7 * np.array([5.0, 15.0]) + 1e-5 * step
        )
        np.testing.assert_allclose(found.ah(epoch), wanted, rtol=1e-12)
        np.testing.assert_allclose(found.aw(epoch), wanted / 2, rtol=1e-12)
    assert found.note == "ah, aw interpolated from a grid of 20x20 degrees"


def test_one_epoch_serves_all_and_others_are_refused():
    one = coarse(1).isel(time=0, drop=True)
    assert find_coefficients(xr.Dataset(), fine((0, 90)), one).ah(1).shape == (2, 2)
    with pytest.raises(GridError, match="given from 2021-03-04T00:00 to 2021-03-04T06:00"):
        find_coefficients(xr.Dataset(), fine((0, 7)), coarse()).ah(1)
    with pytest.raises(GridError, match="has no aw"):
        find_coefficients(xr.Dataset(), fine(), coarse().drop_vars("aw"))
    with pytest.raises(GridError, match="does not reach all nodes"):
        find_coefficients(xr.Dataset(), fine(), coarse().isel(lat=[0, 1, 2])).ah(0)


def test_companions_on_other_nodes_are_refused():
    ds = coarse()
    with pytest.raises(GridError, match="'ah' does not lie on the nodes of the delays"):
        find_coefficients(ds, fine(), None)


@pytest.mark.realdata
def test_gpt3_says_so_in_the_header(tmp_path):
    table = shared("gpt/gpt3_5.grd.xz")
    with open_delays(shared("vmf3/5x5/VMF3_20210101.H00.xz")) as ds:
        ds = ds.drop_vars(["ah", "aw"]).load().assign(orography=0.0 * ds.zhd[0])
        ds["orography"].attrs = {"units": "m"}
        path, _ = write_vmf(ds, tmp_path, coefficients=table)
    header = read_header(path)
    assert header.attrs["comment"].endswith("; ah, aw of the climatology GPT3 (gpt3_5.grd.xz)")
    with open_delays(path) as back:
        there = back.isel(time=0).sel(lat=47.5, lon=12.5)
        wanted = gpt3("2021-01-01", 47.5, 12.5, 0.0, table)
        assert float(there.ah) == pytest.approx(float(wanted.ah), abs=0.6e-8)
        assert float(there.aw) == pytest.approx(float(wanted.aw), abs=0.6e-8)


@pytest.mark.realdata
def test_the_5_degree_coefficients_serve_the_1_degree_grid(tmp_path):
    """Real coefficients change little between nodes; those of common nodes are the same."""
    with (
        open_delays(shared("vmf3/5x5/VMF3_20210101.H00.xz")) as five,
        open_delays(shared("vmf3/1x1/VMF3_20210101.H00.xz")) as one,
    ):
        delays = one.drop_vars(["ah", "aw"]).load()
        found = find_coefficients(delays, delays, five.load())
        ah, true = found.ah(0), one.ah.values[0]
    np.testing.assert_allclose(ah[2::5, 2::5], true[2::5, 2::5], atol=1e-10)
    assert np.sqrt(np.mean((ah - true) ** 2)) < 2e-6
