"""What is said of a Dataset: found, missing, refused; nothing computed, nothing raised."""

import json
import re

import numpy as np
import pytest
import xarray as xr

from tropdsx.workflows.report import summary as report
from tropdsx.workflows.report.words import rows_of

from helpers.fields import delays

BOX = (np.arange(50.0, 39.0, -2.5), np.arange(0.0, 21.0, 2.5))


def test_global_input_is_described(coarse):
    about = report.describe_input(coarse)
    assert about["kind"] == "input"
    assert about["error"] is None
    assert [each["role"] for each in about["variables"]] == ["zhd", "zwd", "orography"]
    assert about["grid"]["kind"] == "global"
    assert about["grid"]["spacing"] == [5.0, 5.0]
    assert about["grid"]["registration"] == "cell"
    assert not about["grid"]["poles"]
    assert about["times"]["count"] == 3
    assert about["times"]["step"] == "6 h"
    assert about["heights"]["found"]
    assert about["target"]["nodes"] == [180, 360]
    assert about["warnings"] == []
    json.dumps(about)


@pytest.mark.usefixtures("no_compute")
def test_lazy_arrays_are_not_computed(coarse):
    lazy = coarse.chunk(time=1)
    about = report.describe_input(lazy)
    assert about["error"] is None
    assert about["variables"][0]["lazy"]
    assert about["variables"][0]["range"] is None
    assert about["heights"]["found"]
    assert "lazy" in report.describe_html(lazy)


def test_region_in_another_orientation():
    ds = delays(*BOX).sortby("lat").rename(lat="latitude", lon="longitude", time="valid_time")
    about = report.describe_input(ds)
    assert about["grid"]["kind"] == "region"
    assert about["grid"]["lat_ascending"]
    assert about["grid"]["dims"] == ["valid_time", "latitude", "longitude"]
    # 39.5 would lie beyond the southern row at 40.
    assert about["target"]["nodes"] == [10, 20]
    assert "within the region" in dict(rows_of(about))["result"]


def test_target_that_cannot_be_is_said_not_raised():
    tiny = delays(np.array([10.3, 10.2]), np.array([5.2, 5.3]))
    about = report.describe_input(tiny)
    assert about["target"]["nodes"] is None
    assert "no node" in about["target"]["reason"]
    assert "none at 1°" in report.describe_html(tiny)


def test_duplicate_column_is_found(coarse):
    closed = xr.concat(
        [coarse, coarse.isel(lon=[0]).assign_coords(lon=[362.5])], "lon", data_vars="minimal"
    )
    about = report.describe_input(closed)
    assert about["grid"]["duplicate_column"]
    assert about["grid"]["nodes"] == [36, 72]


def test_gaps_and_single_epochs():
    many = delays(*BOX, epochs=6).isel(time=[0, 1, 2, 5])
    times = report.describe_input(many)["times"]
    assert (times["count"], times["gaps"], times["step"]) == (4, 2, "6 h")
    one = report.describe_input(many.isel(time=0))["times"]
    assert (one["count"], one["step"]) == (1, None)
    none = report.describe_input(many.isel(time=0, drop=True))["times"]
    assert none["text"] == "1 epoch of unknown date"


def test_missing_heights_tell_how_to_give_them(monkeypatch, tmp_path):
    monkeypatch.setenv("TROPDSX_DATA", str(tmp_path))
    ds = delays(*BOX).drop_vars("orography")
    about = report.describe_input(ds)
    assert not about["heights"]["found"]
    assert any("coarse_orography" in text for text in about["warnings"])
    assert "heights missing" in report.describe_line(ds)


def test_warnings_are_caught_not_shown(recwarn):
    ds = delays(*BOX)
    del ds["zwd"].attrs["units"]
    ds["zhd"][0, 0, 0] = np.nan
    about = report.describe_input(ds)
    assert any("no units attribute" in text for text in about["warnings"])
    assert any("1 NaN" in text for text in about["warnings"])
    # What earlier tests left open is closed, and warned of, at any time.
    shown = [each for each in recwarn if not issubclass(each.category, ResourceWarning)]
    assert not [str(each.message) for each in shown]


