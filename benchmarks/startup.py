"""What starting costs: CPU seconds of commands on one small file, beside the imports they need.

    python -m benchmarks.startup [--against FOLDER] [--rounds 5] [--only "help,none"]

Each row is a process of its own with one thread; the median of the rounds is printed, user and
system time together, with the byte code of a first run kept, as after an installation. The rows
follow one another in every round, and with --against those of the other version stand between
them, so that a change of the machine's speed meets all. FOLDER holds that version's package: a
checkout, or what ``pip install --target FOLDER --no-deps`` made.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent.parent
SAMPLES = HERE / "sample_data"
VMF = ("convert", SAMPLES / "VMF3_20220701.H00")
VMF += ("--coarse-orography", SAMPLES / "orography_sample_5x5", "--overwrite")
ERA5 = ("convert", SAMPLES / "era5_ztd.nc", "--overwrite")

IMPORTS = {"numpy": "numpy", "xarray": "xarray, netCDF4", "torch": "torch"}
COMMANDS = {
    "help": ("--help",),
    "inspect": ("inspect", SAMPLES / "VMF3_20220701.H00"),
    "none": (*VMF, "--model", "none", "-o", "none.nc"),
    "default": (*VMF, "-o", "default.nc"),
    "ERA5 none": (*ERA5, "--model", "none", "-o", "era5_none.nc"),
    "ERA5 default": (*ERA5, "-o", "era5_default.nc"),
}


def seconds(command: list[str], folder: Path, package: Path) -> float:
    """CPU seconds of a process that must succeed."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(package)}
    environment |= {"PYTHONPYCACHEPREFIX": str(folder / "pyc"), "PYTHONDONTWRITEBYTECODE": ""}
    with (folder / "said").open("w+b") as said:
        child = subprocess.Popen(
            [sys.executable, *command], cwd=folder, env=environment, stdout=said, stderr=said
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            said.seek(0)
            sys.exit(f"{' '.join(command)} failed:\n{said.read().decode()[-2000:]}")
    return used.ru_utime + used.ru_stime


def measure(versions: dict[str, Path], names: list[str], rounds: int) -> dict[str, list[float]]:
    """Run all rows, round by round; the first round, which compiles, does not count."""
    rows = {f"import {each}": (["-c", f"import {each}"], HERE) for each in IMPORTS.values()}
    for name in names:
        for version, package in versions.items():
            rows[f"{name}{version}"] = (["-m", "tropdsx", *map(str, COMMANDS[name])], package)
    found: dict[str, list[float]] = {row: [] for row in rows}
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(rounds + 1):
            for row, (command, package) in rows.items():
                used = seconds(command, Path(scratch), package)
                if number:
                    found[row].append(used)
            print(f"round {number} of {rounds}", file=sys.stderr)
    return found


def report(found: dict[str, list[float]], names: list[str], *, beside: bool) -> None:
    """Print the table."""
    print(
        f"{'CPU s, median (least-greatest)':<40}{'this version':>20}{'the other':>20}{'ratio':>7}"
    )
    for each in IMPORTS.values():
        print(f"{'import ' + each:<40}{_spread(found[f'import {each}']):>20}")
    for name in names:
        line = f"{_spelled(name):<40}{_spread(found[name]):>20}"
        if beside:
            other = found[f"{name} of the other"]
            ratio = statistics.median(found[name]) / statistics.median(other)
            line += f"{_spread(other):>20}{ratio:>7.2f}"
        print(line)


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


def _spelled(name: str) -> str:
    words = [each.name if isinstance(each, Path) else each for each in COMMANDS[name]]
    kept = words[:2] + [word for word in words[2:] if word in ("--model", "none")]
    return " ".join(kept)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", type=Path, help="folder that holds another version")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default=",".join(COMMANDS), help="rows, comma-separated")
    given = parser.parse_args()
    versions = {"": HERE}
    if given.against:
        versions[" of the other"] = given.against.resolve()
    names = [name.strip() for name in given.only.split(",")]
    found = measure(versions, names, given.rounds)
    report(found, names, beside=given.against is not None)


if __name__ == "__main__":
    main()
