"""Delays, heights and levels that pint quantifies are read by their units."""

import numpy as np
import pytest
import xarray as xr

import tropdsx
from tropdsx.errors import UnitsError

from helpers.hybrid_levels import model_levels
from helpers.odd_inputs import plain

pytest.importorskip("pint")
pytest.importorskip("pint_xarray")

PLAIN = {"zhd": "m", "zwd": "m", "orography": "m"}


def quantified(ds, **units):
    """Of some unit; those of axes are CF's, which pint alone does not know."""
    return ds.pint.quantify(dict.fromkeys(("lat", "lon"))).pint.to(units)


def downscaled(ds, **options):
    return tropdsx.downscale(ds, tropdsx.Options(model=None, **{"target": 5.0} | options)).load()


@pytest.fixture(scope="module")
def right():
    return downscaled(plain())


INPUTS = {
    "metres": lambda ds: quantified(ds),
    "other units": lambda ds: quantified(ds, zhd="cm", zwd="mm", orography="km"),
    "lazy": lambda ds: quantified(ds.chunk(time=1), zhd="cm"),
    "lazy inside": lambda ds: quantified(ds, zwd="mm").chunk(time=1),
    "axes too": lambda ds: ds.pint.quantify(lat="degree", lon="degree"),
    "axes of CF": lambda ds: _with_units_of_cf(ds).pint.quantify(),
    "units against attributes": lambda ds: _labelled_again(ds),
}


def _with_units_of_cf(ds):
    import cf_xarray.units  # noqa: F401 - teaches pint degrees_north

    return ds


def _labelled_again(ds):
    """The unit is pint's, whatever a leftover attribute says."""
    ds = quantified(ds, zhd="cm")
    ds.zhd.attrs["units"] = "mm"
    return ds


@pytest.mark.parametrize("name", INPUTS)
def test_delays(name, right):
    fine = downscaled(INPUTS[name](plain()))
    for field in ("zhd", "zwd", "orography"):
        assert type(fine[field].data) is np.ndarray
        assert fine[field].attrs["units"] == "m"
        np.testing.assert_allclose(fine[field], right[field], rtol=0, atol=1e-6)


def test_heights_that_are_given(right):
    """As an array that is a coordinate of its own Dataset, too."""
    ds = plain()
    terrain = right.orography.reset_coords(drop=True)
    for unit in ("m", "km"):
        coarse = quantified(ds[["orography"]], orography=unit)
        fine = terrain.pint.quantify(lat=None, lon=None).pint.to(unit)
        for options in (
            {"coarse_orography": coarse},
            {"coarse_orography": coarse.orography},
            {"orography": fine},
            {"orography": right.orography},
            {"target": fine},
            {"target": fine.to_dataset(name="orography")},
            {"target": right.orography},
        ):
            found = downscaled(ds, **options)
            np.testing.assert_allclose(found.zhd, right.zhd, rtol=0, atol=1e-6)


def test_a_unit_of_something_else_is_refused():
    ds = quantified(plain())
    with pytest.raises(UnitsError, match="'zhd' has units 'second'"):
        downscaled(ds.assign(zhd=plain().zhd.drop_attrs().pint.quantify("s")))
    with pytest.raises(UnitsError, match="accepted for orography"):
        downscaled(ds.assign(orography=plain().orography.drop_attrs().pint.quantify("km")))


def test_levels():
    ds = (
        xr.open_dataset("sample_data/era5_pl_sample.nc", engine="netcdf4").load().isel(valid_time=0)
    )
    ds = ds[["t", "q", "sp", "t2m", "d2m"]].assign(z=ds.sp * 0 + 2000.0)
    ds.z.attrs["units"] = "m**2 s**-2"  # pint alone does not read CF's m2 s-2
    axes = dict.fromkeys(("latitude", "longitude", "pressure_level", "valid_time"))
    units = {"t": "degC", "q": "g/kg", "sp": "hPa", "t2m": "degC"}
    other = ds.pint.quantify(axes).pint.to(units)
    plain_delays, found = (each.tropds.zenith_delays() for each in (ds, other))
    for name in ("zhd", "zwd"):
        np.testing.assert_allclose(found[name], plain_delays[name], rtol=0, atol=1e-6)


def test_a_quantified_input_is_written(tmp_path):
    ds = quantified(plain(), zhd="cm")
    file = ds.tropds.to_netcdf(tmp_path / "out.nc")
    with xr.open_dataset(file, engine="netcdf4") as back:
        assert back.zhd.attrs["units"] == "centimeter"
        np.testing.assert_allclose(back.zhd, 100 * plain().zhd, rtol=1e-6)


def test_heights_at_which_delays_are_wanted():
    """As a coordinate of a result, and in kilometres."""
    ds = model_levels()
    height = (ds.lat * 0 + ds.lon * 0 + 500.0).rename("orography").assign_attrs(units="m")
    wanted = ds.tropds.zenith_delays(height=height)
    own = wanted.orography
    for height in (
        own,
        own.reset_coords(drop=True).pint.quantify(lat=None, lon=None).pint.to("km"),
    ):
        found = ds.tropds.zenith_delays(height=height)
        np.testing.assert_allclose(found.zwd, wanted.zwd, rtol=0, atol=1e-7)
