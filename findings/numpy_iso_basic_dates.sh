#!/usr/bin/env bash
# numpy 2.4.1: dates in the ISO 8601 basic format, as processors of InSAR series write them, become other
# years without an error.
#
# A good guess: "20220701" as datetime64[ns] is the first of July 2022, or an error. Seen: digits without
# hyphens are read as a year, the year 20220701 does not fit into nanoseconds, and the overflow is not
# told: 2145-07-18. "2022070106" becomes 1782, "202207" 1704. (With another unit than ns the year
# 20220701 itself is kept.) Time axes made so are valid, sorted or not, and wrong by centuries.
#
# Output seen: 20220701 -> 2145-07-18T00:15:34.028705792
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.1
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import numpy as np

for text, expected in (("20220701", "2145-07-18"), ("2022070106", "1782-10-07"), ("202207", "1704-12-17")):
    found = np.array([text], "datetime64[ns]")[0]
    print(text, "->", found)
    assert str(found)[:10] == expected, "the behaviour has changed"
assert str(np.array(["2022-07-01"], "datetime64[ns]")[0])[:10] == "2022-07-01"
PYTHON
