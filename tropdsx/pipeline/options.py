"""Everything that decides the numbers of a downscaling, besides the input."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import xarray as xr

from tropdsx.pipeline.target import NONE
from tropdsx.reduce.height_models import HeightModel, find_height_model
from tropdsx.write.parameters import summarise_parameter

__all__ = ["NONE", "Options", "Orography", "height_model_of", "is_physics"]

Orography = str | Path | xr.Dataset | xr.DataArray


@dataclass(frozen=True, kw_only=True)
class Options:
    """Everything that decides the numbers of a downscaling, besides the input.

    Attributes
    ----------
    target : None, float, str, Path, Dataset or DataArray
        Fine grid; see :func:`tropdsx.pipeline.target.resolve_target`.
    orography, coarse_orography : str, Path, Dataset, DataArray or None
        Heights of the fine and of the coarse grid [m]; "none" for the coarse one turns the height
        reduction off.
    heights : {"auto", "geoid", "ellipsoid"}
        What the heights that come with input and target count from; "auto" decides by attributes
        and values.
    model : str, Path or None
        Checkpoint name or path; None or "none" for physics alone.
    height_model, interpolation : str
        See :func:`tropdsx.reduce.reduce_to_orography`.
    device, precision : str
        Where and how the network runs.
    batch_size : int or None
        Slices the network takes at once.
    ztd, sigma : bool
        Add the total delay; add the standard deviations that the network expects.

    Examples
    --------
    >>> Options(target=0.5, model=None).interpolation
    'bicubic'
    """

    target: float | Orography | None = None
    orography: Orography | None = None
    coarse_orography: Orography | None = None
    heights: str = "auto"
    model: str | Path | None = "default"
    height_model: str | Path | xr.Dataset | HeightModel = "climatology"
    interpolation: str = "bicubic"
    device: str = "auto"
    batch_size: int | None = None
    precision: str = "float32"
    ztd: bool = False
    sigma: bool = False

    def recorded(self) -> dict[str, Any]:
        """Parameters as the provenance keeps them: plain values, files by name and content."""
        return {each.name: summarise_parameter(getattr(self, each.name)) for each in fields(self)}


def is_physics(model: str | Path | None) -> bool:
    """Tell whether a model choice means physics alone.

    Parameters
    ----------
    model : str, Path or None
        As in :class:`Options`.

    Returns
    -------
    bool
        True for None and "none".

    Examples
    --------
    >>> is_physics("none"), is_physics("default")
    (True, False)
    """
    return model is None or str(model) == NONE


def height_model_of(options: Options) -> HeightModel:
    """Find the height model that the options name; none for a grid whose heights do not count.

    Parameters
    ----------
    options : Options
        ``height_model`` and ``coarse_orography`` are used.

    Returns
    -------
    HeightModel

    Raises
    ------
    InputError, AssetError
        If the name is unknown or its file cannot be read.

    Examples
    --------
    >>> height_model_of(Options(coarse_orography="none")).name
    'none'
    """
    lifted = not (isinstance(options.coarse_orography, str) and options.coarse_orography == NONE)
    return find_height_model(options.height_model if lifted else NONE)
