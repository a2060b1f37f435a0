"""An output in the making: one run at a time, its note, and how it ends."""

import shutil
import signal
import subprocess
import sys

import pytest

from tropdsx.errors import OutputError, TropdsxWarning
from tropdsx.system.partial import Partial
from tropdsx.workflows.convert.files import convert

from helpers.conversion import COMMAND, Stop, interrupted, leftovers, same, series, stop_after


def test_overwrite_discards_a_partial_output(small, tmp_path, quick):
    series(small, 9).to_netcdf(tmp_path / "in.nc")
    options = {"model": None, "target": 5.0}
    with interrupted():
        convert(tmp_path / "in.nc", tmp_path / "out.nc", progress=stop_after(3), **options)
    convert(tmp_path / "in.nc", tmp_path / "out.nc", overwrite=True, **options)
    assert not leftovers(tmp_path)


def test_only_the_same_run_goes_on(tmp_path):
    target = tmp_path / "out.txt"

    def stopped(partial):
        with pytest.warns(TropdsxWarning, match="2 epochs of out.txt are complete"):
            partial.release()

    first = Partial(target, {"model": "a", "options": {"step": 1}})
    first.path.write_text("two epochs")
    first.commit(2, {"size": 10})
    stopped(first)
    with pytest.raises(OutputError, match=r"another one \(options.step was 1, is 2\)"):
        Partial(target, {"model": "a", "options": {"step": 2}}, resume=True)
    with pytest.raises(OutputError, match="continue it with --resume"):
        Partial(target, {"model": "a", "options": {"step": 1}})
    again = Partial(target, {"model": "a", "options": {"step": 1}}, resume=True)
    assert (again.epochs_done, again.state["size"]) == (2, 10)
    stopped(again)


def test_bands_of_epochs_are_counted(tmp_path):
    target = tmp_path / "out.txt"
    first = Partial(target, {}, bands=4)
    first.path.write_text("an epoch and a half")
    first.commit(6, {})
    with pytest.warns(TropdsxWarning, match="1.5 epochs of out.txt are complete"):
        first.release()
    again = Partial(target, {}, bands=4, resume=True)
    assert (again.parts_done, again.epochs_done) == (6, 1)
    with pytest.warns(TropdsxWarning, match="are complete"):
        again.release()


def test_resume_without_a_partial_output_starts(small, tmp_path):
    series(small, 3).to_netcdf(tmp_path / "in.nc")
    assert convert(tmp_path / "in.nc", model=None, target=5.0, resume=True).exists()


def test_two_runs_on_one_target(small, tmp_path, quick):
    series(small, 30).to_netcdf(tmp_path / "in.nc")
    options = {"model": None, "target": 5.0}

    def second(done, total):
        with pytest.raises(OutputError, match="another run"):
            convert(tmp_path / "in.nc", tmp_path / "out.nc", **options)
        raise Stop

    with interrupted():
        convert(tmp_path / "in.nc", tmp_path / "out.nc", progress=second, **options)


KILLED_AT_THE_END = """
import os, signal, sys
from pathlib import Path
from tropdsx.cli import group as cli
from tropdsx.system import staging
staging.fsync = lambda _: Path("out.nc").exists() and os.kill(os.getpid(), signal.SIGKILL)
cli.main(sys.argv[1:])
"""


def test_killed_between_the_name_and_the_note(small, tmp_path):
    """The output is whole then; what is left beside it is no obstacle and goes with the next."""
    first = tmp_path / "first"
    first.mkdir()
    series(small, 9).to_netcdf(first / "in.nc")
    whole = convert(first / "in.nc", tmp_path / "whole.nc", model="none")
    ran = subprocess.run(
        [sys.executable, "-c", KILLED_AT_THE_END, *COMMAND[3:]], cwd=first, capture_output=True
    )
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    same(first / "out.nc", whole)
    assert set(leftovers(first)) == {".out.nc.partial.json", ".out.nc.partial.lock"}
    for number, again in enumerate(({"overwrite": True}, {"resume": True}, {})):
        folder = shutil.copytree(first, tmp_path / str(number))
        if "overwrite" not in again:
            (folder / "out.nc").unlink()
        same(convert(folder / "in.nc", folder / "out.nc", model="none", **again), whole)
        assert not leftovers(folder)
