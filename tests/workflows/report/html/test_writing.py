import json
import re

import numpy as np
import pytest
import xarray as xr

import tropdsx
from tropdsx.errors import GridError, InputError, OutputError
from tropdsx.workflows.evaluate.files import save_maps
from tropdsx.workflows.report.html import writing
from tropdsx.workflows.report.html.writing import report, report_file
from tropdsx.write.provenance import make_provenance

from helpers.files import files_open_in, keep_what_is_opened
from helpers.fine import ACROSS, BOX, GLOBAL, delays


def data_of(path):
    """What the script of a page reads."""
    text = path.read_text("utf-8")
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)[1]
    return json.loads(found)


def kinds(path):
    return {(field["variable"], field["kind"].split("/")[0]) for field in data_of(path)["fields"]}


@pytest.mark.parametrize(
    "turn",
    [
        lambda ds: ds,
        lambda ds: ds.isel(time=[0]),
        lambda ds: ds.isel(time=0),
        lambda ds: ds.isel(time=0, drop=True),
        lambda ds: ds.isel(lat=slice(None, None, -1)),
        lambda ds: ds.assign_coords(lon=(ds.lon + 180) % 360 - 180),
        lambda ds: ds[["zwd"]],
        lambda ds: ds.chunk(time=1),
        lambda ds: ds.rename(lat="latitude", lon="longitude", time="valid_time"),
    ],
)
@pytest.mark.parametrize("box", [BOX, ACROSS])
def test_each_form_of_data_gives_a_page(tmp_path, turn, box):
    ds = turn(delays(box, 2, maps=False, orography=False))
    page = report(ds, tmp_path / "page.html")
    assert ("zwd", "fine") in kinds(page)
    assert "no provenance" in page.read_text("utf-8")


def test_missing_values_are_no_obstacle(tmp_path):
    ds = delays(epochs=2, maps=False, orography=False)
    ds["zwd"] = ds.zwd.where(ds.lat < 55)
    assert ("zwd", "fine") in kinds(report(ds, tmp_path / "page.html"))


def test_reference_adds_errors_maps_and_scores(tmp_path):
    ds = delays(epochs=3, orography=False)
    truth = ds.map(lambda field: field + 0.01, keep_attrs=True)
    coarse = ds.isel(lat=slice(2, None, 5), lon=slice(2, None, 5))
    page = ds.tropds.report(
        tmp_path / "page.html", coarse=coarse, reference=truth, name="truth.nc", title="Mine"
    )
    wanted = {"fine", "coarse", "reference", "difference", "fine_error", "coarse_error", "rmse"}
    assert {(name, kind) for name in ("zhd", "zwd", "ztd") for kind in wanted} <= kinds(page)
    text = page.read_text("utf-8")
    assert "<h1>Mine</h1>" in text
    assert "Against truth.nc" in text
    labels = {field["label"] for field in data_of(page)["fields"]}
    assert {"RMSE against truth.nc", "RMSE of the validation stored in the file"} <= labels


def test_provenance_is_on_the_page_and_its_text_no_html(tmp_path):
    ds = delays(epochs=1, maps=False, orography=False)
    command = "tropdsx convert '<img src=x onerror=alert(1)>.nc'"
    ds.attrs = make_provenance(command) | {"title": "<b>bold</b>"}
    text = report(ds, tmp_path / "page.html").read_text("utf-8")
    assert "tropdsx convert &#x27;&lt;img src=x onerror=alert(1)&gt;.nc&#x27;" in text
    assert "<img" not in text
    assert "<b>bold" not in text


def test_page_of_a_day_on_the_globe_is_small(tmp_path):
    noise = delays(GLOBAL, 6, maps=False, orography=False)  # random numbers: nothing packs worse
    page = report(noise, tmp_path / "page.html")
    assert page.stat().st_size < 10e6
    assert len(data_of(page)["times"]) == 6


def test_page_that_grows_too_large_shows_fewer_epochs(tmp_path, monkeypatch):
    ds = delays(epochs=12, maps=False, orography=False)
    plain = report(ds, tmp_path / "plain.html").stat().st_size
    monkeypatch.setattr(writing, "MAX_SIZE", plain - 8000)
    page = report(ds, tmp_path / "page.html")
    shown = len(data_of(page)["times"])
    assert 1 <= shown < 12
    assert f"{shown} of 12 epochs are shown" in page.read_text("utf-8")
    assert page.stat().st_size < plain - 8000


