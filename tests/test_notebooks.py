"""Notebooks use what is public; that they run is checked by nbmake."""

import ast
import json

import pytest

import tropdsx

from helpers.paths import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
ACCESSORS = (tropdsx.TropdsAccessor, tropdsx.ArrayAccessor, tropdsx.TreeAccessor)


def code_of(path):
    """Give the cells of code without what only IPython understands."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    lines = [
        line
        for cell in cells
        if cell["cell_type"] == "code"
        for line in [*"".join(cell["source"]).splitlines(), ""]
    ]
    return ast.parse("\n".join(line for line in lines if not line.startswith(("%", "!"))))


def used_in(tree):
    """List the names of tropdsx, as ``module.name``, and the methods of its accessors."""
    names, methods, rooms = set(), set(), {"tropdsx": "tropdsx"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "tropdsx":
            names |= {f"{node.module}.{each.name}" for each in node.names}
            rooms |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
        elif isinstance(node, ast.Import):
            found = {each.name for each in node.names if each.name.partition(".")[0] == "tropdsx"}
            names |= found - {"tropdsx"}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        if isinstance(node.value, ast.Name) and node.value.id in rooms:
            names.add(f"{rooms[node.value.id]}.{node.attr}")
        if isinstance(node.value, ast.Attribute) and node.value.attr == "tropds":
            methods.add(node.attr)
    return names, methods


def is_public(name):
    """Tell whether a name is on the page of the package, or on that of one of its rooms."""
    module, _, last = name.rpartition(".")
    if module == "tropdsx":
        return last in tropdsx.__all__ or last in ROOMS
    room = module.removeprefix("tropdsx.")
    return room in ROOMS and last in getattr(
        __import__(module, fromlist=["__all__"]), "__all__", ()
    )


ROOMS = ("atmos", "cf", "grid", "read", "reduce", "write")
"""Rooms whose formulas and functions are listed on a page of their own."""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_public_names_alone(path):
    names, methods = used_in(code_of(path))
    assert names | methods, "it uses the package"
    assert [name for name in sorted(names) if not is_public(name)] == []
    public = {name for each in ACCESSORS for name in dir(each) if not name.startswith("_")}
    assert methods <= public


def test_the_check_sees_what_is_not_public():
    tree = ast.parse(
        "import tropdsx.grid.edges\n"
        "from tropdsx.pipeline.run import refine\n"
        "from tropdsx import open_delays, atmos\n"
        "tropdsx.hidden(); atmos.constants; ds.tropds.secret()"
    )
    names, methods = used_in(tree)
    assert methods == {"secret"}
    assert {name for name in names if not is_public(name)} == {
        "tropdsx.grid.edges",
        "tropdsx.pipeline.run.refine",
        "tropdsx.hidden",
        "tropdsx.atmos.constants",
    }
    assert is_public("tropdsx.open_delays")


@pytest.mark.skipif(not NOTEBOOKS, reason="the notebooks are not here")
def test_there_are_notebooks():
    assert len(NOTEBOOKS) >= 2
