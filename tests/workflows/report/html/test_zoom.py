"""Zoom and pan of the map in a real browser: what lies under the mouse is what is told of it."""

import re

import numpy as np
import pytest

from tropdsx.workflows.report.html.writing import report

from helpers.browser import opened
from helpers.fields import delays
from helpers.fine import ACROSS

READY = "!!document.body?.dataset.ready && document.getElementById('bar').style.background"
BOX = "(() => { const r = document.getElementById('map').getBoundingClientRect();"
BOX += "return [r.x, r.y, r.width, r.height]; })()"
READOUT = "document.getElementById('readout').textContent"
PICTURE = "document.getElementById('map').toDataURL()"


@pytest.fixture(scope="module")
def browser():
    with opened() as found:
        yield found


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    fine = delays(np.arange(87.0, -90.0, -6.0), np.arange(3.0, 360.0, 6.0), 1)
    return report(fine, tmp_path_factory.mktemp("zoom") / "a.html"), fine.isel(time=0)


@pytest.fixture
def page(browser, world):
    browser.console.clear()
    browser.show(1000)
    browser.open(world[0], READY)
    yield browser
    assert browser.console == []


def at(browser, right, down):
    """Place on the screen of these parts of the map's width and height."""
    left, top, width, height = browser.run(BOX)
    return left + right * width, top + down * height


def zoom(browser):
    return float(browser.run("document.getElementById('zoom').textContent").rstrip("×"))


def reading(browser):
    """Latitude and longitude of the node under the cross, and its wet delay [mm]."""
    text = browser.run(READOUT)
    found = re.match(r"([\d.]+)°([NS]?), ([\d.]+)°([EW]?)", text).groups()
    lat, lon = (float(found[k]) * (-1 if found[k + 1] in "SW" else 1) for k in (0, 2))
    return lat, lon, float(re.search(r"Fine: ([\d.]+) mm", text)[1])


def is_that_of_the_data(browser, fine, place):
    lat, lon, value = reading(browser)
    own = float(fine.zwd.sel(lat=lat, lon=lon % 360))
    return (lat, lon) == place and value == pytest.approx(1e3 * own, abs=0.11)


def wheel(browser, place, turned):
    before = browser.run(PICTURE)
    browser.wheel(*place, turned)
    browser.wait(f"{PICTURE} !== {before!r}", 10.0)


def test_wheel_keeps_the_place_under_the_mouse(page, world):
    _, fine = world
    mouse = at(page, (180 + 10.0) / 360, (90 - 46.0) / 180)
    page.mouse("mouseMoved", *mouse)
    assert is_that_of_the_data(page, fine, (45.0, 9.0))
    for _ in range(3):
        wheel(page, mouse, -200)
    assert zoom(page) == pytest.approx(np.exp(1.2), abs=0.06)
    assert is_that_of_the_data(page, fine, (45.0, 9.0))
    # One node to the east now lies 3.3 times as far away, and the colours there are its own.
    _, _, width, height = page.run(BOX)
    page.mouse("mouseMoved", mouse[0] + 6.0 / 360 * width * np.exp(1.2), mouse[1])
    assert is_that_of_the_data(page, fine, (45.0, 15.0))
    page.mouse("mouseMoved", mouse[0], mouse[1] - 6.0 / 180 * height * np.exp(1.2))
    assert is_that_of_the_data(page, fine, (51.0, 9.0))


def test_wheel_ends_at_a_few_cells_and_at_the_whole_map(page):
    mouse = at(page, 0.5, 0.5)
    for _ in range(6):
        page.wheel(*mouse, -600)
    page.wait("document.getElementById('zoom').textContent === '5×'")  # 180° by six rows of 6°
    for _ in range(6):
        page.wheel(*mouse, 600)
    page.wait("document.getElementById('zoom').textContent === '1×'")


def test_wheel_scrolls_the_page_where_no_map_is_left(page):
    page.run("scrollTo(0, 0)")
    page.show(1000, 500)
    page.wheel(*at(page, 0.5, 0.5), 120)
    page.wait("scrollY > 0")
    # While the page is on its way the map does not catch the wheel.
    turn = "document.getElementById('map').dispatchEvent(new WheelEvent('wheel', {deltaY: -60}))"
    page.run(f"window.dispatchEvent(new Event('scroll')); {turn}")
    assert zoom(page) == 1.0
    page.run(f"new Promise((done) => setTimeout(done, 400)).then(() => {turn})")
    assert zoom(page) > 1.0


