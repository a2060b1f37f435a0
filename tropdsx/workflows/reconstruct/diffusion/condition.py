"""What a network sees of a reconstruction: fields of one epoch, in units that any grid shares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tropdsx.workflows.reconstruct.diffusion.scene import Scene, Setting
from tropdsx.workflows.reconstruct.diffusion.statistics import Statistics

__all__ = [
    "CHANNELS",
    "FLIPPED",
    "closeness_of",
    "condition_of",
    "film_of",
    "season_of",
]

Field = NDArray[np.float64]

CHANNELS = (
    "field",
    "increment",
    "sigma",
    "residual",
    "observed",
    "known",
    "orography",
    "lifted",
    "closeness",
    "sin_lat",
    "cos_lat",
    "season_sin",
    "season_cos",
)
"""In this order: the mean so far (background and increment), the increment of the optimal
interpolation, its sigma, the residuals of the stations and where they are, where anything is known,
height, height above that of the coarse grid, how close a coarse node is, and place and season."""
#: Change their sign with north and south.
FLIPPED = ("sin_lat", "season_sin", "season_cos")


def condition_of(
    setting: Setting, statistics: Statistics, scene: Scene, time: np.datetime64
) -> NDArray[np.float32]:
    """Lay out what a network sees.

    Parameters
    ----------
    setting : Setting
        The target.
    statistics : Statistics
        Of the training data.
    scene : Scene
        The epoch.
    time : datetime64
        Its time.

    Returns
    -------
    ndarray of float32, shape (13, J, I)
        By the order of `CHANNELS`; unknown values are 0 [1].
    """
    unit, s = statistics.residual, statistics
    observed = np.isfinite(scene.residual)
    field = (scene.zwd + setting.scale * scene.increment - s.field) / s.field_spread
    season = season_of(time)
    ones = np.ones(setting.shape)
    parts = [
        np.nan_to_num(field),
        scene.increment / unit,
        scene.sigma / unit,
        np.where(observed, scene.residual, 0.0) / unit,
        observed,
        scene.known,
        (setting.orography - s.orography) / s.orography_spread,
        setting.lifted / s.lifted_spread,
        setting.closeness,
        ones * np.sin(np.radians(setting.lat))[:, None],
        ones * np.cos(np.radians(setting.lat))[:, None],
        ones * season[0],
        ones * season[1],
    ]
    return np.stack([np.asarray(each, np.float32) for each in parts])


def season_of(time: np.datetime64) -> tuple[float, float]:
    """Sine and cosine of the season: the year is a circle, whether it has 365 or 366 days.

    Parameters
    ----------
    time : datetime64
        When.

    Returns
    -------
    tuple of float
        [1]

    Examples
    --------
    >>> [round(x, 3) for x in season_of(np.datetime64("2024-02-29T12"))]
    [0.853, 0.522]
    >>> season_of(np.datetime64("2024-01-01")) == season_of(np.datetime64("2025-01-01"))
    True
    """
    year = time.astype("datetime64[Y]")
    start, end = (each.astype("datetime64[s]") for each in (year, year + 1))
    angle = 2 * np.pi * float((time.astype("datetime64[s]") - start) / (end - start))
    return float(np.sin(angle)), float(np.cos(angle))


def film_of(lat: Field, lon: Field, height: float, time: np.datetime64) -> NDArray[np.float32]:
    """Tell place and season of a window in eight numbers without a seam.

    Parameters
    ----------
    lat, lon : ndarray
        Of its rows and columns; longitudes go on beyond 360 where it crosses it [deg].
    height : float
        Mean height [m].
    time : datetime64
        When.

    Returns
    -------
    ndarray of float32, shape (8,)
        Unit vector of the centre, height in km, day of the year and time of day on their circles
        [1].

    Examples
    --------
    >>> at = np.datetime64("2024-02-29T06")
    >>> a, b = (film_of(np.array([10.0]), np.array([lon]), 0.0, at) for lon in (190.0, -170.0))
    >>> bool(np.allclose(a, b, atol=1e-6)), a.shape
    (True, (8,))
    """
    north, east = np.radians(np.mean(lat)), np.radians(np.mean(lon))
    day = time.astype("datetime64[D]")
    turn = 2 * np.pi * float((time - day) / np.timedelta64(86400, "s"))
    place = [np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)]
    numbers = [*place, height / 1e3, *season_of(time), np.sin(turn), np.cos(turn)]
    return np.asarray(numbers, np.float32)


def closeness_of(coarse: tuple[Field, Field], fine: tuple[Field, Field]) -> Field:
    """Tell how close each fine node is to a coarse one.

    Parameters
    ----------
    coarse, fine : tuple of ndarray
        Latitudes and longitudes of both grids, evenly spaced [deg].

    Returns
    -------
    ndarray, shape (J, I)
        Sum of the squares of its bilinear weights: 1 at a node, a quarter in the middle of a cell;
        what the interpolation keeps of the variance of noise [1].

    Examples
    --------
    >>> closeness_of((np.array([4.0, 0.0]), np.array([0.0, 5.0])), ([4.0, 2.0], [0.0, 2.5, 5.0]))
    array([[1.  , 0.5 , 1.  ],
           [0.5 , 0.25, 0.5 ]])
    """
    along = []
    for nodes, wanted in zip(coarse, fine, strict=True):
        step = float(nodes[1] - nodes[0])
        part = ((np.asarray(wanted, np.float64) - float(nodes[0])) / step) % 1.0
        part = np.where(np.isclose(part, 1.0, atol=1e-6), 0.0, part)
        along.append(part**2 + (1 - part) ** 2)
    return along[0][:, None] * along[1]
