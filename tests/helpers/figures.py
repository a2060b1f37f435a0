"""A box and its finer self, and what a figure of them shows."""

import matplotlib as mpl
import numpy as np

from helpers.fields import delays

mpl.use("agg")

BOX = (np.arange(50.0, 39.0, -2.5), np.arange(0.0, 21.0, 2.5))


def finer(ds):
    """Another grid of the same area, without a downscaling."""
    lat = np.arange(float(ds.lat[0]), float(ds.lat[-1]) - 0.1, -1.25)
    lon = np.arange(float(ds.lon[0]), float(ds.lon[-1]) + 0.1, 1.25)
    return delays(lat, lon, ds.sizes["time"])


def titles(figure):
    return [axes.get_title(loc="left") for axes in figure.axes if axes.get_title(loc="left")]


def meshes(figure):
    return [
        c
        for axes in figure.axes
        for c in axes.collections
        if c.get_array() is not None and axes.get_title(loc="left")
    ]
