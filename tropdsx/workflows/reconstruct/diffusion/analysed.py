"""What is found of an epoch, and how many epochs are analysed side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from tropdsx.predict.session import hold_settings
from tropdsx.workflows.reconstruct.diffusion.scene import Scene

__all__ = ["Analysed", "quantiles_of", "run_epochs"]

Field = NDArray[np.float64]


class Analysed(NamedTuple):
    """What is found of one epoch.

    Attributes
    ----------
    scene : Scene
        What was known of it, with the optimal interpolation.
    used : ndarray of int, shape (J, I)
        Stations that count.
    mean, sigma : ndarray, shape (J, I)
        What the background lacks, and the standard deviation of its error, over the scale [m].
    members : ndarray, shape (M, J, I)
        Draws of it, whose mean and standard deviation these are; none of a learned mean [m].
    states : ndarray, shape (K, J, I)
        Their mean as some steps of the sampler saw it; the last one is the mean [m].
    """

    scene: Scene
    used: NDArray[np.int16]
    mean: Field
    sigma: Field
    members: Field
    states: Field


def run_epochs(analyse: Callable[..., Any], *blocks: NDArray) -> list[Any]:
    """Analyse epochs side by side, with the same bits whatever thread this is.

    Parameters
    ----------
    analyse : callable
        Of one epoch.
    *blocks : ndarray, shape (N, ...)
        Its arguments, for N epochs.

    Returns
    -------
    list
        Its N results.

    Examples
    --------
    >>> run_epochs(lambda a, b: int(a + b), np.arange(3), np.arange(3))
    [0, 2, 4]
    """

    def one(*given: Any) -> Any:
        with hold_settings("float32"):
            return analyse(*given)

    epochs = list(zip(*blocks, strict=True))
    if threading.current_thread() is not threading.main_thread():
        return [one(*each) for each in epochs]
    # As in the workers of dask one torch thread for each epoch: sums of several are in another
    # order, and the threads of the main thread are not those of the others.
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        return list(pool.map(lambda each: one(*each), epochs))


def quantiles_of(members: NDArray, probabilities: Sequence[float]) -> NDArray:
    """Find quantiles of an ensemble.

    Parameters
    ----------
    members : ndarray, shape (M, ...)
        Estimates.
    probabilities : sequence of float
        Of a lower value [1].

    Returns
    -------
    ndarray, shape (len(probabilities), ...)
        In the unit of the members.

    Examples
    --------
    >>> quantiles_of(np.array([0.0, 1.0, 2.0]), [0.5])
    array([1.])
    """
    return np.asarray(np.quantile(members, probabilities, axis=0, method="median_unbiased"))
