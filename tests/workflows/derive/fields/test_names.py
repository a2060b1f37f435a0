"""Names of many archives: each gives what ERA5's own names give."""

import numpy as np
import pytest

from tropdsx.errors import TropdsxWarning
from tropdsx.workflows.derive.fields.names import AT_GROUND, ON_LEVELS
from tropdsx.workflows.derive.zenith import zenith_delays

AXES = {"valid_time": "time", "pressure_level": "level"}
ARCHIVES = {
    "ARCO-ERA5, WeatherBench": {
        "t": "temperature",
        "q": "specific_humidity",
        "z": "geopotential",
        "sp": "surface_pressure",
        "t2m": "2m_temperature",
        "d2m": "2m_dewpoint_temperature",
        "z_surface": "geopotential_at_surface",
    },
    "RDA": {
        "t": "T",
        "q": "Q",
        "z": "Z",
        "sp": "SP",
        "t2m": "VAR_2T",
        "d2m": "VAR_2D",
        "z_surface": "Z_SURFACE",
    },
    "cdo without a table": {
        "t": "var130",
        "q": "var133",
        "z": "var129",
        "sp": "var134",
        "t2m": "var167",
        "d2m": "var168",
    },
    "NCEP reanalysis, MERRA-2": {
        "t": "air",
        "q": "QV",
        "z": "phi",
        "sp": "PS",
        "z_surface": "PHIS",
    },
    "CMIP": {"t": "ta", "q": "hus", "sp": "ps", "t2m": "tas"},
    "NOMADS": {
        "t": "tmpprs",
        "q": "spfhprs",
        "sp": "pressfc",
        "t2m": "tmp2m",
        "d2m": "dpt2m",
    },
    "THREDDS": {
        "t": "Temperature_isobaric",
        "q": "Specific_humidity_isobaric",
        "sp": "Pressure_surface",
    },
}


@pytest.mark.parametrize("archive", ARCHIVES)
@pytest.mark.parametrize("order", ["time level lat lon", "lon lat level time"])
def test_names_of_archives(sample, archive, order):
    ds = sample.drop_vars(["number", "expver"], errors="ignore").rename(ARCHIVES[archive] | AXES)
    dims = {"time": "time", "level": "level", "lat": "latitude", "lon": "longitude"}
    ds = ds.transpose(*(dims[word] for word in order.split()), missing_dims="ignore")
    for name in ds.data_vars:
        ds[name].attrs = {"units": ds[name].attrs["units"]}
    found = zenith_delays(ds).zwd.transpose("time", "latitude", "longitude")
    np.testing.assert_array_equal(found, zenith_delays(sample).zwd)


@pytest.mark.parametrize(
    "attribute", ["short_name", "GRIB_shortName", "standard_name", "long_name"]
)
def test_attributes_tell_what_names_do_not(sample, attribute):
    told = {
        "short_name": {"t": "t", "q": "q", "sp": "sp"},
        "GRIB_shortName": {"t": "t", "q": "q", "sp": "sp"},
        "standard_name": {
            "t": "air_temperature",
            "q": "specific_humidity",
            "sp": "surface_air_pressure",
        },
        "long_name": {"t": "Temperature", "q": "Specific humidity", "sp": "Surface pressure"},
    }[attribute]
    ds = sample.copy()
    for number, (name, text) in enumerate(told.items()):
        ds[name].attrs = {"units": ds[name].attrs["units"], attribute: text}
        ds = ds.rename({name: f"field{number}"})
    np.testing.assert_array_equal(zenith_delays(ds).zwd, zenith_delays(sample).zwd)


def test_graphcast_layout(sample):
    """One batch, times as leads, the dates in a field of two dimensions, and no units at all."""
    ds = sample.drop_vars(["number", "expver"], errors="ignore")
    ds = ds.rename(ARCHIVES["ARCO-ERA5, WeatherBench"] | AXES)
    dates = ds.time.values
    ds = ds.assign_coords(time=dates - dates[0], level=ds.level.values)
    moving = {name: ds[name].expand_dims("batch") for name in ds if "time" in ds[name].dims}
    ds = ds.assign(moving).assign_coords(datetime=(("batch", "time"), dates[np.newaxis]))
    for name in ds.data_vars:
        ds[name].attrs = {}
    with pytest.warns(TropdsxWarning, match="'temperature' has no units attribute"):
        found = zenith_delays(ds)
    np.testing.assert_array_equal(found.zwd, zenith_delays(sample).zwd)


def test_another_measure_of_what_is_known_is_no_loss(sample):
    ds = sample.assign(r=(sample.q * 0 + 50.0).drop_attrs().assign_attrs(units="%"))
    ds = ds.assign(lnsp=np.log(sample.sp).drop_attrs(), msl=sample.sp, tcwv=sample.sp)
    found = zenith_delays(ds)  # without a warning
    np.testing.assert_array_equal(found.zwd, zenith_delays(sample).zwd)


def test_a_surface_field_on_a_level_of_its_own_is_named(sample):
    wide = sample.sp.expand_dims(ensemble=[0, 1]).assign_attrs(sample.sp.attrs)
    with pytest.warns(TropdsxWarning, match=r"found and not used: 'sp' \(on ensemble"):
        found = zenith_delays(sample.drop_vars("sp").assign(sp=wide))
    np.testing.assert_array_equal(found.zwd, zenith_delays(sample.drop_vars("sp")).zwd)


def test_tables_are_in_lower_case_and_without_repetition():
    for names in (*ON_LEVELS.values(), *AT_GROUND.values()):
        assert all(alias == alias.lower() for alias in names.aliases)
        assert len(set(names.aliases)) == len(names.aliases)
        assert isinstance(names.standard_names, tuple)
