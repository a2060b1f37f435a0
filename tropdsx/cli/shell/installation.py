"""Look at what this machine has: versions, devices, assets, settings; no name or path of a user."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
import platform
import re
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = [
    "describe_assets",
    "describe_devices",
    "describe_extras",
    "describe_installation",
    "describe_libraries",
    "describe_settings",
]

Rows = list[tuple[str, str]]

#: What is imported, one after the other, and by which name it is installed.
_IMPORTED = {
    "numpy": "numpy",
    "pandas": "pandas",
    "xarray": "xarray",
    "netCDF4": "netCDF4",
    "h5py": "h5py",
    "dask.array": "dask",
    "zarr": "zarr",
    "scipy": "scipy",
    "torch": "torch",
}
#: Extras of those who change tropdsx.
_OF_DEVELOPERS = ("bench", "docs", "test")
#: Environment variables that change what a run does.
_SETTINGS = (
    "TROPDSX_DATA",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "CUDA_VISIBLE_DEVICES",
    "HDF5_USE_FILE_LOCKING",
    "HDF5_PLUGIN_PATH",
    "PYTHONWARNINGS",
    "PYTHONPATH",
)
_OF_DASK = "DASK_"
#: Values that tell nothing of a user: numbers, and words of switches.
_PLAIN = re.compile(
    r"-?[\d.,:-]+|true|false|yes|no|on|off|best_effort|ignore|error|always|once", re.I
)


def describe_installation() -> tuple[Rows, list[str]]:
    """Say all that helps to understand why something goes wrong on this machine.

    Returns
    -------
    rows : list of tuple of str
        Label and text.
    troubles : list of str
        What does not work as it is, one sentence each.
    """
    environment = dict(os.environ)  # libraries add to it
    libraries, lacking = describe_libraries()
    from tropdsx.write.provenance import software_version  # after the times are taken

    devices = describe_devices(sys.modules.get("torch"))
    assets, missing = describe_assets()
    settings, strange = describe_settings(environment)
    own = platform.python_implementation()
    rows = [
        ("tropdsx", software_version()),
        ("Python", f"{platform.python_version()} ({own})"),
        ("system", f"{platform.system()} {platform.release()}, {platform.machine()}"),
    ]
    rows += libraries + describe_extras() + devices + assets + settings
    return rows, lacking + missing + strange


def describe_libraries() -> tuple[Rows, list[str]]:
    """Import the libraries that tropdsx needs, with their versions and how long each takes.

    Returns
    -------
    rows : list of tuple of str
        One for each library; a time is what the library needs beyond those before it.
    troubles : list of str
        What is not there, or cannot be imported.
    """
    rows: Rows = []
    troubles = []
    whole = 0.0
    for module, package in _IMPORTED.items():
        if importlib.util.find_spec(package) is None:
            rows.append((package, "not installed"))
            troubles.append(f"{package} is not installed: pip install {package}")
            continue
        seconds, problem = _import(module)
        if problem is not None:
            rows.append((package, f"{_version(package)}, cannot be imported"))
            troubles.append(f"{package} cannot be imported: {problem}")
            continue
        whole += seconds or 0.0
        took = "imported before" if seconds is None else f"import {seconds:.2f} s"
        rows.append((package, f"{_version(package)}{_beneath(package)}, {took}"))
    return [*rows, ("imports", f"{whole:.2f} s in all; each command loads what it needs")], troubles


def _import(module: str) -> tuple[float | None, str | None]:
    """Import a module: seconds, None where it was there; and what went wrong, without paths."""
    if module in sys.modules:
        return None, None
    before = time.perf_counter()
    try:
        importlib.import_module(module)
    except Exception as error:  # whatever a broken library raises
        return None, f"{type(error).__name__}: {_without_paths(str(error))}"
    return time.perf_counter() - before, None


def _without_paths(text: str) -> str:
    return " ".join(re.sub(r"\S*[/\\]\S*", "<path>", text).split())[:200]


def _beneath(package: str) -> str:
    """Versions of the C libraries beneath a package."""
    loaded: Any = sys.modules[package]
    if package == "netCDF4":
        return f" (netCDF {loaded.__netcdf4libversion__}, HDF5 {loaded.__hdf5libversion__})"
    return f" (HDF5 {loaded.version.hdf5_version})" if package == "h5py" else ""


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def describe_extras() -> Rows:
    """Say which optional parts are there, without importing them.

    Returns
    -------
    list of tuple of str
        One for each extra of tropdsx that users install.

    Examples
    --------
    >>> "extra grib" in dict(describe_extras())
    True
    """
    try:
        required = importlib.metadata.requires("tropdsx") or []
    except importlib.metadata.PackageNotFoundError:
        return [("extras", "unknown: tropdsx runs from a folder")]
    packages: dict[str, list[str]] = {}
    for each in required:
        found = re.match(r"([\w.-]+).*;.*extra\s*==\s*['\"]([\w-]+)['\"]", each)
        if found and found[2] not in _OF_DEVELOPERS and found[1] != "tropdsx":
            packages.setdefault(found[2], []).append(found[1])
    return [
        (f"extra {name}", ", ".join(f"{each} {_version(each)}" for each in parts))
        for name, parts in packages.items()
    ]


def describe_devices(torch: ModuleType | None) -> Rows:
    """Say where networks can run, and how precisely.

    Parameters
    ----------
    torch : module or None
        The library; None where it is not there.

    Returns
    -------
    list of tuple of str
        The CPU, and each GPU.

    Examples
    --------
    >>> describe_devices(None)[-1]
    ('GPU', 'unknown without torch')
    """
    from tropdsx.system.workers import usable_cores

    cpu = f"{usable_cores()} of {os.cpu_count()} cores"
    if torch is None:
        return [("CPU", cpu), ("GPU", "unknown without torch")]
    rows = [("CPU", f"{cpu}, {torch.get_num_threads()} threads of torch; float32, bf16")]
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    for number in range(count):
        about = torch.cuda.get_device_properties(number)
        fast = ", tf32, bf16" if about.major >= 8 else ""
        size = about.total_memory / 2**30
        rows.append((f"cuda:{number}", f"{about.name}, {size:.0f} GiB; float32{fast}"))
    built = torch.version.cuda
    if not count:
        rows.append(("GPU", f"none found; torch built for {f'CUDA {built}' if built else 'CPU'}"))
    auto = "cuda" if count else "cpu"
    return [*rows, ("--device auto", f"{auto}, float32 unless --precision says otherwise")]


def describe_assets() -> tuple[Rows, list[str]]:
    """Say which named files are here, and in which kind of place.

    Returns
    -------
    rows : list of tuple of str
        Names by place; the places themselves are not named.
    troubles : list of str
        Shipped files that are missing.
    """
    from tropdsx.assets.catalogue import ASSETS
    from tropdsx.assets.registry import list_sources

    found = list_sources()
    places: dict[str | None, list[str]] = {}
    for name, place in found.items():
        places.setdefault(place, []).append(name)
    rows = [(f"assets {place}", ", ".join(names)) for place, names in places.items() if place]
    if None in places:
        rows.append(("assets not here", f"{', '.join(places[None])} (tropdsx assets fetch NAME)"))
    lost = [name for name in places.get(None, []) if ASSETS[name].url is None]
    return rows, [f"{name} should come with tropdsx: install it again" for name in lost]


def describe_settings(environment: Mapping[str, str]) -> tuple[Rows, list[str]]:
    """Say which environment variables change what a run does; of folders whether they are there.

    Parameters
    ----------
    environment : Mapping
        Names and values.

    Returns
    -------
    rows : list of tuple of str
        Those that are set.
    troubles : list of str
        Those that name no folder.

    Examples
    --------
    >>> describe_settings({"OMP_NUM_THREADS": "4", "TROPDSX_DATA": "/no/such/folder"})[0]
    [('TROPDSX_DATA', 'set, no such folder'), ('OMP_NUM_THREADS', '4')]
    """
    names = [name for name in _SETTINGS if environment.get(name)]
    names += sorted(name for name in environment if name.startswith(_OF_DASK))
    rows = [(name, _seen(name, environment[name])) for name in names]
    wrong = [f"{name} names no folder" for name, text in rows if text.endswith("no such folder")]
    return rows or [("settings", "no environment variable is set")], wrong


def _seen(name: str, value: str) -> str:
    if name in ("TROPDSX_DATA", "TMPDIR", "XDG_CACHE_HOME"):
        folder = Path(value).expanduser()
        if not folder.is_dir():
            return "set, no such folder"
        try:
            return f"set, a folder of {_count(folder.iterdir())} files"
        except OSError:
            return "set, a folder that cannot be read"
    return value if _PLAIN.fullmatch(value) else "set"


def _count(entries: Iterable[Path]) -> int:
    return sum(1 for _ in entries)
