import numpy as np
import pytest
import xarray as xr

from tropdsx.workflows.report.html import collect as module
from tropdsx.workflows.report.html.collect import collect
from tropdsx.workflows.report.html.limits import Limits
from tropdsx.workflows.report.html.packing import Packed
from tropdsx.workflows.report.html.sources import Sources

from helpers.fine import ACROSS, BOX, delays
from helpers.packed import unpack


def values_of(content, variable, kind):
    """What the page shows, by the rules of its script."""
    field = next(f for f in content.fields if (f["variable"], f["kind"]) == (variable, kind))
    if "parts" in field:
        parts = [content.fields[part] for part in field["parts"]]
        both = [values_of(content, part["variable"], part["kind"]) for part in parts]
        moved = [
            values if part["grid"] == field["grid"] else content.on_first_grid(values, part["grid"])
            for values, part in zip(both, parts, strict=True)
        ]
        return sum(factor * each for factor, each in zip(field["factors"], moved, strict=True))
    grid = content.grids[field["grid"]]
    shape = (len(content.times), len(grid["lat"]), len(grid["lon"]))
    return unpack(Packed(field["offset"], field["step"], field["text"]), shape)


@pytest.mark.parametrize("box", [BOX, ACROSS])
def test_every_value_is_that_of_the_data(box):
    fine = delays(box, 3, maps=False, orography=False)
    fine["zwd_sigma"] = (0.1 * fine.zwd).assign_attrs(units="m")
    fine.zwd[1, 2, 3] = np.nan
    truth = (fine + 0.01).isel(time=[2, 0], lat=slice(2, None))
    for name in ("zhd", "zwd"):
        truth[name].attrs["units"] = "m"
    coarse = fine.isel(lat=slice(None, None, 4), lon=slice(0, None, 4))
    content, notes = collect(Sources.of(fine, coarse, truth))
    assert not notes
    for name in ("zhd", "zwd"):
        np.testing.assert_allclose(values_of(content, name, "fine"), fine[name], atol=5.1e-5)
    total = fine.zhd + fine.zwd
    np.testing.assert_allclose(values_of(content, "ztd", "fine"), total, atol=1.01e-4)
    np.testing.assert_allclose(values_of(content, "zwd", "sigma"), fine.zwd_sigma, atol=5.1e-5)
    error = values_of(content, "zwd", "fine_error")
    assert np.isnan(error[1]).all()  # the reference lacks this epoch,
    assert np.isnan(error[:, :2]).all()  # and these rows
    np.testing.assert_allclose(error[[0, 2], 2:], -0.01, atol=1.1e-4)
    added = values_of(content, "zwd", "difference")
    np.testing.assert_allclose(added[0, ::4, ::4], 0.0, atol=1.1e-4)


def test_one_delay_alone_gives_no_total():
    for name in ("zwd", "zhd"):
        content, _ = collect(
            Sources.of(delays(epochs=1, maps=False, orography=False)[[name]], None, None)
        )
        assert [field["variable"] for field in content.fields] == [name]


def test_total_alone_is_shown_as_it_is():
    fine = delays(epochs=2, maps=False, orography=False)
    ztd = (fine.zhd + fine.zwd).assign_attrs(units="m")
    content, _ = collect(Sources.of(xr.Dataset({"ztd": ztd}), None, None))
    assert [field["variable"] for field in content.fields] == ["ztd"]
    np.testing.assert_allclose(values_of(content, "ztd", "fine"), ztd, atol=5.1e-5)


def test_long_series_are_thinned_and_the_page_says_so():
    told = []
    fine = delays(epochs=30, maps=False, orography=False)
    limits = Limits(epochs=4)
    content, notes = collect(Sources.of(fine, None, None), limits, lambda *n: told.append(n))
    assert len(content.times) == 4
    assert told == [(1, 2), (2, 2)]
    assert content.times[0].startswith("2021-01-01 00:00")
    assert content.times[-1].startswith("2021-01-08 06:00")
    assert "4 of 30 epochs are shown" in notes[0]


def test_large_grids_are_thinned_and_the_page_says_so(monkeypatch):
    monkeypatch.setattr(module, "MAX_VALUES", 600)
    fine = delays(epochs=4, maps=False, orography=False)
    content, notes = collect(Sources.of(fine, None, None), Limits(nodes=150))
    assert "Every 2 rows and columns of the 21 × 25 nodes" in notes[1]
    assert len(content.times) == 2  # 600 values are two fields of two epochs of 11 x 13 nodes
    np.testing.assert_allclose(
        values_of(content, "zwd", "fine"), fine.zwd[[0, 3], ::2, ::2], atol=5.1e-5
    )


def test_stations_used_are_counted_beside_both_delays_that_they_move():
    fine = delays(epochs=2, maps=False, orography=False)
    count = np.arange(fine.zwd.size).reshape(fine.zwd.shape) % 50
    turned = fine.assign(stations_used=(fine.zwd.dims, count)).isel(lat=slice(None, None, -1))
    content, _ = collect(Sources.of(turned, None, None))
    np.testing.assert_array_equal(values_of(content, "zwd", "stations_used"), count)
    shown = {field["variable"]: field for field in content.fields if "used" in field["kind"]}
    assert set(shown) == {"zwd", "ztd"}
    assert shown["ztd"]["factors"] == [1, 0]
    scale = content.as_dict()["scales"]["ztd/count"]
    assert (scale["low"], scale["high"], scale["unit"]) == (0.0, 49.0, "stations")
