"""The verdict of the IOOS compliance checker on a file."""

import subprocess
import sys
from pathlib import Path

import pytest


def check_compliance(path):
    """Fail with the checker's report where a file keeps CF-1.10 or ACDD-1.3 not."""
    program = Path(sys.executable).with_name("compliance-checker")
    if not program.exists():
        pytest.skip("compliance-checker is not installed")
    tests = ["--test=cf:1.10", "--test=acdd:1.3", "--skip-checks=check_var_standard_name"]
    ran = subprocess.run([program, *tests, path], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
