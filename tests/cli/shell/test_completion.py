"""``tropdsx completion``, and what a shell is told when it asks."""

import os
import shutil
import subprocess
import sys

import pytest

from tropdsx.cli.shell.completion import VARIABLE, offer_files
from tropdsx.cli.training.command import train


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_asks_tropdsx(run, shell):
    code, out, err = run("completion", shell)
    assert (code, err) == (0, "")
    assert VARIABLE in out
    assert "tropdsx" in out
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=out, text=True, check=True)


def test_other_shells_are_refused(run):
    code, out, err = run("completion", "csh")
    assert (code, out) == (2, "")
    assert "bash" in err


def asked(line):
    """What bash is told after this line."""
    words = line.split(" ")
    given = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1), VARIABLE: "bash_complete"}
    ran = subprocess.run(
        [sys.executable, "-m", "tropdsx"],
        env=os.environ | given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stderr == ""
    return ran.stdout.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("tropdsx conv", ["plain,convert"]),
        ("tropdsx convert --interp", ["plain,--interpolation"]),
        ("tropdsx convert --interpolation bil", ["plain,bilinear"]),
        ("tropdsx convert era", ["file,era"]),
        ("tropdsx convert --target te", ["file,te"]),
        ("tropdsx assets fe", ["plain,fetch"]),
        ("tropdsx export vmf gr", ["file,gr"]),
        ("tropdsx train --help-a", ["plain,--help-all"]),
        ("tropdsx train --teacher-s", ["plain,--teacher-share"]),
        ("tropdsx convrt era", []),
    ],
)
def test_a_shell_is_offered_what_could_come_next(line, offered):
    assert asked(line) == offered


def test_values_that_are_no_files_are_left():
    before = {each.name: each.type for each in train.params}
    kept = {name: kind for name, kind in before.items() if kind.name != "text"}
    try:
        offer_files(train)
        after = {each.name: each.type for each in train.params}
        assert {name: after[name] for name in kept} == kept
        assert after["output"].name == "path"
    finally:
        for each in train.params:
            each.type = before[each.name]
