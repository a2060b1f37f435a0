import numpy as np
import xarray as xr

from tropdsx.workflows.report.html.content import Content
from tropdsx.workflows.report.html.error_maps import add_maps
from tropdsx.workflows.report.html.packing import Packed

from helpers.fine import delays
from helpers.packed import unpack


def test_maps_of_a_result_become_fields_of_all_epochs():
    fine = delays(epochs=1)
    content = Content(["t"])
    assert add_maps(content, fine, "stored") == []
    assert [f["label"] for f in content.fields] == ["RMSE stored"] * 2
    field = content.fields[1]
    assert (field["variable"], field["timed"]) == ("zwd", False)
    packed = Packed(field["offset"], field["step"], field["text"])
    shown = unpack(packed, (1, *fine.zwd_rmse.shape))[0]
    np.testing.assert_allclose(shown, fine.zwd_rmse, atol=5.1e-5)


def test_each_model_of_an_evaluation_has_its_own():
    axes = {"model": ["kouba", "net"], "lat": [10.0, 0.0], "lon": [0.0, 10.0]}
    maps = xr.DataArray(np.full((2, 2, 2), 0.01), axes, attrs={"units": "m"})
    content = Content([""])
    add_maps(
        content,
        xr.Dataset({"zwd_rmse": maps, "zwd_correlation": (np.nan * maps).assign_attrs(units="1")}),
        "",
    )
    assert [f["label"] for f in content.fields] == ["RMSE, kouba", "RMSE, net"]
    assert len({f["kind"] for f in content.fields}) == 2


def test_thinned_maps_are_told_of_once():
    content, fine = Content(["t"]), delays(epochs=1)
    (note,) = add_maps(content, fine, "stored", 150)
    assert "Every 2 rows and columns of the 21 × 25 nodes of maps of errors are shown" in note
    field = content.fields[1]
    packed = Packed(field["offset"], field["step"], field["text"])
    shown = unpack(packed, (1, 11, 13))[0]
    np.testing.assert_allclose(shown, fine.zwd_rmse[::2, ::2], atol=5.1e-5)
    assert len(content.grids[field["grid"]]["lat"]) == 11
