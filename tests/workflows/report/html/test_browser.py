"""The page in a real browser: what it shows is what the data hold, by mouse and by keyboard."""

import re

import numpy as np
import pytest
import xarray as xr

from tropdsx.workflows.report.html.writing import report
from tropdsx.write.provenance import make_provenance

from helpers.browser import opened
from helpers.fields import delays
from helpers.fine import ACROSS

READY = "!!document.body?.dataset.ready && document.getElementById('bar').style.background"
BOX = "(() => { const r = document.getElementById('map').getBoundingClientRect();"
BOX += "return [r.x, r.y, r.width, r.height]; })()"
#: Least contrast of a text with what lies behind it, by WCAG 2.
CONTRAST = """(() => {
  const light = (text) => { const c = text.match(/[\\d.]+/g).slice(0, 3).map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]; };
  const behind = (e) => { while (e && /, 0\\)$|transparent/.test(getComputedStyle(e).backgroundColor))
    e = e.parentElement; return e ? getComputedStyle(e).backgroundColor : "rgb(255,255,255)"; };
  let least = 99;
  for (const e of document.querySelectorAll("h1,h2,h3,p,label,legend,dt,dd,th,td,select,button,b,summary,pre,output,figcaption,caption,.legend span")) {
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
    least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
  }
  return least;
})()"""  # noqa: E501 - lines of JavaScript


