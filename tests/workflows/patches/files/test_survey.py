"""What files hold."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.workflows.patches.files.survey import check_alike, opened_patches, survey


def timeless(path, name="so", unit="1e-3"):
    axes = {"lat": np.arange(4.0), "lon": np.arange(4.0)}
    xr.Dataset({name: (list(axes), np.eye(4), {"units": unit})}, axes).to_netcdf(path)
    return survey(path, name, {"size": 4})


def test_a_file_is_told_of(january):
    found = survey(january / "part_1.nc", "thetao", {"size": 6, "level_indices": [3, 1]})
    assert (found.bands, found.steps, found.units) == (2, 3, "degrees_C")
    assert found.level_values == [1000, 10]
    assert found.times[0] == np.datetime64("2024-03-01")
    check_alike([found, found.__class__(**vars(found) | {"times": found.times + 1})])


def test_the_date_of_a_file_without_time_is_in_its_name(tmp_path):
    assert timeless(tmp_path / "so_20240229.nc").times == [np.datetime64("2024-02-29")]
    with pytest.warns(TropdsxWarning, match="no time, neither inside nor in its name"):
        assert timeless(tmp_path / "so.nc").times.size == 0


def test_values_are_not_read_before_they_are_wanted(january):
    with opened_patches(january / "part_0.nc", "thetao", {"size": 6}) as found:
        assert not found.array.variable._in_memory
        next(iter(found))
        assert not found.array.variable._in_memory


def test_units_of_a_salinity_are_one_unit_whatever_files_call_them(tmp_path):
    """1 and 1e-3 are the same of the practical salinity, and of nothing else."""
    first = timeless(tmp_path / "so_20240229.nc", "so", "1e-3")
    check_alike([first, timeless(tmp_path / "so_20240301.nc", "so", "1")])
    other = [timeless(tmp_path / f"q_2024022{n}.nc", "q", unit) for n, unit in
             ((8, "1"), (9, "1e-3"))]  # fmt: skip
    with pytest.raises(GridError, match=r"units of .*q_20240228\.nc and .* differ"):
        check_alike(other)
