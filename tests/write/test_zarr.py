"""Zarr stores: sharded by block, whole or not there."""

import signal

import pytest

from tropdsx.errors import OutputError
from tropdsx.system.staging import check_target
from tropdsx.write.netcdf import write_netcdf
from tropdsx.write.zarr import write_zarr

from helpers.writing import delays, lazy, run


def test_zarr_is_version_3_sharded_by_block(tmp_path):
    import zarr

    path = write_zarr(lazy(delays(), 3), tmp_path / "out.zarr")
    zhd = zarr.open_group(path, mode="r")["zhd"]
    assert zhd.metadata.zarr_format == 3
    assert (zhd.chunks, zhd.shards) == ((1, 10, 12), (3, 10, 12))


def test_nothing_but_a_store_is_replaced_by_a_store(tmp_path):
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.tex").write_text("years")
    with pytest.raises(OutputError, match="not a Zarr store"):
        write_zarr(delays(), tmp_path / "precious", overwrite=True)
    with pytest.raises(OutputError, match="not a file"):
        write_netcdf(delays(), tmp_path / "precious", overwrite=True)
    assert (tmp_path / "precious" / "thesis.tex").read_text() == "years"


def test_a_name_in_zarr_is_taken_for_a_store(tmp_path):
    path = write_zarr(delays(), tmp_path / "out.zarr")
    assert check_target(path, overwrite=True) == path
    with pytest.raises(OutputError, match="not a file"):
        write_netcdf(delays(), path, overwrite=True)


def test_blocks_in_the_making_do_not_bring_an_interrupted_store_back(tmp_path):
    child = run(
        """
        import os
        def slow(block):
            if block.shape[0]:
                os.write(1, b"block\\n")  # in one piece: two threads are at it
                time.sleep(2)
            return block
        write_zarr(lazy(delays(500), 2, then=slow), Path(sys.argv[1]) / "out")
        """,
        tmp_path,
    )
    # The first block is in the making: what it writes would come after the folder is removed.
    assert child.stdout.readline() == "block\n", child.stderr.readline()
    while not list(tmp_path.glob(".out.partial-*")):
        assert child.poll() is None, child.communicate()
    child.send_signal(signal.SIGINT)
    said = child.communicate(timeout=60)[1]
    assert "KeyboardInterrupt" in said
    assert not list(tmp_path.iterdir())
