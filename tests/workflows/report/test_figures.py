"""Maps: what is on them, on any grid, and that one epoch is all that is computed."""

import dask.array
import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, InputError, TropdsxError, TropdsxWarning
from tropdsx.workflows.report import figures as plot

from helpers.fields import delays
from helpers.figures import BOX, finer, meshes, titles


def test_three_maps_with_one_range(box):
    figure = plot.draw_comparison(box, finer(box), "zwd", time=1)
    assert titles(figure) == ["Coarse, 2.5°", "Fine, 1.25°", "Fine minus bilinear coarse"]
    coarse, fine, added = meshes(figure)
    assert coarse.get_clim() == fine.get_clim()
    low, high = added.get_clim()
    assert low == -high
    assert figure.get_suptitle() == "Zenith wet delay, 2022-03-09 06:00 UTC"


def test_difference_is_to_the_bilinear_field_in_millimetres(box):
    fine = finer(box)
    nodes = box.zwd.isel(time=0)
    fine["zwd"] = (nodes.astype(float).interp(lat=fine.lat, lon=fine.lon) + 0.002).expand_dims(
        time=fine.time[:1]
    )
    fine["zwd"].attrs["units"] = "m"
    added = meshes(plot.draw_comparison(box, fine.isel(time=[0])))[2].get_array()
    np.testing.assert_allclose(added, 2.0, atol=1e-4)


@pytest.mark.parametrize("variable", ["zhd", "zwd", "ztd"])
def test_each_delay(box, variable):
    figure = plot.draw_comparison(box, finer(box), variable)
    labels = [axes.get_xlabel() for axes in figure.axes if axes.get_xlabel()]
    assert labels == (["mm"] * 3 if variable == "zwd" else ["m", "m", "mm"])


def test_orientation_and_names_do_not_matter(box):
    fine = finer(box)
    turned = fine.sortby("lat").rename(lat="latitude", lon="longitude", time="valid_time")
    turned = turned.transpose("longitude", "latitude", "valid_time")
    one, other = (meshes(plot.draw_comparison(box, each))[1].get_array() for each in (fine, turned))
    np.testing.assert_array_equal(one, other)


def test_only_the_epoch_drawn_is_computed(box):
    seen = []

    def block(values, block_info=None):
        seen.append(block_info[0]["chunk-location"][0])
        return values

    fine = finer(box)
    fine["zwd"] = fine.zwd.copy(
        data=dask.array.map_blocks(
            block,
            dask.array.from_array(fine.zwd.values, chunks=(1, -1, -1)),
            dtype="f4",
            meta=np.empty((0, 0, 0), "f4"),
        )
    )
    plot.draw_comparison(box.chunk(time=1), fine, "zwd", time=2)
    assert seen == [2]


def test_epoch_by_date_and_epochs_that_are_not_there(box):
    fine = finer(box)
    figure = plot.draw_comparison(box, fine, time="2022-03-09T12:00")
    assert "12:00" in figure.get_suptitle()
    with pytest.raises(GridError, match="has 3 epochs"):
        plot.draw_comparison(box, fine, time=3)
    with pytest.raises(GridError, match="fine grid has no epoch 2022-03-09T12:00"):
        plot.draw_comparison(box, fine.isel(time=[0, 1]), time=2)
    # One of the two without a date: there is nothing to match.
    plot.draw_comparison(box, fine.isel(time=0, drop=True), time=2)


def test_missing_values_are_left_out(box):
    fine = finer(box)
    fine["zwd"][0, :3] = np.nan
    with pytest.warns(TropdsxWarning, match="'zwd' holds 51 NaN"):
        figure = plot.draw_comparison(box, fine)
    array = meshes(figure)[1].get_array()
    assert np.ma.count_masked(array) == 3 * fine.sizes["lon"]


def test_what_cannot_be_drawn_is_refused(box):
    with pytest.raises(GridError, match="choose one of"):
        plot.draw_comparison(box, box, "pwv")
    with pytest.raises(GridError, match="zhd"):
        plot.draw_comparison(box, finer(box).drop_vars("zhd"), "zhd")
    far = delays(BOX[0] - 60.0, BOX[1])
    with pytest.raises(GridError, match="do not overlap"):
        plot.draw_comparison(box, far)


def test_rmse_maps_with_mean_and_reference(box):
    attrs = {"units": "m", "validation_reference": "VMF3", "validation_period": "2020/2021"}
    box["zwd_rmse"] = xr.full_like(box.zwd[0], 0.015).assign_attrs(attrs).sortby("lat")
    box["zhd_rmse"] = xr.full_like(box.zwd[0], 2.0).assign_attrs(units="mm")
    figure = plot.draw_rmse(box)
    assert titles(figure) == [
        "Zenith hydrostatic delay: 2.0 mm over the area",
        "Zenith wet delay: 15.0 mm over the area",
    ]
    assert "against VMF3, 2020 to 2021" in " ".join(figure.get_suptitle().split())
    assert meshes(figure)[0].get_clim()[0] == 0.0


def test_no_rmse_maps_is_a_clear_error(box):
    with pytest.raises(InputError, match="--reference"):
        plot.draw_rmse(box)
    box["zwd_rmse"] = box.zwd.assign_attrs(units="m")
    with pytest.raises(TropdsxError, match="accepted is a map"):
        plot.draw_rmse(box)
