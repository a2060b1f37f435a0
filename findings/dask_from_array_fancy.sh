#!/usr/bin/env bash
# dask 2026.8.0: da.from_array(x, fancy=False) reads whole chunks even for plain slices.
#
# A good guess: fancy=False tells that the source (a raster, a text file, a remote array) takes slices but no lists
# of indices, and slices still reach it. Seen: with fancy=False the slice is not joined with the reading: of a chunk
# of 20 rows all are read for 4 of them. With the default the source is asked for these 4 alone, so a source that
# takes no lists is better given as it is, with a class that turns lists into slices.
#
# Output seen: default: rows 13 to 17; fancy=False: rows 0 to 20
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check dask==2026.8.0 numpy==2.4.1
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import dask.array as da
import numpy as np


class Rows:
    """A source that says which rows it is asked for."""

    shape, ndim, dtype = (100, 10), 2, np.dtype(float)

    def __init__(self):
        self.asked = []

    def __getitem__(self, key):
        self.asked.append((key[0].start, key[0].stop))
        return np.zeros(self.shape)[key]


for options, expected in (({}, (13, 17)), ({"fancy": False}, (0, 20))):
    source = Rows()
    lazy = da.from_array(source, (20, 10), name=False, meta=np.empty((0, 0)), **options)
    lazy[13:17].compute(scheduler="sync")
    print(options or "default", "rows", source.asked)
    assert source.asked == [expected], "the behaviour has changed"
PYTHON
