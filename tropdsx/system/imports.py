"""Libraries that are there or not: act when one is imported, import none that is not used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import FrameType, ModuleType

__all__ = ["spare_array_libraries", "when_imported"]


def when_imported(name: str, then: Callable[[], object]) -> None:
    """Call a function when a library is there: now, or right after its first import.

    Parameters
    ----------
    name : str
        Of a library, or of a module in one.
    then : callable
        Called once, without arguments, in the thread that imports the library.

    Examples
    --------
    >>> when_imported("sys", lambda: print("it is here"))
    it is here
    """
    if name in sys.modules:
        then()
    else:
        sys.meta_path.insert(0, _Watch(name, then))


class _Watch:
    """A finder that finds what the others find, and is told when that has been executed."""

    def __init__(self, name: str, then: Callable[[], object]) -> None:
        self._name, self._then = name, then

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        others = sys.meta_path[sys.meta_path.index(self) + 1 :]
        found = (finder.find_spec(fullname, path, target) for finder in others)
        spec = next((spec for spec in found if spec is not None), None)
        if spec is not None and spec.loader is not None:
            self._follow(spec.loader)
        return spec

    def _follow(self, loader: Loader) -> None:
        """Let the loader of this one module tell when it is done; looking alone changes nothing."""
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            vars(loader).pop("exec_module", None)
            execute(module)
            if self in sys.meta_path:
                sys.meta_path.remove(self)
                self._then()

        # This one loader alone, for this one import.
        loader.exec_module = exec_module  # type: ignore[method-assign]


#: What dask imports where it is installed, and does without.
_OPTIONAL = ("scipy", "scipy.sparse", "scipy.fftpack", "jinja2")

#: Array libraries that xarray asks for by name, and where their arrays are defined.
_ARRAYS = {"dask": "dask.array", "pint": "pint", "cupy": "cupy", "sparse": "sparse"}


def spare_array_libraries() -> None:
    """Let xarray import no array library only to see that an array is none of its.

    With each Variable xarray asks whether the values are of dask, and with each index whether they
    are of pint or cupy, and imports what is installed of these to find the types: dask.array, with
    part of SciPy, takes as long as half of xarray. Before its library is imported no array can be
    of a type, so the answer is "none" until then.

    dask.array itself, once it is used, imports scipy.sparse, scipy.fftpack and jinja2 where they
    are installed: for arrays, transforms and pictures that no command of tropdsx makes, and two
    thirds of its time. It is told that they are not there.

    Notes
    -----
    For a process that is a command; a library leaves alone what others share. What xarray keeps
    the types in is not public: where it has another form, nothing happens.

    Examples
    --------
    >>> spare_array_libraries()
    >>> import xarray as xr
    >>> xr.DataArray([1.0, 2.0]).chunk().chunks  # what is used is imported
    ((2,),)
    """
    when_imported("xarray.namedarray.pycompat", _spare)
    if "dask" not in sys.modules:
        sys.meta_path.insert(0, _Absent())


class _Absent:
    """A finder that hides, from dask alone and while that is imported, what it can do without."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in _OPTIONAL:
            return None
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_globals.get("__name__", "").startswith("importlib."):
            frame = frame.f_back
        if frame is None or frame.f_code.co_name != "<module>":
            return None
        if frame.f_globals.get("__name__", "").partition(".")[0] != "dask":
            return None
        msg = f"{fullname} is not used"
        raise ModuleNotFoundError(msg, name=fullname)


def _spare() -> None:
    known = getattr(sys.modules["xarray.namedarray.pycompat"], "_cached_duck_array_modules", None)
    if not isinstance(known, dict):
        return
    for name, module in _ARRAYS.items():
        if name not in known and module not in sys.modules:
            known[name] = SimpleNamespace(module=None, version=None, type=(), available=False)
            when_imported(module, partial(known.pop, name, None))
