#!/usr/bin/env bash
# xarray 2026.9.0 (scipy 1.17.1): a field with a gap, interpolated to its own grid, loses three good nodes beside the
# gap; at stations on the same nodes it loses others.
#
# A good guess: at a node linear interpolation gives the value of the node, so interp_like(itself) changes nothing.
# Seen: the next node enters with weight zero, and zero times NaN is NaN: on the grid the nodes after the gap in each
# dimension and the one diagonally after it are lost, at points with the same places the ones before it; in one
# dimension none. Bringing fields with gaps (ground above the lowest level, a cut region) to a common grid so
# loses a rim at each pass, and which rim depends on the form of the call. Known: xarray issues 5664, 5852,
# scipy issue 11381. sel or reindex where the nodes agree keeps them.
#
# Output seen: missing of 25 nodes: before 1, on the grid 4, at the same places as points 4, in one dimension 1;
# on the grid those after the gap, as points those before it
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check xarray==2026.9.0 scipy==1.17.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import numpy as np
import xarray as xr

zwd = xr.DataArray(np.full((5, 5), 0.2), coords={"lat": np.arange(5.0), "lon": np.arange(5.0)}, dims=("lat", "lon"))
zwd[2, 2] = np.nan
grid = zwd.interp_like(zwd)
rows, columns = (xr.DataArray(index.ravel(), dims="place") for index in np.indices((5, 5), dtype=float))
points = zwd.interp(lat=rows, lon=columns).values.reshape(5, 5)
row = zwd[2].interp(lon=zwd.lon)


def lost(field):
    return sorted(zip(*(index.tolist() for index in np.nonzero(np.isnan(np.asarray(field)))), strict=True))


print("before", lost(zwd), "grid", lost(grid), "points", lost(points), "one dimension", lost(row))
assert lost(zwd) == [(2, 2)] and lost(row) == [(2,)]
assert lost(grid) == [(2, 2), (2, 3), (3, 2), (3, 3)], "the behaviour has changed"
assert lost(points) == [(1, 1), (1, 2), (2, 1), (2, 2)], "the behaviour has changed"
PYTHON
