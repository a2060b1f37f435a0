"""Groups of NetCDF files and Zarr stores: opened by name, or named where they are needed."""

import netCDF4
import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import InputError
from tropdsx.read.containers.groups import inherit
from tropdsx.read.delays import open_delays
from tropdsx.read.orography import open_orography

from helpers.files import delays


def as_tree(groups):
    return xr.DataTree.from_dict(groups)


@pytest.fixture(params=["nc", "zarr"])
def store(request, tmp_path):
    """Write groups in either format."""

    def write(groups):
        path = tmp_path / f"a.{request.param}"
        tree = as_tree(groups)
        if request.param == "nc":
            tree.to_netcdf(path)
        else:
            tree.to_zarr(path, zarr_format=2)
        return path

    return write


def test_a_group_is_opened_by_name(store):
    path = store({"/run/wet": delays(), "/other": xr.Dataset({"n": 1})})
    for given, group in ((f"{path}#run/wet", None), (path, "run/wet"), ([path], "/run/wet/")):
        with open_delays(given, group=group) as ds:
            np.testing.assert_array_equal(ds.zhd, delays().zhd)
            assert ds.zhd.chunks is not None
            assert ds.encoding["tropdsx_sources"] == [f"{path}#run/wet"]


def test_coordinates_and_heights_come_from_above(tmp_path):
    """As CF 2.7 says; xarray's own reader leaves them there."""
    path = tmp_path / "a.nc"
    whole = delays()
    whole.drop_vars(["zhd", "zwd"]).to_netcdf(path)
    with netCDF4.Dataset(path, "a") as file:
        for group, name in (("dry", "zhd"), ("wet/best", "zwd")):
            made = file.createGroup(group).createVariable(name, "f4", ("time", "lat", "lon"))
            made[:], made.units = whole[name].values, "m"
    for group, name in (("dry", "zhd"), ("wet/best", "zwd")):
        with open_delays(path, group=group) as ds:
            xr.testing.assert_equal(ds[name].compute(), whole[name])
            np.testing.assert_array_equal(ds.orography, whole.orography)


def test_what_a_group_has_goes_first():
    root = xr.Dataset({"orography": ("lat", [1.0, 2.0]), "crs": 0, "more": 1})
    root = root.assign_coords(lat=[1.0, 2.0], run=3)
    zwd = xr.Dataset({"zwd": ("lat", [0.1, 0.2], {"grid_mapping": "crs"})})
    found = inherit(zwd, [xr.Dataset({"more": 2}), root])
    assert sorted(found.variables) == ["crs", "lat", "orography", "run", "zwd"]
    other = inherit(zwd.assign_coords(lat=[5.0, 6.0]), [root])
    assert other.lat.values.tolist() == [5.0, 6.0]
    assert "orography" not in other, "those are the heights of other nodes"
    longer = inherit(xr.Dataset({"zwd": ("lat", [0.1, 0.2, 0.3])}), [root])
    assert sorted(longer.coords) == ["run"], "another dimension of the same name"


def test_groups_with_delays_are_named(store):
    path = store({"/": xr.Dataset(attrs={"title": "t"}), "/a/wet": delays(), "/b": delays()})
    with pytest.raises(InputError) as caught:
        open_delays(path)
    name = path.name
    assert str(caught.value) == (
        f"{path} has no fields at its root; its groups hold delays: 'a/wet' (zhd, zwd), 'b' "
        f"(zhd, zwd); name it behind '#' ({name}#a/wet), or say group='a/wet'."
    )
    with pytest.raises(InputError, match="has no group 'c'; its groups hold delays: 'a/wet'"):
        open_delays(path, group="c")
    with pytest.raises(InputError, match=r"has no fields at its root; its group.*'a/wet'"):
        open_delays(path, group="a")


def test_delays_in_a_group_below_other_fields(store):
    path = store({"/": delays()[["orography"]], "/wet": delays().drop_vars("orography")})
    with pytest.raises(InputError, match=r"no delays where they are looked for; its group holds"):
        open_delays(path)
    assert open_orography(path).shape == (6, 12), "which need no group"


def test_groups_without_delays_are_named_as_such(store):
    path = store({"/a": delays()[["orography"]]})
    with pytest.raises(InputError, match=r"its group holds fields: 'a' \(orography\)"):
        open_delays(path)
    assert open_orography(f"{path}#a").shape == (6, 12)


def test_files_without_groups(tmp_path):
    delays().to_netcdf(tmp_path / "a.nc")
    with pytest.raises(InputError, match=r"has no group 'x'; it has none. Leave it out"):
        open_delays(f"{tmp_path}/a.nc#x")
    np.save(tmp_path / "a.npy", np.zeros((180, 360)))
    with pytest.raises(InputError, match=r"a.npy \(npy\) has no parts, but '#x' is asked for"):
        open_delays(f"{tmp_path}/a.npy#x")


def test_groups_of_several_files_are_joined(tmp_path):
    for k in range(2):
        delays(6).isel(time=slice(3 * k, 3 * k + 3)).to_netcdf(tmp_path / f"{k}.nc", group="g")
    with open_delays(f"{tmp_path}/*.nc", group="g") as ds:
        np.testing.assert_array_equal(ds.zhd, delays(6).zhd)
