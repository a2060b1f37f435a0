"""Rows of stations, epochs and directions."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import OutputError
from tropdsx.write.export.columns import Columns

from helpers.series import series


def with_rays(ds):
    rays = {"elevation": [5.0, 30.0], "azimuth": [0.0, 120.0, 240.0]}
    above = xr.DataArray([10.0, 2.0], {"elevation": rays["elevation"]}, ("elevation",))
    towards = xr.DataArray([0.0, 0.1, 0.2], {"azimuth": rays["azimuth"]}, ("azimuth",))
    mfw = (0.0 * ds.zwd + above).assign_attrs(units="1")
    slant = (ds.ztd * above + towards).assign_attrs(units="m")
    return ds.assign(mfw=mfw, slant_delay=slant)


def rows_of(table, rows=10**6):
    parts = [fields for _, fields in table.parts(rows, None)]
    return {name: np.concatenate([each[name] for each in parts]) for name in parts[0]}


def test_each_direction_has_a_row():
    ds = with_rays(series())
    table = Columns.of(ds)
    assert table.each_time == 6
    assert table.rays["elevation_deg"].tolist() == [5.0] * 3 + [30.0] * 3
    assert table.rays["azimuth_deg"].tolist() == [0.0, 120.0, 240.0] * 2
    found = rows_of(table)
    sizes = (ds.sizes["station"], ds.sizes["time"], 2, 3)
    wanted = ds.slant_delay.transpose("station", "time", "elevation", "azimuth")
    np.testing.assert_array_equal(found["slant_delay_m"].reshape(sizes), wanted)
    np.testing.assert_array_equal(
        found["mfw"].reshape(sizes)[..., 2], ds.mfw.transpose("station", "time", ...)
    )
    np.testing.assert_array_equal(found["ztd_m"].reshape(sizes)[..., 1, 1], ds.ztd.T)


def test_directions_that_no_variable_has_make_no_rows():
    ds = series()
    assert Columns.of(ds.assign_coords(elevation=[5.0, 30.0])).each_time == 1
    alone = with_rays(ds).drop_vars("slant_delay")
    assert list(Columns.of(alone).rays) == ["elevation_deg"]


@pytest.mark.parametrize("rows", [1, 100, 10**6])
def test_lazy_values_are_computed_once(rows):
    """However few rows are taken at a time."""
    import dask.array as da

    ds, seen = with_rays(series()), []

    def look(block, block_info=None):
        if block_info is not None:
            seen.append(block_info[0]["array-location"][1][0])
        return block

    whole = rows_of(Columns.of(ds), rows)
    cut = da.from_array(ds.slant_delay.values, chunks=(-1, 2, -1, -1))
    lazy = ds.assign(slant_delay=ds.slant_delay.copy(data=cut.map_blocks(look, dtype="f8")))
    found = rows_of(Columns.of(lazy), rows)
    for name, values in whole.items():
        np.testing.assert_array_equal(found[name], values)
    assert sorted(seen) == [0, 2]


def test_series_without_variables_are_refused():
    with pytest.raises(OutputError, match="there is no variable on"):
        Columns.of(xr.Dataset(coords=series().coords))
