"""What a command loads and opens before its work: counted, for times differ by machine."""

import json
import subprocess
import sys

import pytest

from tropdsx.cf.quantities import DELAYS
from tropdsx.cli.group import COMMANDS
from tropdsx.cli.import_checkpoint import import_checkpoint

from helpers.paths import ROOT

SAMPLES = ROOT / "sample_data"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample data are not here")

ONE_FILE = ("VMF3_20220701.H00", "--coarse-orography", "orography_sample_5x5")
#: Libraries, and parts of them, that only some work needs.
OF_SOME = {
    "torch", "scipy", "distributed", "dask.array", "pint", "matplotlib", "lightning", "h5py",
    "zarr", "numcodecs", "cf_xarray", "cfgrib", "rasterio", "rich", "pooch",
}  # fmt: skip
FOR_ARRAYS = {"numpy", "pandas", "xarray", "dask", "netCDF4", "yaml", "jinja2"}

WATCH = """
import json, sys
from collections import Counter
opened, loaded = Counter(), {}

def hook(event, args):
    if event == "open" and isinstance(args[0], str):
        opened[args[0].rpartition("/")[2]] += 1

class Watched:
    def __init__(self, kind):
        self.kind = kind
    def __getattr__(self, name):
        return getattr(self.kind, name)
    def __call__(self, name, *args, **options):
        opened["netCDF4 " + str(name).rpartition("/")[2]] += 1
        return self.kind(name, *args, **options)

sys.addaudithook(hook)
lines = json.loads(sys.argv[1])
from tropdsx.cli.group import main
from tropdsx.system.imports import when_imported
def watch():
    import netCDF4
    netCDF4.Dataset = Watched(netCDF4.Dataset)
when_imported("netCDF4", watch)
for line in lines:
    try:
        main(line)
    except SystemExit as stop:
        assert not stop.code, (line, stop.code)
    loaded[" ".join(line[:2])] = sorted(sys.modules)
print("\\n" + json.dumps([loaded, opened]))
"""


def run(*lines):
    """Modules that are loaded after each command line, and how often each file was opened."""
    ran = subprocess.run(
        [sys.executable, "-c", WATCH, json.dumps([list(map(str, line)) for line in lines])],
        cwd=SAMPLES,
        capture_output=True,
        text=True,
    )
    assert not ran.returncode, ran.stderr[-2000:]
    loaded, opened = json.loads(ran.stdout.splitlines()[-1])
    return {line: set(modules) for line, modules in loaded.items()}, opened


def test_help_loads_click_alone():
    lines = [["--help"], *([command, "--help"] for command in COMMANDS)]
    loaded, _ = run(*lines)
    for line, modules in loaded.items():
        assert not modules & (OF_SOME | FOR_ARRAYS), line
        assert len([name for name in modules if name.startswith("tropdsx")]) <= 30, line


@pytest.mark.parametrize("given", [ONE_FILE, ("era5_ztd.nc",)], ids=["VMF", "NetCDF"])
def test_physics_of_one_file_loads_no_library_of_other_work(given, tmp_path):
    loaded, opened = run(["convert", *given, "--model", "none", "-o", tmp_path / "out.nc"])
    [modules] = loaded.values()
    assert not modules & OF_SOME
    rooms = ("accessor.dataset", "nn", "predict", "workflows.evaluate", "workflows.derive")
    assert not modules & {f"tropdsx.{room}" for room in rooms}
    read = {n: count for n, count in opened.items() if n.startswith("netCDF4 ") and "out" not in n}
    # The shipped terrain is a target, and tells what heights count from.
    assert read.pop("netCDF4 orography_1deg.nc") <= 2
    assert set(read.values()) == {1}
    # Looking what it is, its values, and its sha256; of a text also its header.
    assert opened[given[0]] <= (8 if given is ONE_FILE else 3)


def test_a_network_loads_no_more_of_torch_than_torch_does(tmp_path):
    code = "import sys, torch; print(*sys.modules)"
    alone = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded, opened = run(["convert", *ONE_FILE, "-o", tmp_path / "out.nc"])
    [modules] = loaded.values()
    assert not modules & (OF_SOME - {"torch"})
    more = {name for name in modules if name.startswith("torch")} - set(alone.stdout.split())
    assert not more
    assert opened["default.safetensors"] <= 3


def test_delays_that_a_command_names_are_those_of_the_vocabulary():
    [choice] = [each.type for each in import_checkpoint.params if each.name == "variable"]
    assert tuple(choice.choices) == DELAYS
