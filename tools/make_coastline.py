"""Make the coastline that maps are drawn with, from the ITU-R topography inside ``itur``.

Run ``pip install itur && python tools/make_coastline.py`` in the checkout to write
``tropdsx/assets/tables/coastline.npz`` again. As by ``make_tables.py``, only the map file of ITU-R
P.1511-2 is read: its sea is exactly 0, so its land mask has a coast. ``itur`` is needed for this
alone.

The lines are good to about 0.1 degree: for orientation on a map of delays, not for navigation.
"""

from __future__ import annotations

import contourpy
import numpy as np
from make_tables import FOLDER, itu_map
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

TOLERANCE = 0.06
"""How far a line may leave the contour [deg]."""
SHORTEST = 1.0
"""Islands and lakes of a smaller extent are left out [deg]."""
SCALE = 100
"""Steps in a degree, as stored."""


def coastline() -> list[NDArray[np.float64]]:
    """Draw the lines between land and sea.

    Returns
    -------
    list of ndarray
        Lines of shape (n, 2): longitude in [-180, 180] and latitude [deg].
    """
    lat, lon = itu_map("1511/v2_lat")[:, 0], itu_map("1511/v2_lon")[0]
    # Half a cell of smoothing rounds the stairs of the mask.
    land = gaussian_filter((itu_map("1511/v2_topo") != 0).astype(float), 0.7)
    rows, columns = np.abs(lat) <= 90.0, np.abs(lon) <= 180.0 + 1e-9
    contours = contourpy.contour_generator(
        lon[columns], lat[rows], land[np.ix_(rows, columns)]
    ).lines(0.5)
    lines = (np.asarray(line, np.float64) for line in contours)
    return [_simplify(line) for line in lines if np.ptp(line, axis=0).max() >= SHORTEST]


def _simplify(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leave out points that lie within the tolerance of the line without them (Douglas-Peucker)."""
    keep = np.zeros(len(line), bool)
    # A closed line is cut where it is farthest from its start.
    far = int(np.abs(line - line[0]).sum(axis=1).argmax())
    keep[[0, far, -1]] = True
    open_pieces = [(0, far), (far, len(line) - 1)]
    while open_pieces:
        first, last = open_pieces.pop()
        if last - first < 2:
            continue
        chord = line[last] - line[first]
        inside = line[first + 1 : last] - line[first]
        length = np.hypot(*chord)
        if length > 0:
            off = np.abs(chord[0] * inside[:, 1] - chord[1] * inside[:, 0]) / length
        else:
            off = np.hypot(*inside.T)
        if off.max() > TOLERANCE:
            middle = first + 1 + int(off.argmax())
            keep[middle] = True
            open_pieces += [(first, middle), (middle, last)]
    return line[keep]


def main() -> None:
    """Write the table."""
    lines = coastline()
    points = np.rint(SCALE * np.concatenate(lines)).astype(np.int16)
    # Neighbouring points differ by little, which packs well.
    steps = np.diff(points, axis=0, prepend=np.zeros((1, 2), np.int16))
    lengths = np.array([len(line) for line in lines], np.int16)
    np.savez_compressed(FOLDER / "coastline.npz", steps=steps.T, lengths=lengths)


if __name__ == "__main__":
    main()
