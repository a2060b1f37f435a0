"""Register the accessors with xarray, without loading xarray or what their methods need.

Most of what a command or ``import tropdsx`` would load is for methods that nobody calls in that
process; a class is loaded when an accessor is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tropdsx.system.imports import when_imported

__all__ = ["AccessorClass"]


class AccessorClass:
    """Stands for the class of an accessor, which is loaded when it is first used.

    Parameters
    ----------
    module, name : str
        Where the class lies.

    Examples
    --------
    >>> import xarray as xr, tropdsx
    >>> xr.Dataset.tropds
    <class tropdsx.accessor.dataset.TropdsAccessor>
    >>> xr.Dataset.tropds.downscale.__name__
    'downscale'
    """

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def __call__(self, obj: Any) -> Any:
        """Make the accessor of an object."""
        return self._load()(obj)

    def __getattr__(self, name: str) -> Any:
        """Look a method up on the class."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._load(), name)

    def __dir__(self) -> list[str]:
        """List what the class has."""
        return dir(self._load())

    def __repr__(self) -> str:
        """Name the class."""
        return f"<class {self._module}.{self._name}>"

    def _load(self) -> type:
        found: type = getattr(import_module(self._module), self._name)
        return found


def _register() -> None:
    import xarray as xr

    xr.register_dataset_accessor("tropds")(
        AccessorClass("tropdsx.accessor.dataset", "TropdsAccessor")
    )
    xr.register_dataarray_accessor("tropds")(
        AccessorClass("tropdsx.accessor.atmosphere", "ArrayAccessor")
    )
    xr.register_datatree_accessor("tropds")(AccessorClass("tropdsx.accessor.tree", "TreeAccessor"))


when_imported("xarray", _register)
