"""The rules of the house that no linter checks, on the source as it is."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

from tropdsx.atmos import constants

from helpers.paths import ROOT
from helpers.source import (
    MODULES,
    PACKAGE,
    defined_in,
    functions_of,
    imports_of,
    is_package,
    length_of,
    libraries_of,
    parameters_of,
    public_in,
    room_of,
    tree_of,
)

# ------------------------------------------------------------------------ imports


def test_imports_point_one_way():
    if not (ROOT / "pyproject.toml").is_file():
        pytest.skip("pyproject.toml with the contract is not here")
    ran = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as f; f()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout[-3000:]


def test_no_circle_of_imports_late_ones_included():
    graph = grimp.build_graph("tropdsx", cache_dir=None)
    left = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    while True:
        wanted = set().union(*left.values())
        ends = [name for name in left if name not in wanted or not left[name] & left.keys()]
        if not ends:
            break
        for name in ends:
            del left[name]
        left = {name: imported & left.keys() for name, imported in left.items()}
    assert not left


def test_private_names_stay_in_their_module():
    found = []
    for name in MODULES:
        modules = {}
        for module, imported, here in imports_of(name):
            if f"{module}.{imported}" in MODULES:
                modules[here] = f"{module}.{imported}"
            elif is_private(imported):
                found.append(f"{name}: {imported} of {module}")
        for node in ast.walk(tree_of(MODULES[name])):
            if isinstance(node, ast.Attribute) and is_private(node.attr):
                owner = modules.get(getattr(node.value, "id", None))
                found += [f"{name}: {node.attr} of {owner}"] if owner else []
    assert not found


def is_private(name):
    return name.startswith("_") and not name.endswith("__")


def test_names_come_from_the_module_that_defines_them():
    """Re-exports live in ``__init__`` alone, for users and for the page above."""
    found = [
        f"{name}: {imported} of {module}"
        for name in MODULES
        for module, imported, _ in imports_of(name)
        if f"{module}.{imported}" not in MODULES
        and imported not in defined_in(module)
        and not (is_package(name) and is_package(module))
    ]
    assert not found


@pytest.mark.parametrize("name", [name for name in MODULES if is_package(name)])
def test_an_init_holds_a_docstring_imports_and_all(name):
    allowed = {"__all__"}
    if name == "tropdsx":
        allowed |= {"__version__", "_LATER", "__getattr__", "__dir__"}
    docstring, *rest = tree_of(MODULES[name]).body
    assert isinstance(docstring, ast.Expr)
    for node in rest:
        is_for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for each in node.body if is_for_types else [node]:
            assert isinstance(each, ast.Import | ast.ImportFrom) or names_of(each) <= allowed


def names_of(node):
    stored = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and n.id.startswith("_")}
    return {node.name} if isinstance(node, ast.FunctionDef) else stored or {ast.unparse(node)}


def test_click_and_rich_are_for_commands_alone():
    talking = {name for name in MODULES if {"click", "rich"} & set(libraries_of(name))}
    assert {room_of(name) for name in talking} == {"cli"}


# ------------------------------------------------------------------------ what is loaded


def modules_after(code):
    text = f"import sys; {code}; print(' '.join(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


def test_import_is_light():
    heavy = {"torch", "click", "rich", "matplotlib", "lightning", "cfgrib", "scipy"}
    heavy |= {"numpy", "pandas", "xarray", "dask"}
    assert not modules_after("import tropdsx") & heavy


def test_help_loads_little_and_is_quick():
    code = (
        "import sys, tropdsx.cli.group as c\n"
        "try: c.main(['--help'])\n"
        "except SystemExit as stop: assert stop.code == 0\n"
        "assert not {'torch', 'lightning', 'matplotlib'} & set(sys.modules)"
    )
    # 0.7 to 0.95 s, without and with compiling; whoever else is at work does not count.
    assert min(seconds_of(code) for _ in range(3)) < 2.5


def seconds_of(code):
    """Measure the processor time of a child."""
    before = os.times()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    after = os.times()
    return sum(after[2:4]) - sum(before[2:4])  # user and system time of ended children


def test_reading_a_card_loads_no_torch(tiny_checkpoint):
    code = f"from tropdsx.nn.checkpoint import load_card; load_card({str(tiny_checkpoint)!r})"
    assert "torch" not in modules_after(code)


# ------------------------------------------------------------------------ size


@pytest.mark.parametrize("name", MODULES)
def test_a_file_can_be_read_in_a_sitting(name):
    lines = MODULES[name].read_text(encoding="utf-8").count("\n")
    assert lines <= 320


def test_bodies_are_short():
    found = {
        f"{name}.{function.name}": length_of(function)
        for name in MODULES
        for function in functions_of(name)
        if length_of(function) > 40
    }
    assert not found


def test_few_parameters_go_by_position():
    found = {
        f"{name}.{function.name}": len(parameters_of(function)[0])
        for name in MODULES
        for function in functions_of(name)
        if len(parameters_of(function)[0]) > 7
    }
    assert not found


def test_few_entries_at_the_top():
    usual = {"__init__.py", "__main__.py", "py.typed", "__pycache__"}
    entries = {path.name for path in PACKAGE.iterdir()} - usual
    assert len(entries) <= 16, entries


def test_no_folder_is_crowded():
    folders = {path.parent for path in MODULES.values()}
    found = {str(f.relative_to(PACKAGE)): len(list(f.glob("*.py"))) for f in folders}
    assert {folder: count for folder, count in found.items() if count > 14} == {}


# ------------------------------------------------------------------------ one place for each thing


def test_physical_constants_are_those_of_atmos():
    """Literals of three digits or more; rounder numbers may stand for anything."""
    values = {value for value in vars(constants).values() if isinstance(value, float)}
    values = {value for value in values if len(f"{value:.12e}".split("e")[0].rstrip("0")) > 3}
    assert {0.0022768, 9.80665, 0.378, 288.15, 1013.25, 0.622} <= values
    found = [
        f"{name}:{node.lineno}: {node.value}"
        for name in MODULES
        if room_of(name) != "atmos"
        for node in ast.walk(tree_of(MODULES[name]))
        if isinstance(node, ast.Constant) and type(node.value) in (int, float)
        if node.value in values
    ]
    assert not found


def test_one_way_to_warn():
    found = [
        f"{name}:{node.lineno}"
        for name in MODULES
        if name != "tropdsx.errors"
        for node in ast.walk(tree_of(MODULES[name]))
        if isinstance(node, ast.Call)
        if any(each.arg == "stacklevel" for each in node.keywords)
        or ast.unparse(node.func) == "warnings.warn"
    ]
    assert not found


# ------------------------------------------------------------------------ documentation

ROOMS = sorted({room_of(name) for name in MODULES if room_of(name)} - {"__main__", "workflows"})
WITH_EXAMPLES = ("workflows.train", "predict", "write", "cf", "atmos")


def described(room, wanted):
    """Share of the public functions and classes of a room that `wanted` holds for."""
    answers = [
        wanted(ast.get_docstring(node) or "", lists)
        for name in MODULES
        if room_of(name) == room
        for node, lists in public_in(name)
    ]
    return sum(answers) / len(answers)


@pytest.mark.parametrize("room", ROOMS)
def test_parameters_are_described(room):
    sections = ("Parameters\n", "Attributes\n")
    assert described(room, lambda text, lists: not lists or any(s in text for s in sections)) >= 0.9


@pytest.mark.parametrize("room", WITH_EXAMPLES)
def test_examples_are_given(room):
    assert described(room, lambda text, _: ">>> " in text) >= 0.5


# ------------------------------------------------------------------------ tests mirror the house

#: Modules without a test file of their name, and which one holds them to account.
ELSEWHERE = {
    "tropdsx.workflows.derive.fields.datum": "workflows/derive/heights/test_ground.py",
    "tropdsx.workflows.derive.fields.plausibility": "workflows/derive/fields/test_reading.py",
    "tropdsx.workflows.derive.mending": "workflows/derive/fields/test_reading.py",
}


def test_each_module_has_a_test_of_its_name():
    tests = Path(__file__).parent
    missing = {
        name
        for name, path in MODULES.items()
        if not is_package(name)
        and any(public_in(name))
        and not (tests / path.relative_to(PACKAGE).parent / f"test_{path.name}").is_file()
    }
    assert missing == ELSEWHERE.keys()
    for test in ELSEWHERE.values():
        assert (tests / test).is_file()
