"""The built site: everything public is on it, its links lead somewhere, nothing comes from afar.

``.ci/run`` builds it and names its folder in TROPDSX_SITE; so can you:
``mkdocs build --strict && TROPDSX_SITE=site pytest tests/docs``.
"""

import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote, urldefrag

import click
import pytest

import tropdsx
from tropdsx.cli.group import group

SITE = Path(os.environ.get("TROPDSX_SITE", "")).resolve()

pytestmark = pytest.mark.skipif(
    not os.environ.get("TROPDSX_SITE"), reason="the site is not built: TROPDSX_SITE is not set"
)


class Page(HTMLParser):
    """Names and links of a page, and what a browser loads to show it."""

    LOADED: ClassVar = {
        "script": "src",
        "img": "src",
        "iframe": "src",
        "source": "src",
        "video": "src",
    }

    def __init__(self, path):
        super().__init__()
        self.anchors, self.links, self.loaded = set(), [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.anchors |= {given.get("id"), given.get("name")}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "link" and given.get("rel") not in ("canonical", "next", "prev"):
            self.loaded.append(given["href"])
        if self.LOADED.get(tag) in given:
            self.loaded.append(given[self.LOADED[tag]])


@pytest.fixture(scope="module")
def pages():
    # The page for wrong addresses is served from anywhere: its links are those of the root.
    return {path: Page(path) for path in SITE.rglob("*.html") if path.name != "404.html"}


@pytest.fixture(scope="module")
def anchors(pages):
    return set().union(*(page.anchors for page in pages.values()))


def is_foreign(link):
    return re.match(r"(?:[a-z]+:)?//", link) is not None


def target_of(path, link):
    """Give file and anchor of a link."""
    address, anchor = urldefrag(link)
    file = (path.parent / unquote(address)).resolve() if address else path
    return (file / "index.html" if file.is_dir() else file), unquote(anchor)


def local_links(path, page):
    return [target_of(path, link) for link in page.links if not is_foreign(link)]


# ------------------------------------------------------------------------ links


def test_links_and_anchors_lead_somewhere(pages):
    broken = [
        (path.name, file.name, anchor)
        for path, page in pages.items()
        for file, anchor in local_links(path, page)
        if not file.is_file() or (anchor and anchor not in pages[file].anchors)
    ]
    assert broken == []


def test_every_page_is_reached_from_the_start(pages):
    reached, left = set(), [SITE / "index.html"]
    while left:
        path = left.pop()
        if path not in reached:
            reached.add(path)
            left += [file for file, _ in local_links(path, pages[path]) if file in pages]
    assert pages.keys() - reached == set()


def test_nothing_is_loaded_from_another_host(pages):
    foreign = {each for page in pages.values() for each in page.loaded if is_foreign(each)}
    assert foreign == set()
    for sheet in SITE.rglob("*.css"):
        assert not re.search(r"(?:url\(|@import\s+)[\"']?(?:https?:)?//", sheet.read_text("utf-8"))


def test_what_is_loaded_is_there(pages):
    missing = [
        (path.name, each)
        for path, page in pages.items()
        for each in page.loaded
        if not each.startswith("data:") and not target_of(path, each.partition("?")[0])[0].is_file()
    ]
    assert missing == []


# ------------------------------------------------------------------------ all of it


def test_tutorials_show_outputs_and_no_places_of_this_machine(pages):
    texts = [path.read_text("utf-8") for path in pages if re.match(r"\d", path.name)]
    assert len(texts) > 1
    assert all('class="output' in text for text in texts)
    assert not [found for text in texts for found in re.findall(r"(?:/tmp|/root|/home)/\S+", text)]


def test_every_public_name_is_there(anchors):
    wanted = {f"tropdsx.{name}" for name in tropdsx.__all__ if not name.startswith("__")}
    wanted |= {f"tropdsx.atmos.{name}" for name in tropdsx.atmos.__all__}
    assert wanted - anchors == set()


@pytest.mark.parametrize("name", ["TropdsAccessor", "ArrayAccessor"])
def test_every_method_of_the_accessors_is_there(anchors, name):
    methods = {each for each in dir(getattr(tropdsx, name)) if not each.startswith("_")}
    assert {f"tropdsx.{name}.{each}" for each in methods} - anchors == set()


def names_of_commands(command, name):
    yield name
    if isinstance(command, click.Group):
        context = click.Context(command)
        for each in command.list_commands(context):
            yield from names_of_commands(command.get_command(context, each), f"{name}-{each}")


def test_every_command_is_there(anchors):
    assert set(names_of_commands(group, "tropdsx")) - anchors == set()


def test_docstrings_are_written_in_the_language_of_the_site(pages):
    left = re.compile(r":(?:func|class|meth|mod|attr):(?:`|<code>)|\.\. \w+::")
    assert [path.name for path in pages if left.search(path.read_text("utf-8"))] == []


def test_references_between_docstrings_are_links(pages):
    links = pages[SITE / "reference" / "accessors.html"].links
    assert "#tropdsx.TropdsAccessor.downscale" in links
    assert "building-blocks.html#tropdsx.write.write_netcdf" in links