def test_drag_moves_the_map_and_double_click_shows_all(page, world):
    _, fine = world
    whole = page.run(PICTURE)
    for _ in range(2):
        page.run("document.getElementById('closer').click()")
    assert zoom(page) == pytest.approx(1.6**2, abs=0.06)
    page.mouse("mouseMoved", *at(page, 0.5, 0.5))
    before = reading(page)
    # Half of the map to the left and a quarter down.
    page.drag(at(page, 0.75, 0.5), at(page, 0.5, 0.6), at(page, 0.25, 0.75))
    page.mouse("mouseMoved", *at(page, 0.5, 0.5))
    lat, lon, _ = reading(page)
    assert lon - before[1] == pytest.approx(180 / 1.6**2, abs=6.0)
    assert lat - before[0] == pytest.approx(45 / 1.6**2, abs=6.0)
    assert is_that_of_the_data(page, fine, (lat, lon))
    for clicks in (1, 2):
        page.mouse("mousePressed", *at(page, 0.5, 0.5), clicks=clicks)
        page.mouse("mouseReleased", *at(page, 0.5, 0.5), clicks=clicks)
    assert zoom(page) == 1.0
    page.mouse("mouseMoved", *at(page, (180 + 10.0) / 360, (90 - 46.0) / 180))
    assert is_that_of_the_data(page, fine, (45.0, 9.0))
    assert page.run(PICTURE) != whole  # there is a cross now


def test_the_whole_world_turns_by_dragging(page, world):
    page.drag(at(page, 0.75, 0.5), at(page, 0.6, 0.5), at(page, 0.25, 0.5))
    assert zoom(page) == 1.0
    page.mouse("mouseMoved", *at(page, 0.5 + 2.0 / 360, (90 - 46.0) / 180))
    assert is_that_of_the_data(page, world[1], (45.0, -177.0))


def test_keys_zoom_about_the_cross_and_the_map_follows_it(page, world):
    _, fine = world
    page.mouse("mouseMoved", *at(page, (180 + 100.0) / 360, (90 - 40.0) / 180))
    page.run("document.getElementById('map').focus()")
    page.press("+", times=3)
    assert zoom(page) == pytest.approx(1.6**3, abs=0.06)
    assert is_that_of_the_data(page, fine, (39.0, 99.0))
    page.press("ArrowRight", shift=True)  # ten nodes: out of what is shown
    assert is_that_of_the_data(page, fine, (39.0, 159.0))
    # The map has followed just so far that the cross lies near its right edge.
    page.mouse("mouseMoved", *at(page, 0.94, 0.5))
    assert reading(page)[1] in (153.0, 159.0, 165.0)
    page.press("-")
    assert zoom(page) == pytest.approx(1.6**2, abs=0.06)
    page.press("0")
    assert zoom(page) == 1.0


def test_two_fingers_zoom(page, world):
    page.run("scrollTo(0, 0)")
    ends = [(0.45, 0.5), (0.55, 0.5)], [(0.3, 0.5), (0.7, 0.5)]
    page.touch("touchStart", *(at(page, *place) for place in ends[0]))
    for part in np.linspace(0.25, 1.0, 4):
        places = np.array(ends[0]) + part * (np.array(ends[1]) - np.array(ends[0]))
        page.touch("touchMove", *(at(page, *map(float, place)) for place in places))
    page.touch("touchEnd")
    page.wait("parseFloat(document.getElementById('zoom').textContent) > 3")
    assert zoom(page) == pytest.approx(4.0, abs=0.3)
    page.mouse("mouseMoved", *at(page, 0.5 + 1.0 / 360, 0.5 + 1.0 / 180))
    assert is_that_of_the_data(page, world[1], (-3.0, 3.0))


def test_globe_zooms_about_its_middle(page, world):
    page.run("document.getElementById('globe').click()")
    page.mouse("mouseMoved", *at(page, 0.5, 0.5))
    before = reading(page)
    page.run("document.getElementById('closer').click()")
    page.mouse("mouseMoved", *at(page, 0.5 + 1e-3, 0.5 + 1e-3))
    assert reading(page)[:2] == before[:2]
    # The edge of the globe is out of sight, so the corner shows a place.
    page.mouse("mouseMoved", *at(page, 0.1, 0.1))
    lat, lon, _ = reading(page)
    assert is_that_of_the_data(page, world[1], (lat, lon))
    assert lat > before[0]


def test_region_across_the_date_line_ends_at_its_edges(browser, tmp_path):
    fine = delays(*ACROSS, 1)[["zwd"]].isel(time=0, drop=True)
    browser.console.clear()
    browser.show(1000)
    browser.open(report(fine, tmp_path / "b.html"), READY)
    browser.run("document.getElementById('closer').click()")
    # However far it is dragged, the last column stays at the right edge.
    for _ in range(3):
        browser.drag(at(browser, 0.9, 0.5), at(browser, 0.5, 0.5), at(browser, 0.05, 0.5))
    browser.mouse("mouseMoved", *at(browser, 0.999, 0.5))
    lat, lon, _ = reading(browser)
    assert lon % 360 == float(fine.lon[-1])
    assert is_that_of_the_data(browser, fine, (lat, lon))
    assert browser.console == []