def test_many_maps_of_errors_are_thinned_until_they_fit(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "MAX_SIZE", 400_000)
    axes = {"model": [f"net{k}" for k in range(4)], "lat": np.arange(60.0, 0.0, -0.5)}
    axes["lon"] = np.arange(0.0, 60.0, 0.5)
    noise = np.random.default_rng(0).random((4, 120, 120))
    scores = xr.Dataset(
        {
            "rmse": (("model", "variable", "group"), np.full((4, 1, 1), 0.01)),
            **{f"{n}_rmse": (("model", "lat", "lon"), noise) for n in ("zhd", "zwd", "ztd")},
        },
        {**axes, "variable": ["zwd"], "group": ["all"]},
    )
    for name in ("zhd_rmse", "zwd_rmse", "ztd_rmse"):
        scores[name].attrs["units"] = "m"
    page = report(scores, tmp_path / "page.html")
    assert 150_000 < page.stat().st_size <= 400_000
    data = data_of(page)
    assert len(data["fields"]) == 12
    told = re.search(
        r"Every (\d) rows and columns of the 120 × 120 nodes of maps", page.read_text()
    )
    assert len(data["grids"][0]["lat"]) == -(-120 // int(told[1]))


def test_maps_leave_room_for_the_series(tmp_path, monkeypatch):
    plain = report(delays(epochs=6, orography=False), tmp_path / "plain.html").stat().st_size
    monkeypatch.setattr(writing, "MAX_SIZE", plain - 2000)
    page = report(delays(epochs=6, orography=False), tmp_path / "page.html")
    assert page.stat().st_size <= plain - 2000
    data = data_of(page)
    assert len(data["times"]) < 6
    assert {len(grid["lat"]) for grid in data["grids"]} == {21}  # maps are less than half


def test_progress_tells_of_epochs_and_fields(tmp_path):
    ds, told = delays(epochs=3, maps=False, orography=False), []

    def tell(what, unit):
        return lambda done, total: told.append((what, unit, done, total))

    report(ds, tmp_path / "page.html", reference=ds, progress=tell)
    assert ("comparing", "epochs", 3, 3) in told
    assert told[-1] == ("packing", "fields", 4, 4)


def test_evaluation_has_a_page_too(tmp_path):
    ds = delays(epochs=3, maps=False, orography=False)
    scores = tropdsx.validate(ds, ds.map(lambda f: f + 0.01, keep_attrs=True))
    both = xr.concat([scores, scores], dim="model").assign_coords(model=["kouba", "net"])
    save_maps(both, tmp_path / "scores.nc", overwrite=False, command="tropdsx evaluate net")
    page = report_file(tmp_path / "scores.nc", tmp_path / "page.html")
    labels = [field["label"] for field in data_of(page)["fields"] if field["variable"] == "zwd"]
    assert labels[:2] == ["RMSE, kouba", "RMSE, net"]
    text = page.read_text("utf-8")
    assert "RMSE [mm] by group and method" in text
    assert "<pre><code>tropdsx evaluate net</code></pre>" in text
    with pytest.raises(InputError, match=r"holds scores.*leave out coarse and reference"):
        report_file(tmp_path / "scores.nc", tmp_path / "other.html", coarse=tmp_path / "x.nc")
    for beside in ("coarse", "reference"):
        with pytest.raises(InputError, match=r"the evaluation holds scores.*leave out"):
            report(both, tmp_path / "other.html", **{beside: ds})
    maps = [name for name in scores if "lat" in scores[name].dims]
    with pytest.raises(InputError, match="without maps of errors"):
        report(scores.drop_vars(maps), tmp_path / "other.html")


def test_file_and_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    delays(epochs=1, maps=False, orography=False).tropds.to_netcdf("fine.nc")
    page = report_file("fine.nc")
    assert page.name == "fine.html"
    assert "<h1>fine.nc</h1>" in page.read_text("utf-8")
    with pytest.raises(OutputError, match=r"fine\.html exists"):
        report_file("fine.nc")
    assert report_file("fine.nc", overwrite=True) == page


def test_files_are_closed_again(tmp_path, monkeypatch):
    kept = keep_what_is_opened(monkeypatch, writing)
    ds = delays(epochs=1, maps=False, orography=False)
    for name in ("fine", "truth"):
        ds.to_netcdf(tmp_path / f"{name}.nc")
    scores = tropdsx.validate(ds, ds.map(lambda f: f + 0.01, keep_attrs=True))
    save_maps(scores, tmp_path / "scores.nc", overwrite=False, command="tropdsx evaluate none")
    report_file(tmp_path / "fine.nc", tmp_path / "a.html", reference=tmp_path / "truth.nc")
    report_file(tmp_path / "scores.nc", tmp_path / "b.html")
    assert files_open_in(tmp_path) == []
    assert len(kept) == 2


@pytest.mark.parametrize("name", ["page.pdf", "page", "page.nc"])
def test_a_page_is_not_named_as_something_else(tmp_path, name):
    with pytest.raises(OutputError, match=rf"{name} is to be an HTML page; .* ends in \.html"):
        report(delays(epochs=1), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_what_is_no_delay_is_refused_and_leaves_nothing(tmp_path):
    ds = xr.Dataset({"t2m": (("lat", "lon"), np.ones((2, 2)))}, {"lat": [0, 1], "lon": [0, 1]})
    with pytest.raises(GridError):
        report(ds, tmp_path / "page.html")
    assert not list(tmp_path.iterdir())
