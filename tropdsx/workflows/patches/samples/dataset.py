"""Samples of exported patches as named tensors, for torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from torch.utils.data import Dataset

from tropdsx.errors import DomainError
from tropdsx.workflows.patches.files.store import ExportedPatches, open_patches
from tropdsx.workflows.patches.samples.conditions import Companion
from tropdsx.workflows.patches.samples.degradation import (
    Degradation,
    check_turns,
    degrade,
    turn,
)
from tropdsx.workflows.patches.samples.masks import draw_mask, generator_of
from tropdsx.workflows.patches.samples.roles import PRESETS, ROLES, check_roles
from tropdsx.workflows.patches.samples.station_masks import station_cells
from tropdsx.workflows.patches.samples.statistics import Moments, Statistics
from tropdsx.workflows.patches.splitting import TRAIN
from tropdsx.workflows.patches.tiling import cells_of, cut
from tropdsx.workflows.patches.validity import valid_cells

__all__ = ["PatchDataset"]

Array = NDArray[np.floating]


class PatchDataset(Dataset):
    """Samples of one split of exported patches: a dict of tensors for each.

    Parameters
    ----------
    path : str or Path
        Output of :func:`tropdsx.export_patches`.
    split : str
        As stored: ``train``, ``val``, ... Condition and masks are spoilt in ``train`` alone.
    preset : {"single", "surface_plus_levels", "stations"}, optional
        Roles under the names ``x``, ``y``, ``eo``, ``valid_mask``, ``land_mask``.
    roles : mapping of str to str, optional
        Instead: name of the tensor by role, of ``target``, ``condition``, ``sparse``, ``static``
        and ``mask``.
    condition : DataArray, optional
        Field that is known everywhere; on another grid it is regridded (see `records`). Default:
        the first band of the patches, which is then no target.
    static : DataArray, optional
        Field that never changes, such as the orography. Default: where the target has values.
    stations : tuple of array_like, optional
        Latitudes and longitudes of the kind of mask ``stations`` [deg].
    mask : str, optional
        Kind of :func:`tropdsx.draw_mask`; default: of the preset, else ``rectangles``.
    share : float
        Share of the target that is hidden.
    degradation : Degradation, optional
        How the condition is spoilt in training, in its own unit; default: not at all.
    turns : sequence of str, optional
        ``flip`` and ``rotate``: all tensors of a sample are turned alike, at random, in training.
        Not for fields in which north means something, such as winds.
    seed : int
        Names the draws.
    **shape
        Options of the mask.

    Attributes
    ----------
    statistics : dict of str to Statistics
        Of target and condition, from the patches for training.
    records : list of str
        What was done to fields that do not come from the patches.

    Raises
    ------
    DomainError
        If a role or preset is unknown, or a role has nothing to be made of.

    Examples
    --------
    >>> import tempfile
    >>> from tropdsx.workflows.patches.files.export import export_patches
    >>> axes = {"depth": [0.5, 10.0], "lat": np.arange(8.0), "lon": np.arange(8.0)}
    >>> values = np.random.default_rng(0).normal(10.0, 3.0, (2, 8, 8))
    >>> ds = xr.Dataset({"thetao": (list(axes), values)}, axes)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ds.to_netcdf(f"{folder}/thetao_20240229.nc")
    ...     out = export_patches(
    ...         f"{folder}/thetao_20240229.nc", f"{folder}/p", variable="thetao", size=8
    ...     )
    ...     sample = PatchDataset(out, "train", preset="surface_plus_levels", share=0.75)[0]
    >>> {name: tuple(sample[name].shape) for name in ("eo", "x", "y", "valid_mask")}
    {'eo': (1, 8, 8), 'x': (1, 8, 8), 'y': (1, 8, 8), 'valid_mask': (1, 8, 8)}
    >>> int(sample["valid_mask"].sum()), sample["date"]
    (16, 20240229)
    """

    def __init__(
        self,
        path: str | Path,
        split: str,
        *,
        preset: str | None = None,
        roles: Mapping[str, str] | None = None,
        condition: xr.DataArray | None = None,
        static: xr.DataArray | None = None,
        stations: tuple[ArrayLike, ArrayLike] | None = None,
        mask: str | None = None,
        share: float = 0.9,
        degradation: Degradation | None = None,
        turns: Sequence[str] = (),
        seed: int = 42,
        **shape: Any,
    ) -> None:
        self.roles, kind = _roles(preset, roles)
        self.patches, self.split = open_patches(path, split), split
        self._mask, self._share, self._shape = mask or kind, share, shape
        self._degradation, self._seed, self._epoch = degradation or Degradation(), seed, 0
        check_turns(turns)
        self._turns = tuple(turns)
        about = self.patches.about
        self._lat, self._lon = np.array(about["lat"]), np.array(about["lon"])
        self._condition, self._static = (
            None if field is None else Companion(field, self._lat, self._lon)
            for field in (condition, static)
        )
        self._stations = (
            None if stations is None else tuple(map(np.ravel, map(np.asarray, stations)))
        )
        self.records = [each.record for each in (self._condition, self._static) if each is not None]
        bands = len(self.patches.statistics.mean)
        inside = "condition" in self.roles and condition is None
        self._check(bands, inside=inside, given={"condition": condition, "static": static})
        self._target = list(range(1 if inside else 0, bands))
        self.statistics = {"target": self.patches.statistics.select(self._target)}
        if inside:
            self.statistics["condition"] = self.patches.statistics.select([0])
        elif self._condition is not None:
            self.statistics["condition"] = self._fit(path, self._condition)

    def _check(self, bands: int, *, inside: bool, given: Mapping[str, Any]) -> None:
        if inside and bands < 2:
            msg = "the condition is no field of its own, and the patches have one band; give "
            raise DomainError(msg + "condition=FIELD, or export more levels")
        useless = [name for name, field in given.items() if field is not None]
        useless = [name for name in useless if name not in self.roles]
        if useless:
            msg = f"{useless[0]} is given, but no role has it; there are {', '.join(self.roles)}"
            raise DomainError(msg)
        if (self._mask == "stations") != (self._stations is not None):
            msg = f"mask {self._mask!r} and stations go together; give stations=(lat, lon)"
            raise DomainError(msg)
        if self._stations is not None and not any(
            self._options(row)["stations"].any() for row in self.patches.index
        ):
            msg = "no station lies in a patch; give latitudes first, then longitudes [deg]"
            raise DomainError(msg)

    def __len__(self) -> int:
        return len(self.patches)

    def set_epoch(self, epoch: int) -> None:
        """Draw other masks and other degradation: in training alone.

        Parameters
        ----------
        epoch : int
            Number of the run through the samples.
        """
        self._epoch = epoch if self.split == TRAIN else 0

    def __getitem__(self, place: int) -> dict[str, Any]:
        """Make a sample.

        Values are normalised; where nothing is known or seen they are 0, and ``mask`` says so.
        Beside the roles there are ``date`` (YYYYMMDD, 0 without one), ``coords`` (latitude and
        longitude of the centre [deg]) and ``info`` (row of the index).
        """
        row, values = self.patches.index[place], self.patches[place]
        # Of the same window and time whatever the order of the files.
        sample = f"{row['y0']}/{row['x0']}/{row['time']}/{self._epoch}"
        target = self._normal(values[self._target], "target")
        valid = valid_cells(target)
        seen = draw_mask(self._mask, valid, self._share, self._seed, sample, **self._options(row))
        parts = {"target": target, "sparse": np.where(seen, target, np.nan), "mask": seen}
        parts["static"] = valid if self._static is None else self._window(self._static, row)
        if "condition" in self.roles:
            parts["condition"] = self._spoilt(values, row, sample)
        rng = generator_of(self._seed, f"turns {sample}")
        parts = turn(parts, self._turns, rng, split=self.split)
        out: dict[str, Any] = {name: _tensor(parts[role]) for role, name in self.roles.items()}
        coords = torch.tensor([float(row["lat"]), float(row["lon"])])
        return out | {"date": _date(row["time"]), "coords": coords, "info": dict(row)}

    def _spoilt(self, values: Array, row: Mapping[str, str], sample: str) -> Array:
        known = values[:1] if self._condition is None else self._window(self._condition, row)
        rng = generator_of(self._seed, f"condition {sample}")
        return self._normal(degrade(known, self._degradation, rng, split=self.split), "condition")

    def _options(self, row: Mapping[str, str]) -> dict[str, Any]:
        if self._stations is None:
            return self._shape
        y0, x0, size = (int(row[name]) for name in ("y0", "x0", "edge_size"))
        lat, lon = self._lat[y0 : y0 + size], self._lon[cells_of(x0, size, self._lon.size)]
        return self._shape | {"stations": station_cells(lat, lon, *self._stations)}

    def _normal(self, values: Array, role: str) -> Array:
        known = self.statistics[role]
        return known.normalise(values, units=known.units)

    def _window(self, field: Companion, row: Mapping[str, str]) -> Array:
        time = np.datetime64(row["time"]) if row["time"] else None
        y0, x0, size = (int(row[name]) for name in ("y0", "x0", "edge_size"))
        return cut(field.at(time), y0, x0, size)[None]

    def _fit(self, path: str | Path, field: Companion) -> Statistics:
        """Fit statistics of a condition on the windows and times for training."""
        moments = Moments(1)
        known: ExportedPatches = open_patches(path, TRAIN)
        for row in known.index:
            moments.add(self._window(field, row), TRAIN)
        return Statistics.of(moments, field.name, field.units)


def _roles(preset: str | None, roles: Mapping[str, str] | None) -> tuple[dict[str, str], str]:
    if (preset is None) == (roles is None):
        msg = f"give either a preset ({', '.join(PRESETS)}) or roles (of {', '.join(ROLES)})"
        raise DomainError(msg)
    if roles is not None:
        check_roles(roles)
        return dict(roles), "rectangles"
    if preset not in PRESETS:
        msg = f"preset {preset!r} is unknown; accepted are {', '.join(PRESETS)}"
        raise DomainError(msg)
    return dict(PRESETS[preset].roles), PRESETS[preset].mask


def _tensor(values: NDArray) -> torch.Tensor:
    if values.dtype == np.bool_:
        return torch.from_numpy(np.ascontiguousarray(values))
    return torch.from_numpy(np.nan_to_num(values, nan=0.0).astype(np.float32))


def _date(text: str) -> int:
    return int(text[:10].replace("-", "")) if text[4:5] == "-" else 0
