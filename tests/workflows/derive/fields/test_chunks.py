"""Chunks of some rows; one that cannot be read says which field of which file and epoch it is."""

import netCDF4
import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import InputError
from tropdsx.workflows.derive.fields import chunks
from tropdsx.workflows.derive.fields.chunks import chunk_by_epoch
from tropdsx.workflows.derive.zenith_file import write_delays

from helpers.levels import column


def series(air):
    times = np.datetime64("2022-07-01", "ns") + np.arange(6) * np.timedelta64(6, "h")
    ds = column(air).drop_vars(["time", "lat", "lon"]).expand_dims(lat=[45.0, 44.0], lon=[0.0, 1.0])
    moving = {n: ds[n].expand_dims(time=times) for n in ("t", "e", "z", "sp")}
    return ds[["z_surface"]].assign(moving)


@pytest.fixture
def damaged(air, tmp_path):
    """Levels of which the fifth epoch of the temperature is overwritten."""
    ds, path = series(air), tmp_path / "levels.nc"
    ds["t"] = ds.t.copy(data=ds.t.values + np.random.default_rng(0).normal(0, 1e-3, ds.t.shape))
    packing = {"chunksizes": (1, *ds.t.shape[1:]), "zlib": True}
    ds.to_netcdf(path, encoding={"t": packing})
    with netCDF4.Dataset(path) as file:
        stored = [file["t"][k].data.tobytes() for k in range(6)]
    assert len(set(stored)) == 6
    content = bytearray(path.read_bytes())
    # Chunks lie one after the other in the order of the epochs; each begins as zlib does.
    places = [k for k in range(len(content)) if content[k : k + 2] == b"\x78\x5e"]
    content[places[4] + 8 : places[4] + 200] = bytes(192)
    path.write_bytes(content)
    return path


def test_values_are_those_of_the_file(air, tmp_path):
    ds = series(air)
    ds.to_netcdf(tmp_path / "a.nc")
    with xr.open_dataset(tmp_path / "a.nc") as stored:
        lazy = chunk_by_epoch(stored, ["time"], "a.nc")
        assert lazy.t.chunks[0] == (1,) * 6
        assert all(len(sizes) == 1 for sizes in lazy.t.chunks[1:])
        xr.testing.assert_identical(lazy.compute(), ds)


@pytest.mark.parametrize("name", ["out.nc", "out.zarr"])
def test_a_damaged_epoch_is_named_and_not_the_output(damaged, name):
    said = r"'t' of .*levels\.nc cannot be read at the epoch 2022-07-0"
    with pytest.raises(InputError, match=said) as refused:
        write_delays(damaged, damaged.with_name(name))
    assert name not in str(refused.value)
    assert [path.name for path in damaged.parent.iterdir()] == ["levels.nc"]


def region(path, **storage):
    """Two epochs of a field on levels and one at the surface, 40 x 30 columns."""
    levels = np.random.default_rng(1).uniform(200.0, 300.0, (2, 5, 40, 30)).astype("f4")
    dims, shape = ("time", "level", "lat", "lon"), levels.shape
    ds = xr.Dataset(
        {"t": (dims, levels), "sp": (("time", "lat", "lon"), levels[:, 0])},
        {"lat": np.linspace(50.0, 40.0, shape[2]), "lon": np.linspace(0.0, 9.0, shape[3])},
    ).assign_coords(time=np.array(["2022-07-01T00", "2022-07-01T06"], "M8[ns]"))
    ds.to_netcdf(path, encoding={"t": storage} if storage else {})
    return ds


@pytest.mark.parametrize(
    ("stored", "rows"),
    [({}, (7, 7, 7, 7, 7, 5)), ({"chunksizes": (1, 1, 3, 30)}, (6,) * 6 + (4,))],
)
def test_large_epochs_are_pieces_of_rows_that_are_stored_together(
    tmp_path, monkeypatch, stored, rows
):
    monkeypatch.setattr(chunks, "_PIECE", 7 * 5 * 30 * 4)
    ds = region(tmp_path / "a.nc", **stored)
    with xr.open_dataset(tmp_path / "a.nc") as file:
        lazy = chunk_by_epoch(file, ["time"], "a.nc")
        assert lazy.t.chunks == ((1, 1), (5,), rows, (30,))
        assert lazy.sp.chunks == ((1, 1), rows, (30,))
        xr.testing.assert_identical(lazy.compute(), ds)


def test_rows_of_whole_grids_stored_in_one_stay_in_one(tmp_path, monkeypatch):
    monkeypatch.setattr(chunks, "_PIECE", 1000)
    region(tmp_path / "a.nc", chunksizes=(1, 5, 40, 30))
    with xr.open_dataset(tmp_path / "a.nc") as file:
        assert chunk_by_epoch(file, ["time"], "a.nc").t.chunks == ((1, 1), (5,), (40,), (30,))
