"""Find the Dataset of a DataTree that holds what is wanted."""

from __future__ import annotations

from typing import Any

import xarray as xr

from tropdsx.cf.quantities import DELAYS_AND_TOTAL
from tropdsx.cf.variables import find_variable
from tropdsx.errors import GridError, warn
from tropdsx.read.containers.groups import inherit
from tropdsx.read.text import list_some

__all__ = ["dataset_of"]


def dataset_of(data: Any) -> xr.Dataset:
    """Give the Dataset of delays that stands in a DataTree; a Dataset is its own.

    Parameters
    ----------
    data : Dataset or DataTree
        What a caller hands over.

    Returns
    -------
    Dataset
        The one node with delays, else the one node with any data, with the coordinates and heights
        of the nodes above it.

    Raises
    ------
    GridError
        If several nodes match, or none, or it is neither; the text says what to do.

    Examples
    --------
    >>> zwd = xr.Dataset({"zwd": ("lat", [0.1, 0.2])})
    >>> list(dataset_of(xr.DataTree.from_dict({"/run/wet": zwd})))
    ['zwd']
    """
    if isinstance(data, xr.Dataset):
        return data
    if not isinstance(data, xr.DataTree):
        raise GridError(_wrong_type(data))
    filled = [node for node in data.subtree if node.data_vars]
    matching = [node for node in filled if _has_delays(node)] or filled
    if len(matching) != 1:
        raise GridError(_no_choice(matching))
    node = matching[0]
    if len(filled) > 1:
        above = {parent.path for parent in node.parents}  # comparing trees compares their values
        others = [each.path for each in filled if each is not node and each.path not in above]
        _warn_of_others(node, others)
    ds = node.to_dataset(inherit=True)
    return inherit(ds, [parent.to_dataset(inherit=False) for parent in node.parents])


def _has_delays(node: xr.DataTree) -> bool:
    ds = node.to_dataset(inherit=False)
    return any(find_variable(ds, name, set()) is not None for name in DELAYS_AND_TOTAL)


def _no_choice(nodes: list[xr.DataTree]) -> str:
    if not nodes:
        return "the DataTree holds no data in any node; accepted is one with a node of delays."
    paths = [node.path for node in nodes]
    return (
        f"the DataTree has {len(nodes)} nodes that may be meant ({list_some(paths)}); accepted is "
        f"one. Name it: tree['{paths[0]}'].tropds, or tree['{paths[0]}'].to_dataset()."
    )


def _warn_of_others(node: xr.DataTree, others: list[str]) -> None:
    if others:
        text = f"of the DataTree, {node.path} is used; left out is {list_some(others)}"
        warn(text)


def _wrong_type(data: Any) -> str:
    found = f"{type(data).__module__.partition('.')[0]} {type(data).__name__}"
    if isinstance(data, xr.DataArray):
        hint = f"Make one of it with .to_dataset(name='{data.name or 'zwd'}')."
    elif isinstance(data, (str, bytes)) or hasattr(data, "__fspath__"):
        hint = "Open a file with tropdsx.open_delays, or convert it with tropdsx.convert."
    else:
        hint = "Make one with xarray.Dataset."
    return f"an object of type {found} found; accepted are an xarray Dataset or DataTree. {hint}"
