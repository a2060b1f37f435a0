"""Notebooks use what is public, and are saved with the outputs that their code gives.

That they run is checked by nbmake, in copies; ``.ci/run`` names their folder in TROPDSX_NOTEBOOKS.
"""

import ast
import copy
import importlib.util
import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import tropdsx

from helpers.notebooks import differences
from helpers.paths import ROOT, SHARED

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
RUN = os.environ.get("TROPDSX_NOTEBOOKS")
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
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


@each_notebook
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


# ------------------------------------------------------------------------ saved outputs


@pytest.fixture(scope="module")
def tool():
    """Give the script that runs and saves them."""
    pytest.importorskip("nbformat")
    path = ROOT / "tools" / "run_notebooks.py"
    spec = importlib.util.spec_from_file_location("run_notebooks", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read(path):
    return pytest.importorskip("nbformat").read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@each_notebook
def test_saved_outputs_are_those_of_its_code(path, tool):
    notebook = read(path)
    again = "it has changed since: python tools/run_notebooks.py"
    assert notebook.metadata.get("tropdsx", {}).get("code") == tool.hash_of_code(notebook), again
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))


@each_notebook
def test_saved_outputs_show_something_and_no_machine(path):
    outputs = [output for cell in code_cells(read(path)) for output in cell.outputs]
    assert {output.output_type for output in outputs} <= {
        "stream",
        "display_data",
        "execute_result",
    }
    assert not [output for output in outputs if output.get("name") == "stderr"]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"/(?:tmp|root|home|work|Users)/|ipykernel|Warning: ", text)
    assert len(text) < 600_000


@each_notebook
@pytest.mark.skipif(RUN is None, reason="TROPDSX_NOTEBOOKS names no folder of notebooks that ran")
def test_saved_outputs_are_those_of_another_run(path, tool):
    saved, again = read(path), read(Path(RUN) / path.name)
    stale = {}
    for number, (old, new) in enumerate(zip(saved.cells, again.cells, strict=True)):
        if tool.NEEDS_FILES in old.metadata.get("tags", []) and not SHARED.is_dir():
            continue
        if old.cell_type == "code" and (found := differences(old, new)):
            stale[number] = found
    assert stale == {}, "if this is right now: python tools/run_notebooks.py"


def cell_of(*texts):
    return {"outputs": [{"output_type": "stream", "name": "stdout", "text": t} for t in texts]}


@pytest.mark.parametrize(
    ("saved", "again"),
    [
        ("RMSE 18.4 mm\n", "RMSE 18.5 mm\n"),
        ("[1.0, 2.5]", "[1.0, 2.5]"),
        ("made by tropdsx 0.2.0\n", "made by tropdsx 0.3.0.dev1\n"),
        ("bias -0.1", "bias 0.1"),
        ("<Figure size 936x244.8 with 6 Axes>", "<Figure size 1300x340 with 6 Axes>"),
        ("count 1000", "count 1001"),
    ],
)
def test_small_differences_of_machines_are_none(saved, again):
    assert differences(cell_of(saved), cell_of(again)) == []


@pytest.mark.parametrize(
    ("saved", "again"),
    [
        ("RMSE 18.4 mm", "RMSE 19.4 mm"),
        ("RMSE 18.4 mm", "RMSE 18.4 m"),
        ("2 pairs", "3 pairs"),
        ("bias -4.1", "bias 4.1"),
        ("epochs 2022-07-01", "epochs 2023-07-01"),
        ("one\n", "one\ntwo\n"),
        ("<Figure size 936x244 with 6 Axes>", "<Figure size 936x244 with 5 Axes>"),
    ],
)
def test_stale_outputs_are_seen(saved, again):
    assert differences(cell_of(saved), cell_of(again)) != []


def test_a_missing_picture_is_seen_and_split_streams_are_not():
    data = {"image/png": "", "text/plain": "<Figure>"}
    drawn = {"outputs": [{"output_type": "display_data", "data": data}]}
    bare = {"outputs": [{"output_type": "display_data", "data": {"text/plain": "<Figure>"}}]}
    assert differences(drawn, bare)
    assert differences(cell_of("a\n", "b\n"), cell_of("a\nb\n")) == []


def test_what_another_run_would_have_otherwise_does_not_stay(tool):
    nbformat = pytest.importorskip("nbformat")
    begin = datetime.now(UTC)
    now = begin.strftime("%Y-%m-%dT%H:%M:%SZ")
    cell = nbformat.v4.new_code_cell("1", execution_count=1, metadata={"execution": {"at": now}})
    uuid = "0fb3cb34-e5a4-4f6d-9d44-19e1a6ef1c23"
    page = f"<p id='{uuid}'>{now} 2022-07-01T00:00:00Z {ROOT}/a.nc</p><p for='{uuid}'/>"
    cell.outputs = [
        nbformat.v4.new_output("stream", name="stdout", text="1\n"),
        nbformat.v4.new_output("stream", name="stderr", text="Warning: no"),
        nbformat.v4.new_output("stream", name="stdout", text="2\n"),
        nbformat.v4.new_output("display_data", {"text/html": page}),
    ]
    notebook = nbformat.v4.new_notebook(cells=[cell])
    other = copy.deepcopy(notebook)
    tool.clear_of_the_run(notebook, begin)
    printed, output = notebook.cells[0].outputs
    assert printed.text == "1\n2\n"
    number = "00000000-0000-0000-0000-000000000000"
    told = f"{tool.TIME_OF_RUN} 2022-07-01T00:00:00Z a.nc"
    assert output.data["text/html"] == f"<p id='{number}'>{told}</p><p for='{number}'/>"
    assert notebook.cells[0].metadata == {}
    other.cells[0].source = "2"
    assert tool.hash_of_code(other) != notebook.metadata.tropdsx.code == tool.hash_of_code(notebook)
