#!/usr/bin/env bash
# pandas 3.1.1: a strict format="ISO8601" still takes the words "now" and "today", and gives the clock's time.
#
# A good guess: with format="ISO8601" text that is no ISO date is an error, as "yesterday" is. Seen: "now" and
# "today" become the moment of reading, so that a table of epochs with such a word in a cell is read without
# an error, and differently each time.
#
# Output seen: now -> this year; yesterday -> ValueError
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pandas==3.1.1 numpy==2.4.1
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import time

import pandas as pd

for word in ("now", "today"):
    found = pd.to_datetime(["2022-07-01", word], format="ISO8601")
    print(word, "->", "this year" if found[1].year == time.gmtime().tm_year else found[1])
    assert abs(found[1].year - time.gmtime().tm_year) <= 1, "the behaviour has changed"
try:
    pd.to_datetime(["yesterday"], format="ISO8601")
except ValueError as error:
    print("yesterday ->", type(error).__name__)
else:
    raise SystemExit("the behaviour has changed: yesterday is taken")
PYTHON
