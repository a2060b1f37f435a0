"""Fields by their values: another unit is read with a word, the impossible is refused."""

import warnings

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import TropdsxWarning, UnitsError
from tropdsx.workflows.derive.fields.reading import FieldReader, is_of_ground
from tropdsx.workflows.derive.zenith import zenith_delays


def rescale(name, factor, units, offset=0.0):
    """Change the values of a field and say, or do not say, a unit."""

    def spoil(ds):
        field = (ds[name] * factor + offset).drop_attrs()
        return ds.assign({name: field.assign_attrs({} if units is None else {"units": units})})

    return spoil


MENDED = {
    "q in g/kg called kg/kg": rescale("q", 1e3, "kg kg**-1"),
    "q in g/kg without units": rescale("q", 1e3, None),
    "q in kg/kg called g/kg": rescale("q", 1.0, "g kg-1"),
    "q in kg/kg without units": rescale("q", 1.0, None),
    "t in degC called K": rescale("t", 1.0, "K", -273.15),
    "t in K called degC": rescale("t", 1.0, "degC"),
    "t in degC without units": rescale("t", 1.0, None, -273.15),
    "sp in hPa called Pa": rescale("sp", 1e-2, "Pa"),
    "sp in Pa called hPa": rescale("sp", 1.0, "hPa"),
    "sp in kPa called Pa": rescale("sp", 1e-3, "Pa"),
    "sp in Pa without units": rescale("sp", 1.0, None),
    "sp in hPa without units": rescale("sp", 1e-2, None),
    "sp is its logarithm": lambda ds: ds.assign(sp=np.log(ds.sp).drop_attrs()),
    "lnsp is its exponential": lambda ds: ds.rename(sp="lnsp").assign(lnsp=ds.sp.drop_attrs()),
    "t2m in degC called K": rescale("t2m", 1.0, "K", -273.15),
    "d2m in degC without units": rescale("d2m", 1.0, None, -273.15),
    "z in m called m2 s-2": rescale("z", 1 / 9.80665, "m2 s-2"),
    "z in m2 s-2 called m": rescale("z", 1.0, "m"),
    "z without units": rescale("z", 1.0, None),
    "heights without units": lambda ds: rescale("z", 1 / 9.80665, None)(ds).rename(z="gh"),
    "z in dam called m": rescale("z", 1 / 98.0665, "m"),
    "z in dam called m2 s-2": rescale("z", 1 / 98.0665, "m2 s-2"),
    "z in km called gpm": rescale("z", 1 / 9806.65, "gpm"),
    "ground in dam called m": rescale("z_surface", 1 / 98.0665, "m"),
    "ground in m called m2 s-2": rescale("z_surface", 1 / 9.80665, "m2 s-2"),
    "ground in m2 s-2 called m": rescale("z_surface", 1.0, "m"),
}


@pytest.mark.parametrize("case", MENDED)
def test_a_plain_mistake_is_read_rightly_with_one_word(sample, case):
    expected = zenith_delays(sample)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = zenith_delays(MENDED[case](sample))
    np.testing.assert_allclose(found.zhd, expected.zhd, atol=2e-6)
    np.testing.assert_allclose(found.zwd, expected.zwd, atol=2e-6)
    assert len(caught) == 1
    assert "\n" not in str(caught[0].message)
    assert str(caught[0].message).rstrip(".") == "; ".join(found.attrs["tropdsx_notes"])


