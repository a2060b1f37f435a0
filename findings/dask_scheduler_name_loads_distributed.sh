#!/usr/bin/env bash
# dask 2026.8.0 beside distributed 2026.8.0: naming the simplest scheduler by text loads the most complicated
# one.
#
# A good guess: compute(scheduler="synchronous") runs in this thread and needs nothing else. Seen: where
# distributed is installed, a scheduler given as text makes dask import it first, to look for a client:
# several hundred modules and about half a second, once. The same scheduler given as a function
# (dask.get) does not. For a command that converts one small file it is a third of the time.
#
# Output seen: "synchronous": distributed loaded; dask.get: not loaded
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check dask==2026.8.0 distributed==2026.8.0 numpy==2.4.1
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import subprocess
import sys

code = "import sys, dask, dask.array as da; da.ones(3).compute(scheduler={}); print('distributed' in sys.modules)"
for scheduler, expected in (("'synchronous'", "True"), ("dask.get", "False")):
    loaded = subprocess.run(
        [sys.executable, "-c", code.format(scheduler)], capture_output=True, text=True, check=True
    ).stdout.strip()
    print(scheduler, "distributed loaded:", loaded)
    assert loaded == expected, "the behaviour has changed"
PYTHON
