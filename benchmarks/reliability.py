"""Do the intervals of a network hold? Coverage, sharpness and errors of ZWD on its validation data.

``python -m benchmarks.reliability heldout OUT.png --vmf1 vmf1_2x2.5_dev.nc --vmf3 'VMF3_2021*'
--orography orography_ell_1x1 --gfs gfs_zwd.nc --era5 era5_zwd.nc`` draws, for single epochs, the
share of the area whose error lies inside central Gaussian intervals against their nominal share,
and prints for each source coverage of 90 % intervals, the least and most in bands of 10 degrees,
the root mean square of sigma (sharpness) and the RMSE. The moisture fields are those of
``python -m benchmarks.moisture``; the epochs are those that did not train `heldout`.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from matplotlib.figure import Figure
from scipy.special import erfinv

from tropdsx.cf.quantities import DELAYS
from tropdsx.cf.time.epochs import in_period
from tropdsx.workflows.train.data import read_fine_fields
from tropdsx.workflows.train.moisture import Moisture, read_moisture
from tropdsx.workflows.train.nodal.drawn.moisture_pairs import check_moisture_pairs
from tropdsx.workflows.train.nodal.pairs import PairSet, make_pair_sets
from tropdsx.workflows.train.nodal.scores import Outcome, apply_network
from tropdsx.workflows.train.nodal.start import load_nodal, nodal_net

ZWD = DELAYS.index("zwd")
NOMINAL = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98])


def sources(given: argparse.Namespace) -> dict[str, PairSet]:
    """Make the validation pairs of each source, by name."""
    vmf1 = in_period(read_fine_fields(given.vmf1), ["2022-04-08/2022-04-14"])
    vmf3 = read_fine_fields(given.vmf3, given.orography)
    found = {
        "VMF1 4×5° → 2×2.5°": make_pair_sets(vmf1, (2, 2), phase=(1, 1))[0],
        "VMF3 5° → 1°": make_pair_sets(vmf3, (5, 5), phase=(2, 2))[0],
    }
    july = Moisture(given.gfs, 4, 5, periods=("2020-07-07/2020-07-07",))
    monsoon = Moisture(given.era5, 2, 5, periods=("2010-08-15/2010-09-30",))
    for name, more in (("GFS July 5° → 1°", july), ("ERA5 China 2.5° → 0.5°", monsoon)):
        found[name] = check_moisture_pairs(read_moisture(more), more.nodes, more.step, name)
    return found


def shares(seen: Outcome, factor: float, inside: float) -> tuple[float, np.ndarray]:
    """Share of the area inside intervals of a nominal share: in all, and in bands of 10 degrees."""
    error = np.abs(seen.residual - seen.correction)[:, ZWD]
    width = np.sqrt(2.0) * erfinv(inside) * factor * seen.sigma[:, ZWD]
    weight = np.where(np.isfinite(error), seen.pairs.weight, 0.0)
    held = np.where(error <= width, weight, 0.0).sum((0, 3))
    area = weight.sum((0, 3))
    band = ((90.0 - seen.lat[..., 0]) // 10).astype(int).ravel()
    with np.errstate(invalid="ignore"):
        by_band = np.bincount(band, held.ravel(), 18) / np.bincount(band, area.ravel(), 18)
    return float(held.sum() / area.sum()), by_band


def main() -> None:
    """Draw and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model")
    parser.add_argument("out", metavar="OUT.png")
    for name in ("vmf1", "vmf3", "orography", "gfs", "era5"):
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args()
    torch.set_num_threads(1)
    loaded = load_nodal(given.model, "MODEL")
    net, factor = nodal_net(loaded).eval(), loaded.card["sigma_factor"]["zwd"]
    figure = Figure(figsize=(4.2, 4.0), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="0.6", linewidth=1)
    print("| source | in 90 % | by band | sigma mm | RMSE mm |\n|---|---|---|---|---|")
    for name, pairs in sources(given).items():
        seen = apply_network(net, pairs)
        axes.plot(NOMINAL, [shares(seen, factor, p)[0] for p in NOMINAL], ".-", label=name)
        covered, by_band = shares(seen, factor, 0.9)
        known = np.isfinite(seen.residual[:, ZWD])
        weight = np.where(known, pairs.weight, 0.0)
        square = [factor * seen.sigma[:, ZWD], (seen.residual - seen.correction)[:, ZWD]]
        sigma, rmse = (
            1e3 * np.sqrt((np.where(known, part, 0.0) ** 2 * weight).sum() / weight.sum())
            for part in square
        )
        print(
            f"| {name} | {covered:.3f} | {np.nanmin(by_band):.2f} to {np.nanmax(by_band):.2f} "
            f"| {sigma:.1f} | {rmse:.1f} |"
        )
    axes.set(xlabel="nominal share of intervals", ylabel="share of the area inside", title="ZWD")
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.legend(fontsize=8)
    figure.savefig(given.out, dpi=110)


if __name__ == "__main__":
    main()
