import pickle
import subprocess
import sys

import pytest
import xarray as xr

import tropdsx
from tropdsx.accessor.registration import AccessorClass

ORDERS = {
    "xarray first": "import xarray as xr, tropdsx",
    "tropdsx first": "import tropdsx, xarray as xr",
    "a room first": "from tropdsx.pipeline import downscale; import xarray as xr",
    "looked for first": "import tropdsx, importlib.util as u; u.find_spec('xarray'); "
    "import xarray as xr",
}


@pytest.mark.parametrize("order", ORDERS)
def test_accessors_are_there_in_whatever_order(order):
    code = (
        f"{ORDERS[order]}\n"
        "print(repr(xr.Dataset().tropds)[:8], repr(xr.DataArray(1.0).tropds)[:8],"
        "repr(xr.DataTree().tropds)[:8])"
    )
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split("\n")[0] == "<tropds: <tropds: <tropds:"


def test_what_stands_on_the_class_leads_to_the_accessor():
    assert xr.Dataset.tropds.downscale is tropdsx.TropdsAccessor.downscale
    assert "downscale" in dir(xr.Dataset.tropds)
    assert isinstance(xr.Dataset().tropds, tropdsx.TropdsAccessor)
    assert isinstance(xr.DataArray(1.0).tropds, tropdsx.ArrayAccessor)
    assert isinstance(xr.DataTree().tropds, tropdsx.TreeAccessor)


def test_a_class_that_stands_in_can_travel():
    sent = pickle.loads(pickle.dumps(xr.Dataset.tropds))
    assert isinstance(sent, AccessorClass)
    assert sent.downscale is tropdsx.TropdsAccessor.downscale


def test_rooms_are_attributes_and_other_names_are_errors():
    assert tropdsx.atmos.gmf.__name__ == "gmf"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        tropdsx.nothing  # noqa: B018 - asking for it is what fails
