#!/usr/bin/env bash
# dask 2026.8.0: the type given to da.zeros by position, as NumPy takes it, is dropped without a word.
#
# A good guess: da.zeros(shape, np.float32, chunks=...) is np.zeros(shape, np.float32) in chunks, or an error.
# Seen: the result is float64, so that a store laid out with it takes twice the space and holds another type
# than was asked for. da.ones and da.full behave the same; dtype= by name is heeded.
#
# Output seen: numpy float32, dask by position float64, by name float32
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'dask[array]==2026.8.0' numpy==2.4.1
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import dask.array as da
import numpy as np

plain = np.zeros((2,), np.float32).dtype
by_position = da.zeros((2,), np.float32, chunks=1).dtype
by_name = da.zeros((2,), dtype=np.float32, chunks=1).dtype
print(f"numpy {plain}, dask by position {by_position}, by name {by_name}")
assert plain == by_name == np.float32
assert by_position == np.float64, "the behaviour has changed"
assert da.ones((2,), np.float32, chunks=1).dtype == np.float64
assert da.full((2,), 1.0, np.float32, chunks=1).dtype == np.float64
PYTHON
