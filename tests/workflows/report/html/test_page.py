import json
import re

import numpy as np
import pytest

from tropdsx.workflows.report.html.content import Content
from tropdsx.workflows.report.html.page import as_script_data, extent_of_page, to_page


def content_of():
    content = Content(["2022-07-01 00:00 UTC"])
    content.add_grid(np.array([50.0, 45.0]), np.array([5.0, 10.0]))
    content.add("zwd", "fine", "Fine", np.full((1, 2, 2), 0.1), grid=0, scale="value")
    return content


def test_nothing_is_loaded_from_outside():
    page = to_page(content_of(), title="t", subtitle="s", sections={"Scores": "<p>1</p>"})
    assert not re.search(r"""(src|href|action)\s*=\s*["'](?!data:|#)""", page)
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest|WebSocket|importScripts", page)
    assert "default-src 'none'" in page
    # The name of a namespace is no address that is asked for.
    addresses = set(re.findall(r"https?://[^\"'\s<]+", page))
    assert addresses == {"http://www.w3.org/2000/svg"}


def test_text_is_no_html_and_no_place_to_fill():
    bad = '</title><script>alert(1)</script>{{data}} & "q"'
    content = content_of()
    content.fields[0]["label"] = bad
    page = to_page(content, title=bad, subtitle=bad, sections={bad: ""})
    assert "<script>alert" not in page
    assert page.count("{{data}}") == 5  # title, heading, subtitle, section and data: as text
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1]
    assert json.loads(data)["fields"][0]["label"] == bad


def test_data_is_strict_json():
    assert json.loads(as_script_data({"a": "</script>&"})) == {"a": "</script>&"}
    with pytest.raises(ValueError, match="not JSON compliant"):
        as_script_data(float("nan"))


@pytest.mark.parametrize(
    ("lon", "ends"), [((5.0, 10.0), [2.5, 12.5]), ((175.0, 180.0, 185.0), [-187.5, -172.5])]
)
def test_extent_is_that_of_the_cells(lon, ends):
    content = Content([""])
    content.add_grid(np.array([50.0, 45.0]), np.array(lon))
    assert extent_of_page(content) == [*ends, 42.5, 52.5]


def test_licence_of_the_colours_is_in_the_page():
    page = to_page(content_of(), title="t", subtitle="s", sections={})
    assert "Copyright (c) 2020 Fabio Crameri" in page
    assert "Permission is hereby granted" in page
