"""Zarr stores: sharded by block, whole or not there."""

import signal
import warnings

import netCDF4
import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.description import describe
from tropdsx.errors import OutputError
from tropdsx.system.staging import check_target
from tropdsx.write.netcdf import write_netcdf
from tropdsx.write.zarr import write_zarr

from helpers.writing import delays, lazy, reopen, run


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


CODECS = {
    2: lambda array: (array.compressors[0].cname, array.compressors[0].clevel),
    3: lambda array: (array.compressors[0].cname.value, array.compressors[0].clevel),
}


def written(path, ds, **options):
    import zarr

    return zarr.open_group(write_zarr(ds, path, **options), mode="r")


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("steps", [0, 3])
def test_every_variable_gets_chunks_and_codec(tmp_path, zarr_format, steps):
    ds = delays().assign(ztd=delays().zhd, t2m=delays().zhd)
    ds = ds.chunk(time=steps) if steps else ds
    group = written(
        tmp_path / "o.zarr", ds, compression="zlib:5", zarr_format=zarr_format, overwrite=True
    )
    fields = ("zhd", "zwd", "ztd", "t2m", "zhd_rmse", "orography")
    for name in (*fields, "lat", "lat_bnds", "time", "crs", "validation_time"):
        assert CODECS[zarr_format](group[name]) == ("zlib", 5), name
    block = steps or 7
    for name in ("zhd", "zwd", "ztd", "t2m"):
        if zarr_format == 3:
            assert (group[name].chunks, group[name].shards) == ((1, 10, 12), (block, 10, 12))
        else:
            assert (group[name].chunks, group[name].shards) == ((block, 10, 12), None)
    assert group["orography"].chunks == (10, 12)


@pytest.mark.parametrize("compression", ["none", "zlib:1", "zstd", "zstd:19"])
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_values_come_back_from_both_formats(tmp_path, compression, zarr_format):
    options = {"compression": compression, "zarr_format": zarr_format}
    for number, ds in enumerate((delays(), lazy(delays(), 3), delays().isel(time=0))):
        path = write_zarr(ds, tmp_path / f"{number}.zarr", **options)
        xr.testing.assert_identical(reopen(path), ds.compute())


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("make", [delays, lambda: lazy(delays(), 2)])
def test_lossy_storage_of_a_store(tmp_path, zarr_format, make):
    ds, options = make(), {"zarr_format": zarr_format}
    packed = written(tmp_path / "p.zarr", ds, pack=True, **options)
    assert packed["zwd"].dtype == np.int16
    assert packed["zwd"].attrs["scale_factor"] == 5e-5
    for kind, most in (("pack", 2.6e-5), ("quantize", 3.1e-5)):
        path = write_zarr(ds, tmp_path / f"{kind}.zarr", **{kind: True}, **options)
        back = reopen(path)
        np.testing.assert_allclose(back.zhd, ds.zhd, rtol=0, atol=most)
        np.testing.assert_array_equal(np.isnan(back.zwd), np.isnan(ds.zwd))
    assert back.zhd.attrs["quantization"] == "quantization_info"
    with pytest.raises(OutputError, match="all that int16 packing can hold"):
        write_zarr(ds.assign(zhd=ds.zhd * 3), tmp_path / "far.zarr", pack=True, **options)
    assert not (tmp_path / "far.zarr").exists()


def test_what_is_not_there_yet_is_missing_not_a_number(tmp_path):
    """A chunk that is lost must not read as 1.5 m."""
    group = written(tmp_path / "o.zarr", delays(), pack=True)
    assert group["zhd"].fill_value == -32768
    assert np.isnan(written(tmp_path / "f.zarr", delays())["zhd"].fill_value)


def test_large_epochs_are_chunks_of_their_own_in_version_2(tmp_path):
    fine = delays(4).interp(lat=np.linspace(60, 51, 1500), lon=np.linspace(5, 16, 1500))
    fine = describe(fine[["zhd"]].astype("f4").chunk(time=4))
    group = written(tmp_path / "o.zarr", fine, zarr_format=2)
    assert group["zhd"].chunks == (1, 1500, 1500)


def test_stores_are_written_and_read_without_a_warning(tmp_path):
    for zarr_format in (2, 3):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            ds = delays().assign(label=("lat", list("abcdefghij")))
            path = write_zarr(ds, tmp_path / f"{zarr_format}.zarr", zarr_format=zarr_format)
            with xr.open_zarr(path) as back:
                assert back.label.values.tolist() == list("abcdefghij")


@pytest.mark.parametrize("wrong", [1, 4, "3"])
def test_an_unknown_format_is_refused(tmp_path, wrong):
    with pytest.raises(OutputError, match="accepted are 2 and 3"):
        write_zarr(delays(), tmp_path / "o.zarr", zarr_format=wrong)
    assert not list(tmp_path.iterdir())


def test_version_2_opens_in_netcdf_c(tmp_path):
    """netCDF-C knows no version 3 as yet."""
    path = write_zarr(delays(), tmp_path / "o.zarr", zarr_format=2)
    try:
        file = netCDF4.Dataset(f"file://{path}#mode=zarr,file")
    except OSError as error:
        pytest.skip(f"this netCDF library reads no Zarr ({error})")
    with file:
        np.testing.assert_array_equal(np.ma.filled(file["zwd"][:], np.nan), delays().zwd)
        assert file["zwd"].units == "m"
        assert file["zwd"].grid_mapping == "crs"
