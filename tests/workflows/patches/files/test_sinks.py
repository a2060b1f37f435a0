"""Where patches go."""

import json

import numpy as np
import xarray as xr

from tropdsx.workflows.patches.files.sinks import NpySink, ZarrSink

ROW = {"y0": 1, "x0": 2, "lat0": 5.0, "lat1": 4.0, "lon0": 359.0, "lon1": 1.0, "split": "val"}
ABOUT = {"units": "m", "variable": "zwd", "selected_depth_values": []}


def test_a_fill_is_told_from_a_value(tmp_path):
    sink = NpySink(tmp_path / "out", fill=-1.0)
    paths = sink.add(3, np.array([[[np.nan, -1.0]]]), ROW)
    sink.close(ABOUT)
    assert np.load(tmp_path / "out" / paths["path"]).tolist() == [[[-1.0, -1.0]]]
    assert np.load(tmp_path / "out" / paths["valid_path"]).tolist() == [[[False, True]]]
    assert json.loads((tmp_path / "out" / "patches.json").read_text())["fill"] == -1.0


def test_a_store_is_cut_to_what_came(tmp_path):
    like = np.broadcast_to(np.float64(0), (9, 1, 2, 2))
    sink = ZarrSink(tmp_path / "out.zarr", "zwd", like, splits=["train", "val"])
    values = np.array([[[np.nan, 0.1], [0.2, -0.0]]])
    sink.add(0, values, ROW | {"time": np.datetime64("2024-02-29T06")})
    sink.add(1, values, ROW | {"time": np.datetime64("NaT"), "split": "train"})
    sink.close(ABOUT)
    with xr.open_zarr(tmp_path / "out.zarr") as store:
        assert store.zwd.shape == (2, 1, 2, 2)
        assert store.zwd[0].values.tobytes() == values.tobytes()
        np.testing.assert_array_equal(store.time, np.array(["2024-02-29T06", "NaT"], "M8[us]"))
        assert store.split.values.tolist() == [1, 0]
        assert (store.lon0[0], store.lon1[0]) == (359.0, 1.0)


def test_a_store_without_dates_has_no_time(tmp_path):
    sink = ZarrSink(tmp_path / "o.zarr", "zwd", np.zeros((1, 1, 2, 2)), splits=["train"])
    sink.add(0, np.zeros((1, 2, 2)), ROW | {"split": "train", "time": 17})
    sink.close(ABOUT)
    with xr.open_zarr(tmp_path / "o.zarr") as store:
        assert "time" not in store
