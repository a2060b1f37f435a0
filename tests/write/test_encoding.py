"""Packing and bit rounding: what is kept of a value, and what is refused."""

import netCDF4
import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import OutputError
from tropdsx.write.encoding import bit_round, encode
from tropdsx.write.netcdf import write_netcdf

from helpers.writing import delays, lazy, reopen


def test_packed_delays_are_right_to_half_a_step(tmp_path):
    ds = delays()
    for name in ("zhd", "zwd"):
        ds[name].variable.encoding.clear()
    path = write_netcdf(lazy(ds), tmp_path / "out.nc", pack=True)
    with netCDF4.Dataset(path) as file:
        file.set_auto_maskandscale(False)
        assert file["zhd"].dtype == np.int16
        assert file["zwd"][0, 1, 2] == file["zwd"]._FillValue
    back = reopen(path)
    assert back.zhd.dtype == np.float32
    for name in ("zhd", "zwd"):
        np.testing.assert_allclose(back[name], ds[name], atol=0.0000253, rtol=0)
    np.testing.assert_array_equal(np.isnan(back.zwd), np.isnan(ds.zwd))


@pytest.mark.parametrize("bad", [3.2, -0.2, np.inf])
def test_packing_refuses_what_does_not_fit(bad, tmp_path):
    ds = delays()
    ds.zhd[5, 0, 0] = bad
    with pytest.raises(OutputError, match=r"zhd has 1 values outside -0\.138 to 3\.138 m"):
        write_netcdf(lazy(ds), tmp_path / "out.nc", pack=True)
    assert not list(tmp_path.iterdir())
    with pytest.raises(OutputError, match="exclude each other"):
        write_netcdf(ds, tmp_path / "out.nc", pack=True, quantize=True)


def test_quantised_delays_keep_15_bits(tmp_path):
    ds = delays(300)
    plain = write_netcdf(ds, tmp_path / "plain.nc")
    path = write_netcdf(lazy(ds), tmp_path / "out.nc", quantize=True)
    back = reopen(path)
    assert 0 < float(np.abs(back.zhd - ds.zhd).max()) <= 3.06e-5
    assert back.zhd.attrs["quantization"] == "quantization_info"
    assert back.zhd.attrs["quantization_nsb"] == 15
    assert back["quantization_info"].attrs["algorithm"] == "bitround"
    np.testing.assert_array_equal(back.zhd.values.view(np.uint32) & 0xFF, 0)
    np.testing.assert_array_equal(np.isnan(back.zwd), np.isnan(ds.zwd))
    xr.testing.assert_identical(back.zhd_rmse, ds.zhd_rmse)
    assert path.stat().st_size < 0.85 * plain.stat().st_size


def test_bit_rounding_is_to_nearest():
    values = np.float32([1.0, 1 + 2**-15, 1 + 2**-16, 1 + 3 * 2**-17, -2.5, 0.0, np.nan, np.inf])
    expected = np.float32([1.0, 1 + 2**-15, 1.0, 1 + 2**-15, -2.5, 0.0, np.nan, np.inf])
    np.testing.assert_array_equal(bit_round(values, 15), expected)


def test_what_is_no_number_is_not_rounded_to_one():
    bits = np.array([0x7FFFFFFF, 0xFFFFFFFF, 0x7F800000, 0xFF800000], np.uint32)
    found = bit_round(bits.view(np.float32), 15)
    assert np.isnan(found[:2]).all()
    assert found[2:].tolist() == [np.inf, -np.inf]


@pytest.mark.parametrize(
    ("of_the_input", "written"),
    [
        ("noleap", "standard"),
        ("360_day", "standard"),
        ("proleptic_gregorian", "proleptic_gregorian"),
    ],
)
def test_dates_are_written_in_a_calendar_that_has_them(of_the_input, written):
    ds = delays()
    ds.time.encoding = {"units": "days since 2000-01-01", "calendar": of_the_input}
    encoding = encode(ds, "time").time.encoding
    assert (encoding["calendar"], encoding["units"]) == (written, "days since 2000-01-01")


def test_bounds_of_the_time_are_written_in_its_units():
    ds = delays()
    ends = [ds.time - np.timedelta64(7, "m"), ds.time]  # by themselves in minutes
    ds["time_bnds"] = xr.concat(ends, "nv").transpose("time", "nv").drop_vars("time")
    ds.time.attrs["bounds"] = "time_bnds"
    out = encode(ds, "time")
    assert out.time.encoding["units"].startswith("hours")
    for key in ("units", "calendar"):
        assert out.time_bnds.encoding[key] == out.time.encoding[key]
