"""Draw the picture of the README: a coarse field, what tropdsx makes of it, and the truth.

Run ``pip install -c constraints.txt '.[docs]' && python tools/make_readme_figure.py`` in the
checkout to write ``docs/assets/coarse_fine_truth.png`` again from ``sample_data``, which is
simulated.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import xarray as xr
from cmcrameri import cm

import tropdsx  # noqa: F401 - registers ds.tropds

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "assets" / "coarse_fine_truth.png"
BOX = {"latitude": slice(47.5, 2.5), "longitude": slice(62.5, 122.5)}
"""South Asia: a plateau at 5 km beside wet plains [deg]."""


def fields() -> dict[str, xr.DataArray]:
    """Open and downscale the sample.

    Returns
    -------
    dict of DataArray
        Total delay of the first epoch [m] by the title of its map.
    """
    samples = ROOT / "sample_data"
    coarse = xr.open_dataset(samples / "era5_ztd.nc").isel(valid_time=[0])
    truth = xr.open_dataset(samples / "era5_ztd_truth.nc").isel(valid_time=[0])
    fine = coarse.tropds.downscale()
    steps = {"5° input": coarse, "1° by tropdsx": fine, "1° truth (simulated)": truth}
    return {title: (ds.zhd + ds.zwd).isel(valid_time=0).sel(BOX) for title, ds in steps.items()}


def draw(maps: dict[str, xr.DataArray]) -> mpl.figure.Figure:
    """Draw the maps side by side in one colour range.

    Parameters
    ----------
    maps : dict of DataArray
        Fields on latitude and longitude [m] by title.

    Returns
    -------
    Figure
        The picture.
    """
    truth = list(maps.values())[-1]
    low, high = float(truth.min()), float(truth.max())
    figure, axes = plt.subplots(1, len(maps), figsize=(9.6, 2.9), layout="constrained", sharey=True)
    for ax, (title, field) in zip(axes, maps.items(), strict=True):
        mesh = ax.pcolormesh(
            field.longitude, field.latitude, field, vmin=low, vmax=high, cmap=cm.batlow
        )
        ax.set(title=title, aspect=1.15, xlim=(65, 120), ylim=(5, 45))
        ax.set_xticks([70, 90, 110], ["70° E", "90° E", "110° E"])
        ax.set_yticks([10, 25, 40], ["10° N", "25° N", "40° N"])
    figure.colorbar(mesh, ax=axes, label="zenith total delay [m]", pad=0.01)
    return figure


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    draw(fields()).savefig(PICTURE, dpi=110, metadata={"Software": None})
