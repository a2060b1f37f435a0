"""A series that is stopped, killed or out of space goes on to the same file."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time

import netCDF4
import pytest
import xarray as xr

from tropdsx.errors import OutputError
from tropdsx.workflows.convert.files import convert
from tropdsx.write import growing_netcdf as stream_netcdf

from helpers.conversion import (
    COMMAND,
    Stop,
    epochs_noted,
    interrupted,
    leftovers,
    same,
    series,
    start,
    stop_after,
)


def test_reduced_precision_states_its_error(coarse, tiny_checkpoint, tmp_path):
    series(coarse, 4).to_netcdf(tmp_path / "in.nc")
    exact = convert(tmp_path / "in.nc", tmp_path / "a.nc", model=tiny_checkpoint, target=5.0)
    fast = convert(
        tmp_path / "in.nc", tmp_path / "b.nc", model=tiny_checkpoint, target=5.0, precision="bf16"
    )
    with xr.open_dataset(exact) as a, xr.open_dataset(fast) as b:
        assert "tropdsx_precision_error" not in a.attrs
        stated = json.loads(b.attrs["tropdsx_precision_error"])["zwd"]["max_mm"]
        assert stated == pytest.approx(1e3 * float(abs(a.zwd - b.zwd).max()), abs=1e-3)
        assert stated > 0


@pytest.mark.parametrize("suffix", ["nc", "zarr"])
@pytest.mark.parametrize("error", [Stop, KeyboardInterrupt])
def test_resume_gives_the_same_file(small, tmp_path, quick, suffix, error):
    series(small, 20).to_netcdf(tmp_path / "in.nc")
    out = tmp_path / f"out.{suffix}"

    def run(target=out, **options):
        return convert(tmp_path / "in.nc", target, **{"model": None, "target": 5.0, **options})

    with interrupted(error):
        run(progress=stop_after(6, error))
    assert not out.exists()
    assert leftovers(tmp_path)
    with pytest.raises(OutputError, match=r"--resume.*--overwrite"):
        run()
    with pytest.raises(OutputError, match=r"tropdsx_parameters\.interpolation was"):
        run(target=out, resume=True, interpolation="bilinear")
    seen = []
    run(resume=True, progress=lambda done, _: seen.append(done))
    assert seen[0] > 6
    assert not leftovers(tmp_path)
    whole = run(tmp_path / f"whole.{suffix}")
    if suffix == "nc":
        same(out, whole)
    else:
        with xr.open_zarr(out) as one, xr.open_zarr(whole) as two:
            xr.testing.assert_equal(one.load(), two.load())


def test_resume_keeps_the_history_of_the_first_run(small, tmp_path, quick, monkeypatch):
    series(small, 9).to_netcdf(tmp_path / "in.nc")
    options = {"model": None, "target": 5.0}
    with interrupted():
        convert(tmp_path / "in.nc", tmp_path / "out.nc", progress=stop_after(3), **options)
    stamp = netCDF4.Dataset(next(tmp_path.glob(".out.nc.partial"))).history
    time.sleep(1.1)
    convert(tmp_path / "in.nc", tmp_path / "out.nc", resume=True, **options)
    with xr.open_dataset(tmp_path / "out.nc") as fine:
        assert fine.attrs["history"] == stamp


def test_changed_input_is_refused(small, tmp_path, quick):
    series(small, 9).to_netcdf(tmp_path / "in.nc")
    options = {"model": None, "target": 5.0}
    with interrupted():
        convert(tmp_path / "in.nc", tmp_path / "out.nc", progress=stop_after(3), **options)
    other = series(small, 9)
    other.assign(zwd=other.zwd.copy(data=other.zwd * 1.001)).to_netcdf(tmp_path / "in.nc")
    with pytest.raises(OutputError, match="tropdsx_inputs was"):
        convert(tmp_path / "in.nc", tmp_path / "out.nc", resume=True, **options)


def test_a_changed_option_is_named(small, tmp_path, quick):
    series(small, 9).to_netcdf(tmp_path / "in.nc")
    options = {"model": None, "target": 5.0}
    with interrupted():
        convert(tmp_path / "in.nc", tmp_path / "out.nc", progress=stop_after(3), **options)
    with pytest.raises(
        OutputError, match=r"tropdsx_parameters.interpolation was \"bicubic\", is \"bilin"
    ):
        convert(
            tmp_path / "in.nc",
            tmp_path / "out.nc",
            resume=True,
            interpolation="bilinear",
            **options,
        )


COMMITTING = """
import os, sys, time
from tropdsx.cli import group as cli
from tropdsx.write import growing_netcdf as stream_netcdf
stream_netcdf.COMMIT_SECONDS = float(sys.argv[1])
fsync = os.fsync
# A slow disk: long in each step of a commit.
os.fsync = lambda file: (time.sleep(0.03), fsync(file))
cli.main(sys.argv[2:])
"""


class Killer:
    """Kills conversions of in.nc at random moments, and takes them up again until they are done.

    A moment is a size of the partial file and the time of a commit more: then a quick machine and
    a slow one are both caught in the middle, between two commits and within one.
    """

    def __init__(self, folder, seed):
        self.folder, self.random = folder, random.Random(seed)
        self.whole = (folder / "whole.nc").stat().st_size
        self.kills = []

    def round(self):
        """Kill once or twice, then let it end; the file must be the uninterrupted one."""
        (self.folder / "out.nc").unlink(missing_ok=True)
        moments = sorted(self.random.uniform(-0.2, 0.95) for _ in range(self.random.choice([1, 2])))
        noted = 0
        for moment in [*moments, None]:
            # Commits after every block, or as seldom as they usually are.
            seconds = str(self.random.choice([0.0, 0.0, stream_netcdf.COMMIT_SECONDS]))
            command = [sys.executable, "-c", COMMITTING, seconds, *COMMAND[3:], "--resume"]
            work = subprocess.Popen(command, cwd=self.folder, stderr=subprocess.PIPE, text=True)
            if moment is None or not self.reaches(moment, work, noted):
                _, err = work.communicate()
                assert work.returncode == 0, err
                break
            work.kill()
            work.communicate()
            if (self.folder / "out.nc").exists():  # killed after it was done
                break
            noted = epochs_noted(self.folder)
            self.kills.append(noted)
        same(self.folder / "out.nc", self.folder / "whole.nc")
        # Killed after it was done, it can leave a note; see the next test.
        allowed = {".out.nc.partial.lock", ".out.nc.partial.json"}
        assert set(leftovers(self.folder)) <= (allowed if work.returncode else set())
        (self.folder / ".out.nc.partial.lock").unlink(missing_ok=True)

    def reaches(self, moment, work, noted):
        """Wait until so much of the file is there; False if the work ends before."""
        partial = self.folder / ".out.nc.partial"
        while not (partial.exists() and partial.stat().st_size >= moment * self.whole):
            if work.poll() is not None:
                return False
            # What was noted before is not done again.
            assert epochs_noted(self.folder) >= noted or (self.folder / "out.nc").exists()
            time.sleep(0.003)
        time.sleep(self.random.uniform(0.0, 0.15))
        return True


@pytest.mark.slow
@pytest.mark.timeout(900)  # a command starts in 2 s, on a busy machine in 20 s, and some ten start
def test_killed_at_random_and_resumed(coarse, tmp_path):
    series(coarse, 160).to_netcdf(tmp_path / "in.nc")
    convert(tmp_path / "in.nc", tmp_path / "whole.nc", model="none")
    rounds = int(os.environ.get("TROPDSX_TEST_KILLS", "2"))
    # With this seed early and late in the file, each run twice, three times near a commit.
    killer = Killer(tmp_path, seed=12)
    for _ in range(rounds):
        killer.round()
    for _ in range(5):  # where the machine was so busy that no kill came between two commits
        if any(0 < noted < 160 for noted in killer.kills):
            break
        killer.round()
    print(f"{rounds} rounds, killed with so many epochs safe: {killer.kills}")  # noqa: T201 - -s
    assert any(0 < noted < 160 for noted in killer.kills)


def test_disk_full(coarse, tmp_path):
    """A limit on the size of files stands for a full disk: what was complete is kept."""
    series(coarse, 60).to_netcdf(tmp_path / "in.nc")
    limit = 8 * 2**20

    def limited():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    work = start(tmp_path, preexec_fn=limited)
    _, err = work.communicate(timeout=120)
    assert work.returncode == 1
    lines = [line for line in err.splitlines() if "warning:" not in line]
    assert len(lines) == 1, err
    assert "no space left" in lines[0]
    assert "--resume" in err
    assert not (tmp_path / "out.nc").exists()
    assert 0 < json.loads((tmp_path / ".out.nc.partial.json").read_text())["epochs_done"] < 60
    work = start(tmp_path, "--resume")
    assert work.communicate(timeout=120)[1] == ""
    whole = convert(tmp_path / "in.nc", tmp_path / "whole.nc", model="none")
    same(tmp_path / "out.nc", whole)


def test_command_line_tells_how_to_go_on(coarse, tmp_path):
    series(coarse, 400).to_netcdf(tmp_path / "in.nc")
    work = start(tmp_path)
    note = tmp_path / ".out.nc.partial.json"
    while not note.exists():
        assert work.poll() is None
        time.sleep(0.02)
    work.send_signal(signal.SIGINT)
    _, err = work.communicate(timeout=60)
    assert work.returncode == 130
    assert "--resume" in err
    assert "Traceback" not in err
    assert not (tmp_path / "out.nc").exists()
