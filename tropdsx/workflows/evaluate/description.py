"""Turn sums over epochs into the Dataset of scores and maps, each with its name and unit."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr

from tropdsx.cf.quantities import QUANTITIES
from tropdsx.workflows.evaluate.align import Pair
from tropdsx.workflows.evaluate.scores import SquareSums
from tropdsx.workflows.evaluate.sums import Sums

__all__ = ["describe_scores", "make_maps"]

LONG_NAMES = {
    "rmse": "root-mean-square error",
    "mae": "mean absolute error",
    "bias": "mean error, estimate minus reference",
    "relative_bias": "mean error over mean reference",
    "correlation": "correlation with the reference",
    "r2": "share of the reference's variance explained",
    "coverage": "share of errors within the interval that sigma gives for a probability",
    "gradient_rmse": "root-mean-square error of the horizontal gradient",
    "ssim": "structural similarity, mean over epochs",
    "power": "zonal power spectrum at h = 0, mean over epochs and latitudes within 60 degrees",
    "spectral_ratio": "power of the estimate over power of the reference",
}
UNITS = {"rmse": "m", "mae": "m", "bias": "m", "gradient_rmse": "m km-1", "power": "m2"}


def describe_scores(
    pair: Pair, sums: Mapping[str, Sums], *, epochs: int, name: str, all_nodes: bool = True
) -> xr.Dataset:
    """Turn sums into the Dataset that :func:`tropdsx.validate` returns.

    Parameters
    ----------
    pair : Pair
        What was compared.
    sums : mapping of Sums
        By delay.
    epochs : int
        Epochs compared.
    name : str
        What the reference is.
    all_nodes : bool
        Whether those of the coarse grid count, too.

    Returns
    -------
    Dataset
        Scores by ``variable`` and ``group``, and maps in the orientation of the estimate.

    Examples
    --------
    >>> import numpy as np
    >>> from tropdsx.workflows.evaluate.align import align
    >>> from tropdsx.workflows.evaluate.sums import sum_epochs
    >>> axes = {"lat": [10.0, 0.0, -10.0], "lon": [0.0, 10.0, 20.0]}
    >>> truth = xr.Dataset({"zwd": (("lat", "lon"), np.full((3, 3), 0.2), {"units": "m"})}, axes)
    >>> pair = align(truth, truth)
    >>> sums, epochs = sum_epochs(pair)
    >>> found = describe_scores(pair, sums, epochs=epochs, name="truth")
    >>> found.zwd_rmse.long_name
    'root-mean-square error of the zenith wet delay'
    """
    scores = [each.scores().assign_coords(variable=key) for key, each in sums.items()]
    found = xr.concat(scores, dim="variable", join="exact", combine_attrs="drop")
    found = found.merge(make_maps(pair, sums))
    for key in found.data_vars:
        base, _, kind = str(key).partition("_")
        attrs = found[key].attrs
        attrs["units"] = UNITS.get(kind if base in sums else str(key), "1")
        if base in sums:
            attrs["long_name"] = f"{LONG_NAMES[kind]} of the {QUANTITIES[base].long_name}"
        else:
            attrs["long_name"] = LONG_NAMES[str(key)]
    found["wavenumber"].attrs = {"units": "1", "long_name": "waves round the globe"}
    found["probability"].attrs = {"units": "1", "long_name": "probability of the interval"}
    found.attrs = {
        "validation_period": pair.period,
        "validation_reference": name,
        "validation_epochs": epochs,
        "validation_nodes": "all nodes" if all_nodes else "without the coarse nodes",
    }
    return found


def make_maps(pair: Pair, sums: Mapping[str, Sums | SquareSums]) -> xr.Dataset:
    """Make maps of the errors in the orientation of the estimate.

    Parameters
    ----------
    pair, sums
        As in :func:`describe_scores`.

    Returns
    -------
    Dataset
        ``zhd_rmse``, ``zhd_bias`` [m], ``zhd_correlation`` [1] ... on latitude and longitude.
    """
    standard = xr.Dataset(coords={axis: pair.fine[axis] for axis in ("lat", "lon")})
    for key, each in sums.items():
        for kind, values in each.maps().items():
            standard[f"{key}_{kind}"] = (("lat", "lon"), values)
    if "orography" in pair.fine:
        standard = standard.assign_coords(orography=pair.fine["orography"].variable)
    return pair.record.restore(standard).drop_vars(list(pair.record.scalars), errors="ignore")
