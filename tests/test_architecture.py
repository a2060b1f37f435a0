"""The rules of the house, checked."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import tropdsx

PACKAGE = Path(tropdsx.__file__).parent
HEAVY = ("torch", "click", "rich", "matplotlib", "lightning", "netCDF4", "scipy")


def modules_after(code: str) -> set[str]:
    text = f"import sys; {code}; print(' '.join(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


def test_import_is_light():
    loaded = modules_after("import tropdsx")
    assert not loaded & {"torch", "click", "rich", "matplotlib", "lightning"}


def test_help_loads_no_torch_and_is_quick():
    code = (
        "import sys, tropdsx.cli.group as c\n"
        "try: c.main(['--help'])\n"
        "except SystemExit as stop: assert stop.code == 0\n"
        "assert not {'torch', 'lightning'} & set(sys.modules)"
    )
    # 0.7 to 0.95 s, without and with compiling; whoever else is at work does not count.
    assert min(_seconds(code) for _ in range(3)) < 2.5


def _seconds(code: str) -> float:
    """Measure the processor time of a child."""
    before = os.times()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    after = os.times()
    return sum(after[2:4]) - sum(before[2:4])  # user and system time of ended children


def test_reading_a_card_loads_no_torch(tiny_checkpoint):
    code = f"from tropdsx.nn.checkpoint import load_card; load_card({str(tiny_checkpoint)!r})"
    assert "torch" not in modules_after(code)


def test_imports_point_one_way():
    root = Path(__file__).resolve().parents[1]
    if not (root / "pyproject.toml").is_file():
        pytest.skip("pyproject.toml with the contract is not here")
    ran = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as f; f()"],
        cwd=root,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout[-3000:]


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.stem)
def test_a_file_can_be_read_in_a_sitting(path):
    assert len(path.read_text().splitlines()) <= 400


def test_import_stays_light():
    code = (
        "import sys, tropdsx; "
        "assert not {'torch', 'click', 'rich', 'matplotlib', 'cfgrib', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
