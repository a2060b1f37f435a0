"""Blocks of a series: every epoch read once, with the neighbours that it needs."""

import h5py
import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.workflows.convert import blocks as stream_blocks
from tropdsx.workflows.convert.files import convert

from helpers.conversion import epochs_noted, same, series


@pytest.mark.parametrize("hours", [1, 3, 6, 4])
def test_neighbours_across_blocks(coarse, tiny_checkpoint, tmp_path, quick, hours):
    series(coarse, 17, hours).to_netcdf(tmp_path / "in.nc")
    out = convert(tmp_path / "in.nc", model=tiny_checkpoint, target=5.0, sigma=True)
    with xr.open_dataset(tmp_path / "in.nc") as ds, xr.open_dataset(out) as fine:
        lazy = ds.tropds.downscale(5.0, model=tiny_checkpoint, sigma=True)
        for name in ("zhd", "zwd", "zhd_sigma", "zwd_sigma"):
            np.testing.assert_array_equal(fine[name], lazy[name])


def test_every_epoch_is_read_once(coarse, tiny_checkpoint, tmp_path, quick, monkeypatch):
    from tropdsx.pipeline.options import Options
    from tropdsx.pipeline.plan import make_plan

    monkeypatch.setattr(stream_blocks, "FETCH_BYTES", 1)
    read = []
    plan = make_plan(series(coarse, 20, 3), Options(model=tiny_checkpoint, target=5.0))
    reader = stream_blocks.BlockReader(plan, 3)
    fetch = reader._moving.isel

    class Watched:
        def isel(self, time):
            read.extend(np.arange(20)[time].tolist())
            return fetch(time=time)

    reader._moving = Watched()
    for number in range(reader.count):
        block = reader.read(number)
        np.testing.assert_array_equal(
            block.grid.time.values[block.rows], plan.grid.time.values[reader.rows_of(number)]
        )
    assert sorted(read) == list(range(20))
    assert reader._held.sizes["time"] <= 3 + 2 * 2 + 3


@pytest.mark.parametrize("suffix", ["nc", "zarr"])
@pytest.mark.parametrize("model", ["none", "tiny"])
def test_what_is_small_is_computed_once_and_is_the_same(
    coarse, tiny_checkpoint, tmp_path, monkeypatch, model, suffix
):
    coarse.to_netcdf(tmp_path / "in.nc")
    options = {"model": tiny_checkpoint if model == "tiny" else "none", "target": 5.0}
    monkeypatch.setattr("tropdsx.workflows.convert.job.SMALL", 0)
    streamed = convert(tmp_path / "in.nc", tmp_path / f"streamed.{suffix}", **options)
    monkeypatch.undo()
    refined = []
    refine = stream_blocks.refine
    monkeypatch.setattr(stream_blocks, "refine", lambda *given: refined.append(1) or refine(*given))
    seen = []
    out = convert(
        tmp_path / "in.nc",
        tmp_path / f"out.{suffix}",
        progress=lambda *counts: seen.append(counts),
        **options,
    )
    assert not refined
    assert seen == [(3, 3)]
    same(streamed, out)


def test_what_is_small_and_becomes_large_is_lazy_again(coarse, quick):
    from tropdsx.pipeline.options import Options
    from tropdsx.pipeline.plan import make_plan

    def chunks(epochs):
        plan = make_plan(series(coarse, epochs), Options(model="none", target=5.0))
        grid = stream_blocks.in_blocks(plan).grid
        assert grid.orography.chunks is None
        return grid.zwd.chunks

    assert chunks(3) is None
    assert chunks(4)[0] == (3, 1)


@pytest.mark.parametrize("suffix", ["nc", "zarr"])
def test_a_damaged_chunk_is_named(coarse, tmp_path, suffix):
    ds, path = series(coarse, 12), tmp_path / f"in.{suffix}"
    noise = 1e-4 * np.random.default_rng(0).random(ds.zwd.shape)  # too much to compress to nothing
    ds["zwd"] = (ds.zwd + noise).assign_attrs(ds.zwd.attrs)
    if suffix == "nc":
        chunks = {"zlib": True, "chunksizes": (4, *ds.zwd.shape[1:])}
        ds.to_netcdf(path, encoding={"zhd": chunks, "zwd": chunks})
        with h5py.File(path) as file:
            chunk = file["zwd"].id.get_chunk_info_by_coord((8, 0, 0))
        with path.open("r+b") as raw:
            raw.seek(chunk.byte_offset + chunk.size // 2)
            raw.write(bytes(64))
    else:
        ds.chunk(time=4).to_zarr(path, zarr_format=2)
        (path / "zwd" / "2.0.0").write_bytes(b"garbage")
    with pytest.raises(
        InputError,
        match=rf"zwd of .*in.{suffix} cannot be read from the epoch "
        rf"{str(ds.time.values[8])[:13]}",
    ) as caught:
        convert(path, tmp_path / "out.nc", model="none", target=5.0)
    assert "damaged" in str(caught.value)
    assert not (tmp_path / "out.nc").exists()


def test_input_vanishing(small, tmp_path, quick, monkeypatch):
    for k in range(10):
        part = series(small, 40).isel(time=slice(4 * k, 4 * k + 4))
        part.to_netcdf(tmp_path / f"in{k}.nc")
    monkeypatch.setattr(stream_blocks, "FETCH_BYTES", 1)
    # At most 6 of the 14 blocks are held, so some are complete when the last file is wanted.
    monkeypatch.setattr("tropdsx.system.workers.usable_cores", lambda: 2)
    read = stream_blocks.BlockReader.read

    def vanish(reader, number):
        if number == 1:
            (tmp_path / "in9.nc").unlink()
        return read(reader, number)

    monkeypatch.setattr(stream_blocks.BlockReader, "read", vanish)
    # One open file only: the last one is closed again when block 0 has been read.
    with (
        xr.set_options(file_cache_maxsize=1),
        pytest.warns(TropdsxWarning, match="are complete and kept"),
        pytest.raises((InputError, OSError), match="in9"),
    ):
        convert(str(tmp_path / "in*.nc"), tmp_path / "out.nc", model=None, target=5.0)
    assert not (tmp_path / "out.nc").exists()
    assert 0 < epochs_noted(tmp_path) < 36, "what was complete is kept"


def test_graph_has_few_tasks_and_few_bytes(coarse, tiny_checkpoint):
    """Tasks and bytes for a year of hours stay small, whatever the network."""
    import cloudpickle

    lazy = series(coarse, 800, 1).chunk(time=8).tropds.downscale(model=tiny_checkpoint)
    graph = lazy.zwd.__dask_graph__()
    assert len(dict(graph)) <= 100 * 60
    light = series(coarse, 8, 1).chunk(time=8).tropds.downscale(model=tiny_checkpoint)
    assert len(cloudpickle.dumps(light.zwd.data)) < 2_000_000
