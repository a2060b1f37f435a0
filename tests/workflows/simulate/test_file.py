"""A file of simulated delays says how it was made, and is not made where it cannot be written."""

import json
from datetime import datetime

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import OutputError
from tropdsx.workflows.simulate.delays import simulate
from tropdsx.workflows.simulate.file import write_simulation

from helpers.fields import delays


def test_a_file_holds_what_the_function_gives(tmp_path):
    out = write_simulation(
        tmp_path / "a.nc", seed=3, start=datetime(2021, 1, 1, 6), epochs=3, step=1.5, spacing=30
    )
    with xr.open_dataset(out) as ds:
        minutes = np.diff(ds.time) / np.timedelta64(1, "m")
        assert minutes.tolist() == [90, 90]
        again = simulate(ds.time, ds.lat, ds.lon, ds.orography, seed=3)
        np.testing.assert_array_equal(ds.zhd, again.zhd)


def test_what_was_chosen_stands_first_in_the_command(tmp_path):
    out = write_simulation(tmp_path / "a.nc", epochs=1, spacing=30.0, temperature=True)
    with xr.open_dataset(out) as ds:
        words = ds.attrs["tropdsx_command"].split()
        assert words[:3] == ["tropdsx", "simulate", str(out)]
        assert words[3:8] == ["--epochs", "1", "--spacing", "30.0", "--temperature"]
        assert "--orography" not in words
        given = json.loads(ds.attrs["tropdsx_parameters"])
    assert given["orography"] is None
    assert given["start"] == "2022-07-01T00:00:00"


def test_own_terrain_gives_the_nodes(tmp_path):
    box = delays(np.arange(50.0, 39.0, -2.5), np.arange(0.0, 21.0, 2.5))
    box[["orography"]].to_netcdf(tmp_path / "terrain.nc")
    out = write_simulation(tmp_path / "a.nc", orography=tmp_path / "terrain.nc", epochs=1)
    with xr.open_dataset(out) as ds:
        np.testing.assert_array_equal(ds.lat, box.lat)
        np.testing.assert_allclose(ds.orography, box.orography, atol=1e-6)


def test_an_existing_file_is_refused_before_anything_is_computed(tmp_path, monkeypatch):
    out = write_simulation(tmp_path / "a.nc", epochs=1, spacing=30.0)
    before = out.read_bytes()
    monkeypatch.setattr(
        "tropdsx.workflows.simulate.file.simulate", lambda *_, **__: pytest.fail("computed")
    )
    with pytest.raises(OutputError, match=r"a\.nc"):
        write_simulation(out, epochs=1, spacing=30.0)
    assert out.read_bytes() == before
