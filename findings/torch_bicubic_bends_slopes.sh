#!/usr/bin/env bash
# torch 2.13.0: bicubic interpolation of a straight slope is not straight.
#
# A good guess: a cubic method keeps what the linear one keeps, as cubic convolution (Keys 1981) does. Seen:
# interpolate and grid_sample with mode="bicubic" take the coefficient a = -0.75, with which the slope at a node is
# half as large again: a plane that rises by 1 from node to node gets steps of 0.19 to 0.33 for 0.25 and is up to
# 4 % of the rise off. Of hydrostatic delays that differ by 300 mm between nodes (terrain) this is 12 mm of pattern
# with the spacing of the nodes, more than a network is trained to add. antialias=True switches to a = -0.5, also
# where it enlarges, and is straight; bilinear is. A note on grid_sample names the constant, the page of interpolate
# does not; PyTorch's pull request 9849 brought it.
#
# Output seen: largest error, in rises: bicubic 0.041, grid_sample 0.041, antialias 0.000, bilinear 0.000
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.1
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import torch
from torch.nn.functional import grid_sample, interpolate

plane = torch.arange(12, dtype=torch.float64).expand(1, 1, 12, 12).contiguous()
exact = (torch.arange(48, dtype=torch.float64) + 0.5) / 4 - 0.5  # places of the fine columns in units of a step
columns = 2 * (exact + 0.5) / 12 - 1
places = torch.stack([columns.expand(48, 48), columns[:, None].expand(48, 48)], dim=-1)[None]
found = {
    "bicubic": interpolate(plane, scale_factor=4, mode="bicubic", align_corners=False),
    "grid_sample": grid_sample(plane, places, mode="bicubic", align_corners=False),
    "antialias": interpolate(plane, scale_factor=4, mode="bicubic", antialias=True),
    "bilinear": interpolate(plane, scale_factor=4, mode="bilinear", align_corners=False),
}
print("torch", torch.__version__)
inside = slice(10, 38)  # away from the edges
for name, fine in found.items():
    row = fine[0, 0, 24, inside]
    error, step = (row - exact[inside]).abs().max().item(), (row.diff() - 0.25).abs().max().item()
    print(f"{name}: largest error {error:.3f} of a step, largest step off 0.25 by {step:.3f}")
    if name in ("antialias", "bilinear"):
        assert error < 1e-9
    else:
        assert 0.03 < error < 0.05, "the behaviour has changed"
PYTHON
