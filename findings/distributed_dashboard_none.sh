#!/usr/bin/env bash
# distributed 2026.8.0: LocalCluster(dashboard_address=None) turns the dashboard off, and still serves HTTP on the
# dashboard's port 8787.
#
# A good guess: None, documented as "disable the dashboard", opens no port. Seen: the HTTP server of the
# scheduler still asks for 8787, so a second cluster on the machine warns that the port is in use; where
# warnings are errors (a test suite with several processes) it does not start. ":0" takes any free port and
# never warns.
#
# Output seen: None: 1 warning about port 8787; ":0": 0 warnings
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check dask==2026.8.0 distributed==2026.8.0
cd "$work"
cat >two.py <<'PYTHON'
import warnings

from distributed import LocalCluster

if __name__ == "__main__":
    small = {"n_workers": 0, "processes": False}
    for address, expected in ((None, 1), (":0", 0)):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            with LocalCluster(dashboard_address=None, **small):
                before = len(told)  # another program may hold the port already
                with LocalCluster(dashboard_address=address, **small):
                    told = [str(each.message) for each in told[before:]]
        seen = sum("Port 8787 is already in use" in each for each in told)
        print(f"dashboard_address={address!r}: {seen} warning(s) about port 8787")
        assert seen == expected, "the behaviour has changed"
PYTHON
"$work/venv/bin/python" two.py
