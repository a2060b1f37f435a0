"""What the height functions of a network are worth in seasons that it was not trained on."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray

from tropdsx.atmos.mean_atmospheres import reduction_to_sea
from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.trust import ANY_WET, WET_BANDS

__all__ = ["limit_to_season", "wet_seen"]

#: Share of the height functions of zhd and zwd to keep. The more of ZHD, the better on VMF1, VMF3
#: (1.29 mm at 0.8, 1.33 at 0.5; physics 1.54); but simulated fields of July, in which physics' own
#: climatology is right, are then 3 % worse than physics, and at 0.55 not quite 1 %.
SLOPE_TRUST = (0.55, 1.0)

#: Quantile of the zonal means that counts as seen.
SEEN = 0.9


def wet_seen(fields: Sequence[xr.Dataset]) -> NDArray[np.float64]:
    """Find the zonal mean of ZWD at h = 0 that fields reach, by distance from the equator.

    Parameters
    ----------
    fields : sequence of Dataset
        Training fields with ``zwd`` (time, lat, lon) [m] and ``orography`` [m].

    Returns
    -------
    ndarray, shape (9,)
        Of bands of 10 degrees, both hemispheres together; without limit where there is nothing [m].

    Examples
    --------
    >>> axes = {"time": [0], "lat": np.arange(-85.0, 90, 10), "lon": np.arange(0, 360, 30.0)}
    >>> shape = 1, 18, 12
    >>> ds = xr.Dataset({"zwd": (tuple(axes), np.full(shape, 0.1))}, axes)
    >>> wet_seen([ds.assign(orography=ds.zwd[0] * 0)]).round(3).tolist()[:2]
    [0.1, 0.1]
    """
    rows: list[list[np.ndarray]] = [[] for _ in range(WET_BANDS)]
    for ds in fields:
        if "zwd" not in ds:
            continue
        lat = ds["lat"].to_numpy()
        height = ds["orography"].transpose("lat", "lon").to_numpy()
        at_sea = ds["zwd"].transpose("time", "lat", "lon") * reduction_to_sea(height, lat)[1]
        mean = at_sea.mean("lon").to_numpy()
        for band, found in enumerate(rows):
            found.append(mean[:, np.minimum(np.abs(lat) // 10, WET_BANDS - 1) == band].ravel())
    every = [np.concatenate(found) if found else np.empty(0) for found in rows]
    return np.array([np.nanquantile(v, SEEN) if v.size else ANY_WET for v in every])


def limit_to_season(net: NodalNet, wet: NDArray[np.float64]) -> NodalNet:
    """Copy a trained network to be measured and written: safe in the seasons it has seen.

    Parameters
    ----------
    net : NodalNet
        Trained network; stays as it is.
    wet : ndarray, shape (9,)
        What `wet_seen` found in its training fields [m].

    Returns
    -------
    NodalNet
        On the CPU, ready to predict.

    Examples
    --------
    >>> net = limit_to_season(NodalNet(width=4, blocks=1), np.full(9, 0.25))
    >>> net.wet_seen[0].item(), net.slope_trust[1].item()
    (0.25, 1.0)
    """
    net = copy.deepcopy(net).eval().cpu()
    net.slope_trust.copy_(torch.tensor(SLOPE_TRUST))
    net.wet_seen.copy_(torch.from_numpy(wet.round(4)))
    return net