@pytest.fixture(scope="module")
def browser():
    with opened() as found:
        yield found


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A global result with all that a page can show, and its data."""
    fine = delays(np.arange(87.0, -90.0, -6.0), np.arange(3.0, 360.0, 6.0), 4)
    fine["zwd_sigma"] = (0.1 * fine.zwd).assign_attrs(units="m")
    fine.zwd[2, 4, 5] = np.nan
    coarse = fine.drop_vars("zwd_sigma").isel(lat=slice(1, None, 3), lon=slice(1, None, 3))
    truth = fine.drop_vars("zwd_sigma").isel(time=[0, 1, 2])
    truth["zwd"] = (0.98 * truth.zwd).assign_attrs(units="m")
    fine.attrs = make_provenance("tropdsx convert coarse.nc") | {"title": "A <day> & more"}
    with pytest.warns(UserWarning, match=r"missing|NaN"):
        page = report(
            fine, tmp_path_factory.mktemp("page") / "a.html", coarse=coarse, reference=truth
        )
    return page, fine, truth


@pytest.fixture
def page(browser, made):
    browser.console.clear()
    browser.requests.clear()
    browser.show(1000)
    browser.open(made[0], READY)
    browser.wait("document.getElementById('other').value === 'coarse'")
    yield browser
    assert browser.console == []
    assert browser.requests == [made[0].resolve().as_uri()]


def choose(browser, name, value):
    browser.run(
        f"(() => {{ const s = document.getElementById('{name}');"
        "const n = document.body.dataset.ready;"
        f"s.value = '{value}'; s.dispatchEvent(new Event('change'));"
        "return new Promise((done) => { const look = () => document.body.dataset.ready !== n ? "
        "done(true) : setTimeout(look, 5); look(); }); })()"
    )


def point(browser, lat, lon, extent=(-180.0, 180.0, -90.0, 90.0)):
    """Move the mouse to a place on the flat map."""
    browser.run("scrollTo(0, 0)")
    left, top, width, height = browser.run(BOX)
    west, east, south, north = extent
    x = left + (lon - west) / (east - west) * width
    y = top + (north - lat) / (north - south) * height
    browser.mouse("mouseMoved", x, y)


def reading(browser):
    """Place and values of the readout, as numbers in the unit shown."""
    text = browser.run("document.getElementById('readout').textContent")
    values = {}
    for item in browser.run(
        "[...document.querySelectorAll('#readout span')].map((each) => each.textContent)"
    ):
        label, _, value = item.rpartition(": ")
        values[label] = np.nan if value == "no value" else float(value.split()[0])
    lat, south, lon, west = re.match(r"([\d.]+)°([NS]?), ([\d.]+)°([EW]?)", text).groups()
    place = (float(lat) * (-1 if south == "S" else 1), float(lon) * (-1 if west == "W" else 1))
    return place, values


def test_value_under_the_mouse_is_that_of_the_data(page, made):
    _, fine, truth = made
    point(page, 45.5, 10.0)
    place, values = reading(page)
    assert place == (45.0, 9.0)
    node = {"lat": 45.0, "lon": 9.0}
    own = fine.isel(time=0).sel(node)
    assert values["Fine"] == pytest.approx(1e3 * float(own.zwd), abs=0.11)
    assert values["Standard deviation"] == pytest.approx(1e3 * float(own.zwd_sigma), abs=0.11)
    true = float(truth.zwd.isel(time=0).sel(node))
    assert values["Reference"] == pytest.approx(1e3 * true, abs=0.11)
    assert values["Fine minus reference"] == pytest.approx(1e3 * (float(own.zwd) - true), abs=0.16)
    error = float(np.sqrt(((fine.zwd - truth.zwd) ** 2).sel(node).mean()))
    assert values["RMSE against reference"] == pytest.approx(1e3 * error, abs=0.11)


def test_slider_and_keys_move_through_time(page, made):
    _, fine, _ = made
    point(page, 45.5, 10.0)
    page.run("document.getElementById('time').focus()")
    page.press("ArrowRight", times=2)
    assert page.run("document.getElementById('when').textContent") == "2022-03-09 12:00 UTC"
    expected = 1e3 * float(fine.zwd.isel(time=2).sel(lat=45.0, lon=9.0))
    assert reading(page)[1]["Fine"] == pytest.approx(expected, abs=0.11)
    page.press("End")
    assert page.run("document.getElementById('when').textContent") == "2022-03-09 18:00 UTC"
    assert np.isnan(reading(page)[1]["Reference"])  # the reference lacks this epoch


def test_other_delay_and_what_is_missing(page, made):
    _, fine, _ = made
    choose(page, "variable", "ztd")
    point(page, -33.5, -100.0)
    place, values = reading(page)
    node = {"lat": place[0], "lon": place[1] % 360}
    total = (fine.zhd + fine.zwd).isel(time=0).sel(node)
    assert values["Fine"] == pytest.approx(float(total), abs=2e-4)
    choose(page, "variable", "zwd")
    page.run("document.getElementById('time').focus()")
    page.press("ArrowRight", times=2)
    point(page, *(float(fine[axis][k]) for axis, k in (("lat", 4), ("lon", 5))))
    assert np.isnan(reading(page)[1]["Fine"])


def test_colour_of_a_pixel_is_that_of_its_value(page, made):
    _, fine, _ = made
    choose(page, "other", "")
    code = (
        "(() => { const c = document.getElementById('map'), d = JSON.parse(document.getElementById("
        "'data').textContent); const x = Math.round(c.width * (180 + 9 + 1.5) / 360);"
        "const y = Math.round(c.height * (90 - 46.5) / 180);"
        "const raw = atob(d.colours[d.scales['zwd/value'].colours]);"
        "return [[...c.getContext('2d').getImageData(x, y, 1, 1).data].slice(0, 3),"
        "[...raw].map((l) => l.charCodeAt(0)), d.scales['zwd/value']]; })()"
    )
    page.run("window.dispatchEvent(new Event('resize'))")
    pixel, colours, scale = page.run(code)
    value = float(fine.zwd.isel(time=0).sel(lat=45.0, lon=9.0))
    level = int((value - scale["low"]) / (scale["high"] - scale["low"]) * 256)
    near = np.array(colours).reshape(256, 3)[level - 1 : level + 2]
    assert np.abs(near - pixel).sum(axis=1).min() <= 3


def test_wiper_shows_one_field_on_each_side(page):
    assert page.run("document.getElementById('left').textContent") == "◀ Coarse"
    picture = "document.getElementById('map').toDataURL()"
    before = page.run(picture)
    page.run("document.getElementById('wiper').focus()")
    page.press("ArrowRight", times=20)
    assert page.run("document.getElementById('wiper').value") == "70"
    assert page.run(picture) != before
    left, top, width, height = page.run(BOX)
    page.mouse("mousePressed", left + 0.7 * width, top + 0.5 * height)
    page.mouse("mouseMoved", left + 0.2 * width, top + 0.5 * height)
    page.mouse("mouseReleased", left + 0.2 * width, top + 0.5 * height)
    assert page.run("document.getElementById('wiper').value") == "20"


def test_cross_moves_by_keys_on_map_and_globe(page, made):
    _, fine, _ = made
    point(page, 45.5, 10.0)
    page.run("document.getElementById('map').focus()")
    page.press("ArrowUp")
    page.press("ArrowLeft", times=3)
    assert reading(page)[0] == (51.0, -9.0)
    assert page.run("document.getElementById('readout').getAttribute('aria-live')") == "polite"
    page.run("document.getElementById('globe').click()")
    page.run("document.getElementById('map').focus()")
    page.press("ArrowRight", shift=True)
    place, values = reading(page)
    assert place == (51.0, 51.0)
    expected = 1e3 * float(fine.zwd.isel(time=0).sel(lat=51.0, lon=51.0))
    assert values["Fine"] == pytest.approx(expected, abs=0.11)
    # The globe has turned so that the cross is in its middle.
    page.run("scrollTo(0, 0)")
    left, top, width, height = page.run(BOX)
    page.mouse("mouseMoved", left + width / 2, top + height / 2)
    assert reading(page)[0] == (51.0, 51.0)
    page.mouse("mousePressed", left + 0.65 * width, top + height / 2)  # beside the wiper
    page.mouse("mouseMoved", left + 0.4 * width, top + height / 2)
    page.mouse("mouseReleased", left + 0.4 * width, top + height / 2)
    page.mouse("mouseMoved", left + width / 2 + 1, top + height / 2 + 1)
    assert reading(page)[0][1] > 60.0


def test_tab_reaches_every_control_and_each_has_a_name(page):
    page.run("document.activeElement.blur()")
    reached = []
    for _ in range(14):
        page.press("Tab")
        reached.append(page.run("document.activeElement.id || document.activeElement.className"))
    wanted = ["skip", "variable", "shown", "other", "flat", "map"]
    wanted += ["closer", "farther", "all", "wiper", "time", "play"]
    assert [each for each in reached if each in wanted] == wanted
    nameless = page.run(
        "[...document.querySelectorAll('select,input,button,canvas')].filter((e) => "
        "!(e.labels?.length || e.getAttribute('aria-label') || e.textContent)).map((e) => e.id)"
    )
    assert nameless == []


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1000])
def test_text_stands_out_and_fits(page, width, dark):
    page.show(width, dark=dark)
    page.run("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert page.run(CONTRAST) >= 4.5
    assert page.run("document.documentElement.scrollWidth") <= width
    assert 0.8 * width < page.run(BOX)[2] <= width


def test_text_of_the_data_is_text(page):
    assert page.run("document.querySelector('h1').textContent") == "A <day> & more"
    assert "tropdsx convert coarse.nc" in page.run("document.querySelector('pre').textContent")


def test_region_across_the_date_line_with_one_epoch(browser, tmp_path):
    lat, lon = ACROSS
    fine = delays(lat, lon, 1)[["zwd"]].isel(time=0, drop=True)
    browser.console.clear()
    browser.show(1000)
    browser.open(report(fine, tmp_path / "b.html"), READY)
    ends = browser.run("JSON.parse(document.getElementById('data').textContent).extent")
    point(browser, 50.2, -175.3 + (360.0 if ends[1] > 180 else 0.0), ends)
    place, values = reading(browser)
    assert place == (50.0, -175.0)
    assert values["Fine"] == pytest.approx(1e3 * float(fine.zwd.sel(lat=50.0, lon=185.0)), abs=0.11)
    assert browser.run("document.getElementById('for-time').hidden") is True
    assert browser.console == []


def test_evaluation_shows_its_maps(browser, tmp_path):
    from tropdsx.workflows.evaluate.comparison import validate

    fine = delays(np.arange(60.0, 39.0, -1.0), np.arange(5.0, 30.0), 2)
    scores = validate(fine, fine.assign(zwd=(fine.zwd + 0.01).assign_attrs(units="m")))
    both = xr.concat([scores, scores], dim="model").assign_coords(model=["kouba", "net"])
    browser.console.clear()
    browser.open(report(both, tmp_path / "c.html"), READY)
    left, top, width, height = browser.run(BOX)
    browser.mouse("mouseMoved", left + width / 2, top + height / 2)
    assert reading(browser)[1]["RMSE, net"] == pytest.approx(10.0, abs=0.11)
    assert browser.console == []


def test_station_under_the_cross_tells_its_residuals(browser, tmp_path):
    lat, lon = np.arange(60.0, 39.0, -1.0), np.arange(5.0, 30.0)
    fine = delays(lat, lon, 2).assign(
        station_residual=(("time", "station"), [[0.0113], [np.nan]], {"units": "m"}),
        stations_used=(("time", "lat", "lon"), np.full((2, lat.size, lon.size), 7)),
    )
    places = {"name": ["A<b>"], "lat": [50.2], "lon": [10.3]}
    fine = fine.assign_coords({f"station_{k}": ("station", v) for k, v in places.items()})
    browser.console.clear()
    browser.show(1000)
    browser.open(report(fine, tmp_path / "d.html"), READY)
    point(browser, 50.3, 9.8, (4.5, 29.5, 39.5, 60.5))
    text = "document.getElementById('readout').textContent"
    assert "Station A<b>: observed less the grid alone: 11.3 mm" in browser.run(text)
    choose(browser, "variable", "ztd")
    assert "Stations used: 7 stations" in browser.run(text)  # of both delays that they move
    browser.run("document.getElementById('time').focus()")
    browser.press("ArrowRight")
    assert "Station A<b>: observed less the grid alone: no value" in browser.run(text)
    assert browser.console == []
