"""Draw the pictures of the pages: heights along a section, and the HTML report in a browser.

Run ``pip install -c constraints.txt '.[docs]' && python tools/make_page_figures.py`` in the
checkout to write ``docs/assets/section.png`` and ``docs/assets/report.png`` again from
``sample_data``, which is simulated. The second one wants Chromium on the PATH.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import xarray as xr
from cmcrameri import cm

import tropdsx

ROOT = Path(__file__).parents[1]
ASSETS = ROOT / "docs" / "assets"
LATITUDE = 32.5
"""A row of the coarse nodes, through the Himalaya [deg]."""


def section() -> dict[str, xr.DataArray]:
    """Hydrostatic delays along a parallel, by two ways, and the truth.

    Returns
    -------
    dict of DataArray
        ZHD of the first epoch along longitude [m] by label; heights [m] under "terrain" and "coarse
        terrain".
    """
    samples = ROOT / "sample_data"
    coarse = xr.open_dataset(samples / "era5_ztd.nc").isel(valid_time=[0])
    truth = xr.open_dataset(samples / "era5_ztd_truth.nc").isel(valid_time=[0])
    row: dict[str, object] = {"latitude": LATITUDE}
    lon = truth.longitude.sel(longitude=slice(60, 110))
    fine = coarse.tropds.downscale(model=None).sel(row | {"longitude": lon})
    nodes = coarse.sel(row | {"longitude": slice(57, 113)})
    return {
        "coarse nodes": nodes.zhd[0],
        "interpolated": nodes.zhd[0].interp(longitude=lon),
        "tropdsx, physics": fine.zhd[0],
        "truth": truth.zhd[0].sel(row | {"longitude": lon}),
        "terrain": truth.orography.sel(row | {"longitude": lon}),
        "coarse terrain": nodes.orography.interp(longitude=lon),
    }


def draw(found: dict[str, xr.DataArray]) -> mpl.figure.Figure:
    """Draw delays above the terrain.

    Parameters
    ----------
    found : dict of DataArray
        From `section`.

    Returns
    -------
    Figure
        The picture.
    """
    colour = dict(
        zip(("interpolated", "physics", "nodes"), cm.batlow([0.75, 0.2, 0.5]), strict=True)
    )
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(8.4, 4.6), layout="constrained", sharex=True, height_ratios=[1.6, 1]
    )
    lon = found["truth"].longitude
    above.plot(lon, found["truth"], "k", lw=3.5, alpha=0.3, label="truth (simulated)")
    above.plot(
        lon, found["tropdsx, physics"], color=colour["physics"], label="lifted, then combined"
    )
    above.plot(lon, found["interpolated"], color=colour["interpolated"], label="interpolated only")
    nodes = found["coarse nodes"]
    above.plot(nodes.longitude, nodes, "o", color=colour["nodes"], label="coarse nodes")
    above.set(ylabel="ZHD [m]", xlim=(60, 110), title=f"Along {LATITUDE:g}° N, 1° terrain")
    above.legend(frameon=False, loc="lower left", fontsize=9)
    below.fill_between(lon, found["terrain"] / 1e3, color="0.8", label="terrain")
    below.plot(
        lon, found["coarse terrain"] / 1e3, color=colour["nodes"], label="between coarse nodes"
    )
    below.set(ylabel="height [km]", xlabel="longitude [° E]", ylim=(0, None))
    below.legend(frameon=False, loc="upper left", fontsize=9)
    return figure


def photograph(page: Path, picture: Path) -> None:
    """Let Chromium write a picture of a page.

    Parameters
    ----------
    page : Path
        HTML file.
    picture : Path
        PNG to write.
    """
    from PIL import Image

    browser = shutil.which("chromium") or shutil.which("google-chrome") or "chromium"
    asked = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    size = ["--window-size=1180,800", "--virtual-time-budget=6000"]
    command = [browser, *asked, *size, f"--screenshot={picture}", page.resolve().as_uri()]
    subprocess.run(command, check=True, capture_output=True)
    Image.open(picture).convert("RGB").quantize(128).save(picture, optimize=True)


if __name__ == "__main__":
    draw(section()).savefig(ASSETS / "section.png", dpi=100, metadata={"Software": None})
    with (
        tempfile.TemporaryDirectory() as folder,
        xr.open_dataset(ROOT / "sample_data" / "era5_ztd.nc") as sample,
    ):
        page = Path(folder) / "result.html"
        tropdsx.report(sample.tropds.downscale(), page, coarse=sample, title="result.nc")
        photograph(page, ASSETS / "report.png")
