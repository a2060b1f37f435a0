#!/usr/bin/env bash
# safetensors 0.8.0 (with numpy 2.4.1): the same tensors and metadata, saved twice, are files that differ.
#
# A good guess: a format made for safe distribution of weights gives the same bytes for the same content,
# so that a checksum tells whether two checkpoints are one. Seen: the entries of the metadata are written
# in an order that changes from call to call, within one process too. Tensors keep their order. A sha256 of
# the file says nothing then; one of the tensors, or a single metadata entry, does.
#
# Output seen: 20 saves with 8 metadata entries: 20 different files; with one entry: 1 file
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check safetensors==0.8.0 numpy==2.4.1
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import hashlib

import numpy as np
from safetensors.numpy import save

tensors = {"weight": np.zeros(3, np.float32), "bias": np.ones(2, np.float32)}
for entries in (8, 1):
    metadata = {f"key{place}": str(place) for place in range(entries)}
    found = {hashlib.sha256(save(tensors, metadata=metadata)).hexdigest() for _ in range(20)}
    print(f"20 saves with {entries} metadata entries: {len(found)} different files")
    assert (len(found) > 1) == (entries > 1), "the behaviour has changed"
PYTHON
