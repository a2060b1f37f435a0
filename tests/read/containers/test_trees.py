"""A DataTree with one node of delays is used as that; others are told how to name one."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.read.containers.trees import dataset_of

from helpers.files import delays


def tree(**nodes):
    return xr.DataTree.from_dict({f"/{name}": ds for name, ds in nodes.items()})


def test_a_dataset_is_its_own():
    ds = delays()
    assert dataset_of(ds) is ds


def test_the_node_of_delays():
    ds = delays()
    xr.testing.assert_identical(dataset_of(tree(wet=ds)), ds)
    with pytest.warns(TropdsxWarning, match="of the DataTree, /wet is used; left out is /more"):
        xr.testing.assert_identical(dataset_of(tree(wet=ds, more=ds[["orography"]])), ds)
    assert list(dataset_of(tree(levels=xr.Dataset({"t": ("z", [280.0])})))) == ["t"]


def test_coordinates_and_heights_from_above():
    ds = delays()
    above = ds.drop_vars(["zhd", "zwd"])
    below = ds[["zhd", "zwd"]].drop_vars(list(ds.coords))
    found = dataset_of(xr.DataTree.from_dict({"/": above, "/wet": below}))
    xr.testing.assert_equal(found.orography, ds.orography)
    np.testing.assert_array_equal(found.lat, ds.lat)


def test_several_nodes_are_named():
    ds = delays()
    with pytest.raises(GridError, match=r"2 nodes that may be meant \(/a, /b\).*tree\['/a'\]"):
        dataset_of(tree(a=ds, b=ds))
    with pytest.raises(GridError, match="no data in any node"):
        dataset_of(tree(a=xr.Dataset()))


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        (delays().zhd, r"to_dataset\(name='zhd'\)"),
        ("a.nc", "tropdsx.open_delays"),
        (Path("a.nc"), "tropdsx.open_delays"),
        (np.zeros((2, 2)), "numpy ndarray found.*xarray.Dataset"),
        (None, "NoneType found"),
    ],
)
def test_other_objects_are_told_what_to_do(given, hint):
    with pytest.raises(GridError, match=hint):
        dataset_of(given)
