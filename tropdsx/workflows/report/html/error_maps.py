"""Maps of errors that a result or an evaluation holds, as fields of a page."""

from __future__ import annotations

import xarray as xr

from tropdsx.cf.quantities import DELAYS_AND_TOTAL
from tropdsx.workflows.report.html.content import Content
from tropdsx.workflows.report.html.limits import thinned
from tropdsx.workflows.report.html.series import MAX_NODES, node_stride
from tropdsx.workflows.report.prepared import map_on_nodes

__all__ = ["add_maps"]

#: Maps that a result or an evaluation may have: key, name and scale.
_MAPS = (
    ("rmse", "RMSE", "error"),
    ("bias", "Mean error", "change"),
    ("correlation", "Correlation", "correlation"),
)


def add_maps(content: Content, ds: xr.Dataset, origin: str, most: int = MAX_NODES) -> list[str]:
    """Add maps of errors, one for each model of an evaluation.

    Parameters
    ----------
    content : Content
        Grows.
    ds : Dataset
        With ``zwd_rmse``, ``zwd_bias``, ``zwd_correlation`` ... in any orientation.
    origin : str
        What the maps are from, for their names; may be empty.
    most : int, optional
        Nodes of each that may be shown.

    Returns
    -------
    list of str
        What the page leaves out of them, in words.

    Examples
    --------
    >>> import numpy as np
    >>> axes = {"lat": [10.0, 0.0], "lon": [0.0, 10.0]}
    >>> ds = xr.Dataset({"zwd_rmse": xr.DataArray(np.full((2, 2), 0.01), axes)})
    >>> content = Content([""])
    >>> add_maps(content, ds, "in validation")
    []
    >>> content.fields[0]["label"]
    'RMSE in validation'
    """
    notes: dict[str, None] = {}
    for name in DELAYS_AND_TOTAL:
        for kind, title, scale in _MAPS:
            key = f"{name}_{kind}"
            if key not in ds:
                continue
            models = ds["model"].to_numpy() if "model" in ds[key].dims else [None]
            for model in models:
                field = ds[key] if model is None else ds[key].sel(model=model, drop=True)
                label = " ".join(filter(None, (title, origin))) + (f", {model}" if model else "")
                about = (name, f"{kind}/{origin}/{model}", label)
                notes |= dict.fromkeys(_add_map(content, field, about, scale, most))
    return list(notes)


def _add_map(
    content: Content, field: xr.DataArray, about: tuple[str, str, str], scale: str, most: int
) -> list[str]:
    found = map_on_nodes(field)
    if not found.notnull().any():
        return []
    stride = node_stride(found.shape[0], found.shape[1], most)
    told = thinned(stride, found.shape, "of maps of errors")
    found = found[::stride, ::stride]
    grid = content.add_grid(found["lat"].to_numpy(), found["lon"].to_numpy())
    values = found.to_numpy()[None] * (1.0 if scale == "correlation" else 1e-3)
    content.add(*about, values, grid=grid, scale=scale, timed=False)
    return told
