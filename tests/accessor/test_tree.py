"""The accessor of a DataTree does what that of its Dataset does."""

import numpy as np
import pytest
import xarray as xr

import tropdsx
from tropdsx.errors import GridError


@pytest.fixture
def tree(small):
    return xr.DataTree.from_dict({"/": xr.Dataset(attrs={"title": "t"}), "/run/wet": small})


def test_one_node_is_used(tree, small):
    expected = small.tropds.downscale(5, model=None)
    for found in (
        tree.tropds.downscale(5, model=None),
        tree["run"].tropds.downscale(5, model=None),
        tree["run/wet"].tropds.downscale(5, model=None),
        tropdsx.downscale(tree, tropdsx.Options(target=5, model=None)),
    ):
        np.testing.assert_array_equal(found.zwd, expected.zwd)
    np.testing.assert_array_equal(tree.tropds.ztd(), small.tropds.ztd())
    assert repr(tree.tropds) == repr(small.tropds)
    assert tree.tropds._repr_html_()


def test_a_file_with_groups_opened_by_xarray(tree, small, tmp_path):
    tree.to_netcdf(tmp_path / "a.nc")
    with xr.open_datatree(tmp_path / "a.nc") as opened:
        found = opened.tropds.downscale(5, model=None)
        np.testing.assert_array_equal(found.zwd, small.tropds.downscale(5, model=None).zwd)


def test_several_nodes_are_told_apart(small):
    tree = xr.DataTree.from_dict({"/a": small, "/b": small + 0.01})
    assert "2 nodes that may be meant (/a, /b)" in repr(tree.tropds)
    assert tree.tropds._repr_html_() is None
    with pytest.raises(GridError, match=r"Name it: tree\['/a'\].tropds"):
        tree.tropds.downscale(5)
    found = tropdsx.validate(tree["a"], tree["b"])
    assert float(found.rmse.sel(variable="zwd", group="all")) == pytest.approx(0.01, rel=1e-3)
