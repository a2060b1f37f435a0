"""Values that no delay can have are refused, doubtful ones are told of."""

from contextlib import nullcontext

import dask
import numpy as np
import pytest

from tropdsx.cf.ranges import find_unit
from tropdsx.errors import TropdsxWarning, UnitsError
from tropdsx.grid.standardise import standardise_grid

from helpers.grids import NoScheduler, delays

BAD_VALUES = {
    "zhd in mm without units": ("zhd", 1000.0, None, "look like mm: set ds"),
    "zhd in mm called m": ("zhd", 1000.0, "m", "look like mm: set ds"),
    "zwd in cm called m": ("zwd", 100.0, "m", "look like cm: set ds"),
    "zhd in Pa": ("zhd", 43800.0, "m", "surface pressure in Pa"),
    "negative zwd": ("zwd", -1.0, "m", "is not negative"),
    "fill value": ("zwd", 1e30, "m", "_FillValue"),
}


@pytest.mark.parametrize("case", BAD_VALUES)
@pytest.mark.parametrize("lazy", [False, True])
def test_values_that_are_no_delays(case, lazy):
    name, factor, units, text = BAD_VALUES[case]
    ds = delays()
    ds[name] = (ds[name].astype("f8") * factor).assign_attrs(units=units or "")
    told = nullcontext() if units else pytest.warns(TropdsxWarning, match="no units attribute")
    if not lazy:
        with told, pytest.raises(UnitsError, match=text):
            standardise_grid(ds)
        return
    with dask.config.set(scheduler=NoScheduler()), told:
        grid, _ = standardise_grid(ds.chunk(time=1))
    with pytest.raises(UnitsError, match=text):
        grid.compute()


@pytest.mark.parametrize(("name", "fill"), [("zhd", 0.0), ("zhd", -999.0), ("zwd", -9999.0)])
def test_fill_values_that_are_not_declared_are_named(name, fill):
    ds = delays()
    ds[name][0, 2:5] = fill
    with pytest.raises(UnitsError, match=f"{fill:g} is a usual fill value"):
        standardise_grid(ds)


@pytest.mark.parametrize(
    ("lowest", "advice"),
    [(-9999.0, "usual fill value"), (-32768.0, "usual fill"), (-5012.0, "sea")],
)
def test_heights_below_all_land_are_told_apart(lowest, advice):
    ds = delays()
    ds["orography"] = ds.zhd.isel(time=0, drop=True) * 0
    ds["orography"].attrs = {"units": "m"}
    ds.orography[0, 0] = lowest
    with pytest.raises(UnitsError, match=advice):
        standardise_grid(ds)[0].orography.compute()


def test_a_little_negative_zwd_is_kept_with_a_warning():
    ds = delays()
    ds.zwd[0, 0, 0] = -0.003
    with pytest.warns(TropdsxWarning, match=r"1 negative wet delays down to -3\.0 mm"):
        grid, _ = standardise_grid(ds)
    assert float(grid.zwd.min()) == np.float32(-0.003)


def test_nan_stays_and_is_counted():
    ds = delays()
    ds.zhd[1, 2:4, 5:8] = np.nan
    with pytest.warns(TropdsxWarning, match="'zhd' holds 6 NaN"):
        grid, _ = standardise_grid(ds)
    assert int(grid.zhd.isnull().sum()) == 6


def test_metres_called_millimetres_are_noticed(coarse):
    wrong = coarse.assign(zwd=coarse.zwd.assign_attrs(units="mm"))
    with (
        pytest.warns(TropdsxWarning, match=r"'zwd' is below 0.6 mm everywhere.*'mm'"),
        pytest.raises(UnitsError, match="Metres that are labelled as millimetres look like that"),
    ):
        wrong.tropds.downscale(5.0, model=None)
    lazy = wrong.chunk(time=1).tropds.downscale(5.0, model=None)
    with pytest.warns(TropdsxWarning, match="'zwd' is below"):
        lazy.zwd.load()


def test_another_unit_is_only_believed_of_values_that_plainly_have_it():
    role = {"role": "surface pressure", "name": "sp", "unit": "hpa"}
    assert find_unit(np.array([3e4, 6e4]), **role)[0] == "pa"
    with pytest.raises(UnitsError, match="'sp' holds values 30000 to 40000"):
        find_unit(np.array([3e4, 4e4]), **role)
