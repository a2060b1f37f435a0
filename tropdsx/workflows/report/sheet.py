"""Draw an evaluation on one sheet: errors by latitude, on maps, and by scale."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from tropdsx.cf.quantities import DELAYS_AND_TOTAL
from tropdsx.workflows.evaluate.groups import band_names
from tropdsx.workflows.evaluate.tables import BASE, epochs_text
from tropdsx.workflows.report.pictures import save_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_sheet", "save_sheet"]

#: Okabe and Ito's colours, which colour-blind readers tell apart.
COLOURS = ("#999999", "#E69F00", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#000000")
#: Methods without height reduction are an order worse: they would flatten the rest.
OFF_SCALE = 4.0


def draw_sheet(found: xr.Dataset) -> Figure:
    """Draw an evaluation.

    Parameters
    ----------
    found : Dataset
        Scores and maps of several methods, along ``model``.

    Returns
    -------
    Figure
        A row for each of zhd and zwd: RMSE by latitude, RMSE map of the last method, what it
        gains on physics (or physics on Kouba), and spectra. Not attached to any window.

    Examples
    --------
    >>> from tropdsx.workflows.evaluate.comparison import validate
    >>> axes = {"lat": [10.0, 0.0, -10.0], "lon": [0.0, 10.0, 20.0]}
    >>> truth = xr.Dataset({"zwd": (("lat", "lon"), np.eye(3) / 5, {"units": "m"})}, axes)
    >>> figure = draw_sheet(validate(truth + 0.01, truth).expand_dims(model=["physics"]))
    >>> [panel.get_title() for panel in figure.axes[1:3]]
    ['ZWD RMSE of physics', 'physics minus physics: blue is better']
    """
    from matplotlib.figure import Figure

    names = [name for name in DELAYS_AND_TOTAL if name in found["variable"].values][:2]
    figure = Figure(figsize=(19, 4.1 * len(names) + 0.5), layout="constrained")
    axes = figure.subplots(
        len(names), 4, squeeze=False, gridspec_kw={"width_ratios": (1, 1.45, 1.45, 1)}
    )
    for row, name in zip(axes, names, strict=True):
        _by_latitude(row[0], found.sel(variable=name), name)
        _maps(figure, row[1:3], found, name)
        _spectra(row[3], found.sel(variable=name), name)
    attrs = found.attrs
    nodes = attrs.get("validation_nodes", "without the coarse nodes")
    figure.suptitle(f"{attrs['validation_reference']}: {epochs_text(attrs)}; numbers {nodes}")
    return figure


def save_sheet(found: xr.Dataset, path: str | Path) -> Path:
    """Draw an evaluation into a file.

    Parameters
    ----------
    found : Dataset
        As in :func:`draw_sheet`.
    path : str or Path
        Picture; its suffix says which kind. An existing one is replaced.

    Returns
    -------
    Path
        The picture.

    Raises
    ------
    OutputError
        If the kind is unknown or the file cannot be written.
    """
    return save_picture(draw_sheet(found), path)


def _by_latitude(ax: Axes, found: xr.Dataset, name: str) -> None:
    """Profiles of RMSE over latitude."""
    bands = band_names()
    centre = 85.0 - 10.0 * np.arange(len(bands))
    rmse = found["rmse"].sel(group=bands) * 1e3
    best = float(found["rmse"].sel(group="all").min()) * 1e3
    hidden = []
    for colour, method in zip(COLOURS, found["model"].values, strict=False):
        overall = float(found["rmse"].sel(model=method, group="all")) * 1e3
        if overall > OFF_SCALE * best:
            hidden.append(f"{method} {overall:.1f}")
            continue
        ax.plot(
            rmse.sel(model=method),
            centre,
            color=colour,
            marker="o",
            ms=3,
            label=f"{method} {overall:.2f}",
        )
    note = f"\noff scale: {', '.join(hidden)}" if hidden else ""
    ax.set(
        xlabel=f"{name.upper()} RMSE (mm)",
        ylabel="latitude (degree)",
        ylim=(-90, 90),
        xlim=0,
        yticks=range(-90, 91, 30),
        title=f"{name.upper()} by 10 degree band{note}",
    )
    ax.grid(alpha=0.3)
    ax.legend(frameon=False, fontsize="small")


def _maps(figure: Figure, axes: np.ndarray, found: xr.Dataset, name: str) -> None:
    """Map of the last method's RMSE, and of its change against a simpler one."""
    methods = [str(method) for method in found["model"].values]
    last = methods[-1]
    base = BASE if BASE in methods and last != BASE else methods[max(len(methods) - 2, 0)]
    rmse = found[f"{name}_rmse"] * 1e3
    own = rmse.sel(model=last)
    top = float(own.quantile(0.99)) or 1.0
    image = _map(axes[0], own, cmap="viridis", vmin=0, vmax=top)
    axes[0].set_title(f"{name.upper()} RMSE of {last}")
    figure.colorbar(
        image, ax=axes[0], label="mm", orientation="horizontal", extend="max", shrink=0.7, pad=0.02
    )
    change = own - rmse.sel(model=base)
    edge = float(abs(change).quantile(0.98)) or 1.0
    image = _map(axes[1], change, cmap="RdBu_r", vmin=-edge, vmax=edge)
    axes[1].set_title(f"{last} minus {base}: blue is better")
    figure.colorbar(
        image, ax=axes[1], label="mm", orientation="horizontal", extend="both", shrink=0.7, pad=0.02
    )


def _map(ax: Axes, field: xr.DataArray, **style: Any) -> Any:
    lat, lon = field.dims[-2:]
    ax.set(xlabel="longitude (degree)", ylabel="latitude (degree)", aspect="equal")
    if float(field[lat].max() - field[lat].min()) > 120:
        ax.set(yticks=range(-90, 91, 30), xticks=range(-180, 361, 60))
    field = field.sortby(lon)
    image = ax.pcolormesh(
        field[lon], field[lat], field, shading="nearest", rasterized=True, **style
    )
    ax.set_xlim(float(field[lon].min()), float(field[lon].max()))
    return image


def _spectra(ax: Axes, found: xr.Dataset, name: str) -> None:
    """Spectra of the truth, and of the errors of each method."""
    power, waves = found["power"] * 1e6, found["wavenumber"]
    first = power.isel(model=-1)
    ax.loglog(waves, first.sel(field="reference"), color="black", lw=2, label="truth")
    ax.loglog(
        waves,
        first.sel(field="fine"),
        color="black",
        lw=1,
        ls=":",
        label=str(found["model"].values[-1]),
    )
    for colour, method in zip(COLOURS, found["model"].values, strict=False):
        error = power.sel(model=method, field="error")
        ax.loglog(waves, error, color=colour, lw=1, label=f"error of {method}")
    ax.set(
        xlabel="waves round the globe",
        ylabel="power (mm²)",
        title=f"{name.upper()} at h = 0, within 60 degrees",
    )
    top = float(first.sel(field="reference").max())
    if top > 0:
        ax.set_ylim(top * 1e-7, top * 2)
    ax.grid(alpha=0.3, which="major")
    ax.legend(frameon=False, fontsize="small")