@pytest.mark.parametrize("case", MENDED)
def test_lazy_fields_are_read_by_a_sample_or_refused(sample, case):
    expected = zenith_delays(sample)
    lazy = MENDED[case](sample).chunk(valid_time=1)
    with pytest.warns(TropdsxWarning):
        sampled = zenith_delays(lazy, sample=True)
    np.testing.assert_allclose(sampled.zhd, expected.zhd, atol=2e-6)
    np.testing.assert_allclose(sampled.zwd, expected.zwd, atol=2e-6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        later = zenith_delays(lazy)
        refused = None
        try:
            later = later.compute()
        except UnitsError as error:
            refused = str(error)
    assert "\n" not in (refused or "")
    if refused is None and "ground" not in case:  # which a lazy field does not tell of
        np.testing.assert_allclose(later.zwd, expected.zwd, atol=2e-6)


REFUSED = {
    "q of no unit": (rescale("q", 20.0, "kg kg-1"), "'q' holds values"),
    "q above saturation": (lambda ds: ds.assign(q=ds.q * 0 + 0.05), "times the vapour"),
    "t of no unit": (rescale("t", 0.05, "K"), "100 to 400 K"),
    "sp of no unit": (rescale("sp", 3e-4, "Pa"), "'sp' holds values"),
    "z of no unit": (rescale("z", 3.0, "m2 s-2"), "3 times as thick"),
    "sp by a fill value": (lambda ds: ds.assign(sp=ds.sp * 0 - 5.0), "'sp' holds values"),
}


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_plain_cause_is_refused(sample, case, lazy):
    spoil, match = REFUSED[case]
    ds = spoil(sample)
    for name in set(ds.data_vars) & set(sample.data_vars):
        ds[name].attrs = {**sample[name].attrs, **ds[name].attrs}
    with pytest.raises(UnitsError, match=match):
        zenith_delays(ds.chunk(valid_time=1) if lazy else ds).compute()


@pytest.mark.parametrize(
    ("factor", "units"), [(1, None), (1, "1"), (1, "%"), (100, None), (100, "1"), (100, "%")]
)
def test_relative_humidity_of_either_size(sample, factor, units):
    attrs = {} if units is None else {"units": units}
    r = xr.full_like(sample.q, 0.6 * factor).drop_attrs().assign_attrs(attrs)
    right = sample.drop_vars("q").assign(r=(r / factor).assign_attrs(units="1"))
    expected = zenith_delays(right).zwd
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = zenith_delays(sample.drop_vars("q").assign(r=r)).zwd
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert bool(caught) == ((factor, units) not in [(1, "1"), (100, "%")])


@pytest.mark.parametrize("units", ["hPa", "Pa"])
def test_levels_in_either_pressure(sample, units):
    factor = {"hPa": 100.0, "Pa": 1.0}[units]  # the other one
    axis = ("pressure_level", factor * sample.pressure_level.values, {"units": units})
    with pytest.warns(TropdsxWarning, match="'pressure_level' has units"):
        found = zenith_delays(sample.assign_coords(pressure_level=axis))
    np.testing.assert_allclose(found.zwd, zenith_delays(sample).zwd, rtol=1e-9)


@pytest.mark.parametrize("fill", [9999.0, -9999.0, 1e20])
@pytest.mark.parametrize("lazy", [False, True])
def test_fill_values_of_the_top_are_missing(sample, fill, lazy):
    top = sample.pressure_level <= float(sample.pressure_level.min()) * 2
    ds = sample.assign(q=sample.q.where(~top, fill).assign_attrs(sample.q.attrs))
    found = zenith_delays(ds.chunk(valid_time=1) if lazy else ds)
    np.testing.assert_allclose(found.zwd, zenith_delays(sample).zwd, atol=1e-6)


def test_right_fields_are_read_without_a_word(sample):
    reader = FieldReader(("valid_time",), sample=False)
    for name, role in (("t", "temperature"), ("q", "specific"), ("sp", "surface pressure")):
        reader.read(sample[name], role)
    assert reader.told == []
    assert reader.used == {"temperature": "t", "specific": "q", "surface pressure": "sp"}
    assert reader.warn() == []


def test_fields_of_other_surfaces_are_not_of_the_ground():
    for attrs in (
        {"GRIB_typeOfLevel": "tropopause"},
        {"standard_name": "air_pressure_at_mean_sea_level"},
        {"long_name": "Mean sea level pressure"},
    ):
        assert not is_of_ground(xr.DataArray(1e5, attrs=attrs))
    assert is_of_ground(xr.DataArray(1e5, attrs={"GRIB_typeOfLevel": "surface"}))


@pytest.mark.parametrize(("factor", "units"), [(1e3, "kg kg-1"), (1.0, "g kg-1")])
def test_humidity_of_the_polar_night_is_read_by_its_saturation(factor, units):
    """So dry that its values are possible in either unit."""
    p = np.array([700.0, 600.0, 500.0, 400.0, 300.0, 200.0, 100.0])
    t = np.array([235.0, 230.0, 225.0, 220.0, 215.0, 215.0, 215.0])
    layers = 29.27 * (t[1:] + t[:-1]) / 2 * np.log(p[:-1] / p[1:])
    q = 1e-6 * np.array([55.0, 40.0, 20.0, 10.0, 5.0, 3.0, 3.0])
    ds = xr.Dataset(
        {
            "t": ("level", t, {"units": "K"}),
            "q": ("level", q, {"units": "kg kg-1"}),
            "gh": ("level", 3000.0 + np.r_[0.0, np.cumsum(layers)], {"units": "gpm"}),
        },
        {"level": ("level", p, {"units": "hPa"}), "lat": -80.0, "lon": 100.0},
    ).assign_coords(time=np.datetime64("2022-07-01", "ns"))
    expected = zenith_delays(ds, 3200.0)
    with pytest.warns(TropdsxWarning, match="'q' holds specific humidities in k?g kg-1"):
        found = zenith_delays(ds.assign(q=(ds.q * factor).assign_attrs(units=units)), 3200.0)
    np.testing.assert_allclose(found.zwd, expected.zwd, rtol=1e-9)
