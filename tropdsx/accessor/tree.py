"""``tree.tropds``: the methods of ``ds.tropds`` on the node of a DataTree that holds the delays."""

from __future__ import annotations

import xarray as xr

from tropdsx.accessor.dataset import TropdsAccessor
from tropdsx.errors import GridError
from tropdsx.read.containers.trees import dataset_of

__all__ = ["TreeAccessor"]


class TreeAccessor(TropdsAccessor):
    """Zenith delays of a DataTree: what ``ds.tropds`` does, on the one node with delays.

    Where several nodes have delays, name one: ``tree["/run/wet"].tropds``.

    Parameters
    ----------
    tree : DataTree
        One node of it holds delays; coordinates may stand above.

    Examples
    --------
    >>> import numpy as np, xarray as xr, tropdsx
    >>> axes = {"lat": np.arange(87.5, -90, -5), "lon": np.arange(2.5, 360, 5)}
    >>> zwd = xr.DataArray(np.full((36, 72), 0.1), axes, attrs={"units": "m"})
    >>> ds = xr.Dataset({"zwd": zwd, "orography": xr.zeros_like(zwd)})
    >>> ds = ds.assign_coords(time=np.datetime64("2022-07-01", "ns"))
    >>> tree = xr.DataTree.from_dict({"/analysis": ds})
    >>> tree.tropds.downscale(2.5, model=None).zwd.shape
    (72, 144)
    """

    def __init__(self, tree: xr.DataTree) -> None:
        self._tree = tree

    # Looked up when a method needs it, so that asking for the accessor alone never fails: a
    # property where the accessor of a Dataset has an attribute.
    @property
    def _ds(self) -> xr.Dataset:  # type: ignore[override]
        return dataset_of(self._tree)

    def __repr__(self) -> str:
        """One line for the terminal."""
        try:
            return super().__repr__()
        except GridError as error:
            return f"<tropds: {error}>"

    # None as well, which Jupyter takes for "no table".
    def _repr_html_(self) -> str | None:  # type: ignore[override]
        """Summary for Jupyter; None shows the line of text."""
        try:
            return super()._repr_html_()
        except GridError:
            return None
