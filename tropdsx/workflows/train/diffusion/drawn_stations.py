"""Stations drawn by chance: at nodes of fine fields, or as networks really lie."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx.atmos.constants import MEAN_EARTH_RADIUS
from tropdsx.errors import InputError
from tropdsx.grid.stencil import Stencil, make_stencil
from tropdsx.workflows.reconstruct.oi.covariance import Places
from tropdsx.workflows.train.diffusion.lessons import Lessons

__all__ = ["Drawn", "draw_at_nodes", "draw_networks", "places_of_nodes"]

Field = NDArray[np.float64]

#: Smallest weight of a node: nearer to the poles there is no area.
LEAST = 1e-3
#: Networks of a set, and how far they reach [km].
NETWORKS, REACH = 3, (150.0, 1200.0)
#: Standard deviation of the heights of stations beside that of the grid around them [m].
OFF = 200.0


class Drawn(NamedTuple):
    """Stations.

    Attributes
    ----------
    nodes : ndarray of int, shape (n,)
        Those that they are on, or nearest to, in the flattened grid.
    places : Places
        Where they are.
    stencil : Stencil or None
        How fields are interpolated to them; None at nodes.
    """

    nodes: NDArray[np.intp]
    places: Places
    stencil: Stencil | None = None

    def of(self, field: NDArray) -> Field:
        """Take fields of shape (..., J, I) to (..., n)."""
        if self.stencil is None:
            flat = field.reshape(*field.shape[:-2], -1)[..., self.nodes]
            return np.asarray(flat, np.float64)
        return np.asarray(self.stencil.apply(field), np.float64)


def places_of_nodes(lessons: Lessons, nodes: NDArray[np.intp] | slice = slice(None)) -> Places:
    """Place nodes of the fine grid.

    Parameters
    ----------
    lessons : Lessons
        Fields.
    nodes : ndarray of int, optional
        Which, in the flattened grid; default: all.

    Returns
    -------
    Places
    """
    return lessons.setting.places[nodes]


def _shares(lessons: Lessons, known: NDArray[np.bool_]) -> tuple[NDArray[np.intp], Field]:
    """Nodes that may be stations, and their area."""
    nodes = np.flatnonzero(lessons.free & known & (lessons.area > LEAST))
    return nodes, lessons.area.ravel()[nodes]


def draw_at_nodes(
    lessons: Lessons, count: int, known: NDArray[np.bool_], rng: np.random.Generator
) -> Drawn:
    """Draw nodes by their area, none of them of the coarse grid.

    Parameters
    ----------
    lessons : Lessons
        Fields.
    count : int
        How many.
    known : ndarray of bool, shape (J, I)
        Where they may be.
    rng : Generator
        Random numbers.

    Returns
    -------
    Drawn

    Raises
    ------
    InputError
        If there are not so many nodes.
    """
    nodes, area = _shares(lessons, known)
    if count > nodes.size:
        msg = (
            f"{count} pseudo-stations asked for, but only {nodes.size} nodes are none of the "
            "coarse grid: give fewer (--stations)"
        )
        raise InputError(msg)
    found = np.sort(rng.choice(nodes, count, replace=False, p=area / area.sum()))
    return Drawn(found, places_of_nodes(lessons, found))


def draw_networks(
    lessons: Lessons, count: int, known: NDArray[np.bool_], rng: np.random.Generator
) -> Drawn:
    """Draw stations of which half lie alone and half in networks, off the nodes and their heights.

    Parameters
    ----------
    lessons, count, known, rng
        See :func:`draw_at_nodes`.

    Returns
    -------
    Drawn
    """
    alone = draw_at_nodes(lessons, count - count // 2, known, rng).nodes
    nodes, area = _shares(lessons, known)
    if not count:
        return Drawn(nodes[:0], places_of_nodes(lessons, nodes[:0]))
    unit = places_of_nodes(lessons, nodes).unit * (MEAN_EARTH_RADIUS / 1e3)
    share = np.zeros(nodes.size)
    for centre in rng.choice(nodes.size, NETWORKS, p=area / area.sum()):
        reach = np.exp(rng.uniform(*np.log(REACH)))
        near = area * np.exp(-0.5 * np.sum((unit - unit[centre]) ** 2, axis=1) / reach**2)
        share += near / near.sum()
    together = rng.choice(nodes, count // 2, p=share / share.sum())
    return _beside(lessons, np.sort(np.concatenate([alone, together])), rng)


def _beside(lessons: Lessons, nodes: NDArray[np.intp], rng: np.random.Generator) -> Drawn:
    """Move stations away from their nodes, by half a step at most."""
    setting = lessons.setting
    row, column = np.divmod(nodes, setting.lon.size)
    lat, lon = (
        axis[at] + rng.uniform(-0.499, 0.499, nodes.size) * (axis[1] - axis[0])
        for axis, at in ((setting.lat, row), (setting.lon, column))
    )
    lat = np.clip(lat, setting.lat.min(), setting.lat.max())
    if not setting.wrap:
        lon = np.clip(lon, setting.lon[0], setting.lon[-1])
    height = setting.orography.ravel()[nodes] + rng.laplace(0.0, OFF / np.sqrt(2), nodes.size)
    stencil = make_stencil(setting.lat, setting.lon, lat, lon, interpolation="bilinear")
    return Drawn(nodes, Places.at(lat, lon, height), stencil)