@pytest.mark.parametrize(
    ("break_it", "text"),
    [
        (lambda ds: ds.drop_vars(["zhd", "zwd"]), "no delay found"),
        (lambda ds: ds.drop_vars("lat"), "no latitude"),
        (lambda ds: ds.isel(lat=0), "no latitude"),
        (lambda ds: ds.assign(zhd=ds.zhd.assign_attrs(units="hPa")), "no unit of zhd"),
        (lambda ds: ds.assign(zwd=(ds.zwd + 5).assign_attrs(units="m")), "accepted for zwd"),
        (lambda ds: ds.assign_coords(time=ds.time[[0, 0, 1]].values), "more than once"),
        (lambda ds: xr.Dataset(), "no latitude"),
        (lambda ds: xr.Dataset({"a": 1, "<b>": "text"}), "no latitude"),
    ],
)
def test_what_cannot_be_used_is_said_not_raised(break_it, text):
    bad = break_it(delays(*BOX))
    about = report.describe_input(bad)
    assert about["error"].startswith("cannot be used: ")
    assert text in about["error"]
    assert text in report.describe_line(bad)
    assert "\n" not in report.describe_line(bad)
    assert "cannot be used" in report.describe_html(bad)


def test_unforeseen_trouble_is_said_not_raised(coarse, monkeypatch):
    def trip(*_):
        raise RuntimeError("something else")

    monkeypatch.setattr(report, "standardise_input", trip)
    assert "RuntimeError: something else" in report.describe_input(coarse)["error"]


def test_model_is_judged_by_its_card(coarse, monkeypatch, tiny_checkpoint):
    monkeypatch.setattr(report, "find_asset", lambda _: tiny_checkpoint)
    fits = report.describe_input(coarse)["model"]
    assert (fits["id"], fits["fits"], fits["trained_spacing"]) == ("tiny", True, [2, 10])
    lacking = report.describe_input(coarse[["zwd", "orography"]])["model"]
    assert not lacking["fits"]
    assert "zhd" in lacking["reason"]
    dense = report.describe_input(delays(np.arange(50.0, 45.0, -0.5), np.arange(0.0, 5.0, 0.5)))
    assert "2° to 10°" in dense["model"]["reason"]


def test_no_checkpoint_is_no_error(coarse, monkeypatch):
    monkeypatch.setattr(report, "find_asset", lambda _: None)
    assert "model=None" in report.describe_input(coarse)["model"]["reason"]


def test_result_shows_its_provenance(coarse):
    fine = coarse.tropds.downscale(5.0, model=None)
    fine["zwd_rmse"] = xr.full_like(fine.zwd[0], 0.01, dtype=float).assign_attrs(
        units="m", validation_reference="truth", validation_period="2021-01-01/2021-12-31"
    )
    about = report.describe_input(fine)
    assert about["kind"] == "result"
    assert about["rmse"]["zwd"]["mean"] == pytest.approx(0.01)
    assert about["provenance"]["parameters"]["target"] == 5.0
    rows = dict(rows_of(about))
    assert rows["model"] == "none: physics alone"
    assert rows["zwd RMSE"] == "0.01 m over the area against truth, 2021-01-01 to 2021-12-31"
    assert "physics alone" in report.describe_line(fine)
    assert "made by" in report.describe_html(fine)


def test_damaged_provenance_is_said_not_raised(coarse):
    coarse.attrs |= {"tropdsx_version": "1", "tropdsx_inputs": "{not json"}
    assert "cannot be used" in report.describe_html(coarse)
    assert "cannot be used" in report.describe_line(coarse)


def test_html_is_escaped_and_needs_nothing_from_outside():
    ds = delays(*BOX).rename(zhd="x")
    ds["x"].attrs = {"units": "<script>alert(1)</script>", "long_name": "zenith hydrostatic delay"}
    text = report.describe_html(ds)
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert not re.search(r"https?://|@import|<link|src=", report.describe_html(delays(*BOX)))
    assert text.count("<div") == text.count("</div")
