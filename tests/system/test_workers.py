"""Blocks read, computed and written by threads: in order, few held, none left behind."""

import os
import random
import subprocess
import sys
import threading
import time

import pytest

from tropdsx.system.workers import run_blocks
from tropdsx.workflows.convert.files import convert

from helpers.conversion import same, series


def test_blocks_come_out_in_order_and_few_are_held():
    held, most, out = 0, 0, []
    lock = threading.Lock()

    def read(number):
        nonlocal held, most
        with lock:
            held += 1
            most = max(most, held)
        return number

    def compute(number):
        time.sleep(random.Random(number).uniform(0, 0.004))
        return number * 2

    def write(number, value):
        nonlocal held
        with lock:
            held -= 1
        out.append((number, value))

    run_blocks(60, read, compute, write, workers=4)
    assert out == [(k, 2 * k) for k in range(60)]
    assert most <= 4 + 2 * 2


def test_files_are_touched_by_one_thread_only():
    seen = {"read": set(), "compute": set(), "write": set(), "written": set()}

    def note(what):
        seen[what].add(threading.get_ident())

    run_blocks(
        20,
        lambda _: note("read"),
        lambda _: (note("compute"), time.sleep(0.001)),
        lambda *_: note("write"),
        workers=3,
        written=lambda _: note("written"),
    )
    assert len(seen["read"]) == 1
    assert seen["read"] == seen["write"]
    assert not seen["compute"] & seen["read"]
    assert seen["written"] == {threading.get_ident()}


@pytest.mark.parametrize("where", ["read", "compute", "write", "written"])
@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt, MemoryError])
def test_an_exception_anywhere_comes_out_and_ends_all_threads(where, error):
    before, called_in = our_threads(), set()

    def fail_in(name, result=None):
        def call(*given):
            called_in.add(threading.current_thread())
            if name == where and given[0] in (5, (5,)):
                raise error("so be it")
            return given[0] if result is None else result

        return call

    with pytest.raises(error, match="so be it"):
        run_blocks(
            40,
            fail_in("read"),
            fail_in("compute"),
            fail_in("write"),
            workers=3,
            written=_raiser(error) if where == "written" else None,
        )
    assert not our_threads() - before
    assert all(each.name.startswith("tropdsx-") for each in called_in)


def our_threads():
    """Other libraries start and end threads of theirs when they like."""
    return {each for each in threading.enumerate() if each.name.startswith("tropdsx-")}


def _raiser(error):
    def call(_):
        raise error("so be it")

    return call


def test_many_rounds_with_four_threads(small, tiny_checkpoint, tmp_path, quick, monkeypatch):
    """Reading, computing and writing together, again and again, in one process."""
    monkeypatch.setattr("tropdsx.system.workers.usable_cores", lambda: 4)
    series(small, 6).to_netcdf(tmp_path / "in.nc")
    first = convert(tmp_path / "in.nc", tmp_path / "0.nc", model=tiny_checkpoint, target=5.0)
    rounds = int(os.environ.get("TROPDSX_TEST_ROUNDS", "10"))
    for _ in range(rounds):
        out = convert(
            tmp_path / "in.nc", tmp_path / "1.nc", model=tiny_checkpoint, target=5.0, overwrite=True
        )
        same(first, out)


def test_computing_here_asks_no_scheduler_and_loads_none():
    code = (
        "import sys, dask, xarray as xr\n"
        "from tropdsx.system.workers import compute_here\n"
        "def refuse(*_, **__): raise AssertionError('asked')\n"
        "with dask.config.set(scheduler=refuse):\n"
        "    found = compute_here(xr.DataArray([1.0, 2.0], dims='x').chunk(x=1))\n"
        "assert 'distributed' not in sys.modules\n"
        "print(found.values.tolist(), found.chunks)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.stdout == "[1.0, 2.0] None\n", ran.stderr


def test_threads_alone_compute_without_looking_for_a_cluster():
    code = (
        "import sys, dask, xarray as xr\n"
        "from tropdsx.system.workers import threads_alone\n"
        "with threads_alone(): xr.DataArray([1.0, 2.0]).chunk(dim_0=1).chunk(dim_0=2).compute()\n"
        "assert 'distributed' not in sys.modules and dask.config.get('scheduler', None) is None\n"
        "with dask.config.set(scheduler='sync'), threads_alone():\n"
        "    assert dask.config.get('scheduler') == 'sync'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
