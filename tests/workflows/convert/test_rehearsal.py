"""A rehearsal says what the conversion then does, and writes nothing."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import InputError, OutputError
from tropdsx.workflows.convert.files import convert
from tropdsx.workflows.convert.rehearsal import rehearse

from helpers.conversion import series


@pytest.fixture
def folder(small, tmp_path, monkeypatch):
    """A long series, blocks of two epochs, two workers, and a temporary folder of its own."""
    series(small, 30).to_netcdf(tmp_path / "in.nc")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.setattr("tropdsx.workflows.convert.blocks.STEPS", 2)
    monkeypatch.setattr("tropdsx.workflows.convert.rehearsal.usable_cores", lambda: 2)
    return tmp_path


def size_of(path):
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    return sum(each.stat().st_size for each in files)


@pytest.mark.parametrize("suffix", ["nc", "zarr"])
@pytest.mark.parametrize("pack", [False, True])
def test_it_tells_size_and_epochs_of_the_conversion(folder, suffix, pack):
    before = sorted(folder.rglob("*"))
    target = folder / f"out.{suffix}"
    options = {"model": "none", "target": 5.0, "pack": pack}
    found = rehearse([folder / "in.nc"], target, **options)
    assert sorted(folder.rglob("*")) == before
    assert (found.epochs, found.block, found.measured) == (30, 2, 4)
    assert found.coarse_heights[0] < found.coarse_heights[1]
    out = convert(folder / "in.nc", target, **options)
    assert found.target == out
    assert found.bytes_written == pytest.approx(size_of(out), rel=0.1)
    with xr.open_dataset(out, engine="zarr" if suffix == "zarr" else None) as fine:
        assert set(found.described.variables) == set(fine.variables)
        # Packed values are read as doubles from a store; they were computed as floats.
        size = sum(
            v.size * (4 if v.ndim > 2 else v.dtype.itemsize) for v in fine.variables.values()
        )
        assert found.bytes_uncompressed == pytest.approx(size, rel=0.05)
    assert 0 < found.seconds_an_epoch * (30 - 4) < found.seconds


@pytest.mark.parametrize("epochs", [1, 2])
def test_a_short_input_is_measured_whole(coarse, folder, epochs):
    series(coarse, epochs).to_netcdf(folder / "short.nc")
    found = rehearse([folder / "short.nc"], model="none", target=5.0)
    assert (found.epochs, found.measured) == (epochs, epochs)
    out = convert(folder / "short.nc", model="none", target=5.0)
    assert found.target == out
    assert found.bytes_written == pytest.approx(size_of(out), rel=0.02)
    assert found.seconds_an_epoch <= found.seconds


def test_the_network_is_the_one_of_the_conversion(coarse, folder, tiny_checkpoint):
    series(coarse, 9).to_netcdf(folder / "nine.nc")
    found = rehearse([folder / "nine.nc"], model=tiny_checkpoint, target=5.0)
    assert found.described.attrs["tropdsx_model"] == "tiny"
    assert {"zhd_rmse", "zwd_rmse"} <= set(found.described)


def test_what_the_conversion_refuses_is_refused(folder):
    (folder / "in_tropdsx.nc").write_bytes(b"mine")
    with pytest.raises(OutputError, match="exists"):
        rehearse([folder / "in.nc"], model="none")
    assert (folder / "in_tropdsx.nc").read_bytes() == b"mine"
    rehearse([folder / "in.nc"], model="none", target=5.0, overwrite=True)
    assert (folder / "in_tropdsx.nc").read_bytes() == b"mine"
    with pytest.raises(InputError, match="not a cluster"):
        rehearse([folder / "in.nc"], scheduler="tcp://host:8786")
    with pytest.raises(InputError, match="norm given"):
        rehearse([folder / "in.nc"], norm=(0, 50))


def test_a_tropds_array_is_not_rehearsed(folder):
    np.save(folder / "a_blur.npy", np.zeros((1, 4, 4), np.float32))
    (folder / "net.pth").write_bytes(b"PK\3\4")
    with pytest.raises(InputError, match="nothing to rehearse"):
        rehearse([folder / "a_blur.npy"], model=folder / "net.pth")
    assert not [path for path in folder.iterdir() if "deblur" in path.name]
    assert not list(Path(tempfile.gettempdir()).iterdir())
