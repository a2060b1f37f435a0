"""Fields beside the delays, and what looks like one and is none."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import TropdsxWarning
from tropdsx.grid.fields import is_of_the_skin, tell_second, tell_unused
from tropdsx.grid.standardise import standardise_grid

from helpers.grids import delays

UNUSABLE = {
    "text": (lambda ds: ds.zhd.astype(str), "no numbers"),
    "truth values": (lambda ds: ds.zhd > 2, "no numbers"),
    "other rows": (lambda ds: ds.zhd.isel(lat=slice(1, None)).rename(lat="y2"), "along time, y2"),
    "a mean": (lambda ds: ds.zhd.mean(("lat", "lon")), "along time"),
    "a number": (lambda ds: ds.zhd[0, 0, 0].drop_vars(["time", "lat", "lon"]), "no dimension"),
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_a_delay_that_cannot_be_used_is_told(kind):
    make, match = UNUSABLE[kind]
    ds = delays()
    ds = ds.drop_vars("zhd").assign(ZHD=make(ds))
    with pytest.warns(TropdsxWarning, match=f"'ZHD' was not used as zhd.*{match}"):
        grid, record = standardise_grid(ds)
    assert list(grid.data_vars) == ["zwd", "orography"]
    assert any("'ZHD' was not used" in note for note in record.notes)


def test_what_is_there_or_not_there_is_no_reason_to_warn():
    notes = []
    tell_unused(xr.Dataset({"dem": ("x", np.zeros(2))}), ["zhd", "zwd"], notes)
    standardise_grid(delays())
    standardise_grid(delays()[["zwd", "orography"]])
    assert notes == []


def test_of_two_delays_of_one_name_the_plain_one_is_taken_and_the_other_told():
    ds = delays()
    two = ds.assign(ZWD=ds.zwd + 0.01, zwd_error=ds.zwd * 0)
    with pytest.warns(TropdsxWarning, match="'ZWD' was not used as zwd: 'zwd' was taken") as told:
        grid, _ = standardise_grid(two)
    assert len(told) == 1
    xr.testing.assert_equal(grid.zwd, standardise_grid(ds)[0].zwd)


def test_only_what_lies_on_the_same_dimensions_is_told():
    ds = xr.Dataset(
        {"zhd": (("y", "x"), [[2.3]]), "hydro": (("z", "y", "x"), [[[2.0]]], {"units": "m"})}
    )
    notes = []
    tell_second(ds, {"zhd": "zhd"}, notes)
    assert not notes


@pytest.mark.parametrize(
    ("attrs", "skin"),
    [
        # Of ERA5 as cfgrib and the Climate Data Store give it: GRIB 1 has its 2 m fields there.
        ({"GRIB_typeOfLevel": "surface", "GRIB_name": "2 metre temperature"}, False),
        ({"GRIB_typeOfLevel": "surface", "long_name": "2 metre temperature"}, False),
        ({"GRIB_typeOfLevel": "surface", "GRIB_name": "Temperature"}, True),
        ({"GRIB_typeOfLevel": "surface", "GRIB_name": "Skin temperature"}, True),
        ({"GRIB_typeOfLevel": "heightAboveGround", "GRIB_name": "Temperature"}, False),
    ],
)
def test_the_air_at_2_m_is_not_the_skin(attrs, skin):
    assert is_of_the_skin(xr.DataArray(280.0, name="t2m", attrs=attrs)) is skin
