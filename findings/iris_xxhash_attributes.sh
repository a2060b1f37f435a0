#!/usr/bin/env bash
# iris 3.14.1 with xxhash 4.1.0: two equal cubes whose ancillary variables have a text attribute cannot be
# compared or merged, and files of such cubes not be loaded together.
#
# A good guess: iris works with any xxhash that its requirements allow, which name no upper version. Seen: with
# xxhash 4 hashing text is an error, and cube == cube, CubeList.merge and what builds on them end in TypeError
# "Strings must be encoded before hashing". With xxhash 3.8.2 the cubes are equal.
#
# Output seen: xxhash 4.1.0: TypeError Strings must be encoded before hashing; xxhash 3.8.2: True
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check scitools-iris==3.14.1 xxhash==4.1.0
cd "$work"
cat > read.py <<'PYTHON'
import warnings

warnings.simplefilter("ignore")
import numpy as np
from iris.coords import AncillaryVariable
from iris.cube import Cube


def zwd():
    sigma = AncillaryVariable(np.ones(3), long_name="sigma", attributes={"source": "network"})
    return Cube(np.ones(3), long_name="zwd", ancillary_variables_and_dims=[(sigma, 0)])


try:
    print(zwd() == zwd())
except TypeError as error:
    print("TypeError", error)
PYTHON
new=$("$work/venv/bin/python" read.py)
"$work/venv/bin/pip" install --quiet --disable-pip-version-check xxhash==3.8.2
old=$("$work/venv/bin/python" read.py)
echo "xxhash 4.1.0: $new; xxhash 3.8.2: $old"
[[ "$new" == "TypeError Strings must be encoded before hashing" ]] || { echo "the behaviour has changed"; exit 1; }
[[ "$old" == "True" ]]
