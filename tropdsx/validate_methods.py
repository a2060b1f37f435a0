"""Ways to downscale, side by side: plain interpolation, Kouba, own physics, networks."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx import validate
from tropdsx.errors import CheckpointError, TropdsxWarning
from tropdsx.pipeline import Options, downscale, is_physics
from tropdsx.validate_align import Pair, align
from tropdsx.validate_cases import Case
from tropdsx.validate_sums import Sums

__all__ = ["BASELINES", "Method", "apart", "evaluate", "methods_of"]

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Method:
    """A way to downscale.

    Attributes
    ----------
    name : str
        For tables and figures.
    options : Options
        What the pipeline is told; the target comes from the case.
    field_network : Path or None
        Checkpoint of a network that refines the finished first guess, as TropDS does.
    """

    name: str
    options: Options
    field_network: Path | None = None

    def __call__(self, case: Case, *, neighbours: bool = True) -> xr.Dataset:
        """Downscale the coarse grid of a case to the nodes of its truth.

        Parameters
        ----------
        case : Case
            Grid and truth.
        neighbours : bool
            Let a network see the epochs before and after.

        Returns
        -------
        Dataset
            Standard fine delays, lazy where the case is.
        """
        target = case.truth[["orography"]]
        coarse = case.coarse if neighbours else apart(case.coarse)
        options = replace(self.options, target=target)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", TropdsxWarning)  # said once about the case itself
            fine = downscale(coarse, options)
        fine = fine.assign_coords(time=case.coarse["time"])
        if self.field_network is not None:
            fine = refine_fields(fine, self.field_network, options.device)
        return fine


#: What every network has to beat.
BASELINES = (
    Method("bilinear", Options(coarse_orography="none", interpolation="bilinear", model=None)),
    Method("kouba", Options(height_model="kouba", interpolation="bilinear", model=None)),
    Method("physics", Options(model=None)),
)


def methods_of(
    models: Iterable[str | Path],
    *,
    device: str = "auto",
    precision: str = "float32",
    batch_size: int | None = None,
) -> list[Method]:
    """List the baselines and the networks asked for.

    Parameters
    ----------
    models : iterable of str or Path
        Checkpoints by name or path; "none" adds nothing.
    device, precision, batch_size
        How the networks run.

    Returns
    -------
    list of Method
        Baselines first.

    Raises
    ------
    CheckpointError
        If a checkpoint is missing or damaged.

    Examples
    --------
    >>> [method.name for method in methods_of(["none"])]
    ['bilinear', 'kouba', 'physics']
    """
    methods = list(BASELINES)
    for model in models:
        if is_physics(model):
            continue
        from tropdsx.inference import find_path
        from tropdsx.nn.checkpoint import load_card

        path = find_path(model)
        card = load_card(path)
        name = str(model) if str(model) == "default" else path.stem
        taken = sum(method.name.split(" #")[0] == name for method in methods)
        name += f" #{taken + 1}" if taken else ""
        run = {"device": device, "precision": precision, "batch_size": batch_size}
        if card["network"] == "unet":
            methods.append(Method(name, Options(model=None, device=device), path))
        else:
            methods.append(Method(name, Options(model=path, sigma=True, **run)))
    return methods


def evaluate(
    cases: Iterable[Case],
    methods: Sequence[Method],
    *,
    neighbours: bool = True,
    name: str = "reference",
    progress: Progress | None = None,
) -> xr.Dataset:
    """Score methods on cases that share their truth's grid.

    Parameters
    ----------
    cases : iterable of Case
        One, or several phases of the same truth.
    methods : sequence of Method
        What to compare.
    neighbours : bool
        Let networks see the epochs before and after; False: each epoch alone.
    name : str
        What the truth is.
    progress : callable, optional
        Called with (method and case, epochs done, epochs in all).

    Returns
    -------
    Dataset
        What :func:`tropdsx.validate.validate` gives, along ``model``. The coarse grid's own nodes
        do not count in the scores.

    Raises
    ------
    GridError, CheckpointError
        If a case or a method cannot be used.
    """
    totals: dict[str, dict[str, Sums]] = {}
    pairs: dict[str, Pair] = {}
    epochs = 0
    for case in cases:
        for method in methods:
            pair = align(method(case, neighbours=neighbours), case.truth)
            step = None
            if progress is not None:
                step = _step(progress, f"{method.name}, {case.name}")
            sums, epochs = validate.summed(pair, exclude=case.coarse, progress=step)
            if method.name in totals:
                for key, each in totals[method.name].items():
                    each.merge(sums[key])
            else:
                totals[method.name], pairs[method.name] = sums, pair
    found = [
        validate.described(pairs[key], sums, epochs=epochs, name=name).assign_coords(model=key)
        for key, sums in totals.items()
    ]
    return xr.concat(found, dim="model", join="exact", combine_attrs="override")


def _step(progress: Progress, label: str) -> Callable[[int, int], None]:
    return lambda done, total: progress(label, done, total)


def apart(coarse: xr.Dataset) -> xr.Dataset:
    """Move the epochs by different seconds, so that none lies six hours from another.

    Parameters
    ----------
    coarse : Dataset
        Standard grid.

    Returns
    -------
    Dataset
        The same fields: a network sees each epoch alone, and the season is the same.
    """
    moved = coarse["time"].to_numpy() + np.arange(coarse.sizes["time"]).astype("timedelta64[s]")
    return coarse.assign_coords(time=moved)


def refine_fields(fine: xr.Dataset, path: Path, device: str = "auto") -> xr.Dataset:
    """Run a network of the TropDS kind on finished fields.

    Parameters
    ----------
    fine : Dataset
        First guess (time, lat, lon) [m].
    path : Path
        Checkpoint of kind "unet": its card names the variable and the range of its values.
    device : str
        Where it runs.

    Returns
    -------
    Dataset
        The same with the card's variable refined; frozen cells as they were.

    Raises
    ------
    CheckpointError
        If the card does not say which delay the network was trained on.
    """
    from tropdsx.nn.checkpoint import load_card

    card = load_card(path)
    names = [name for name in card.get("variables", ()) if name in fine]
    if len(names) != 1 or "normalisation" not in card:
        msg = (
            f"{path.name}: the card names the variables {card.get('variables')} and the range "
            f"{card.get('normalisation')}; to be compared on zenith delays it must name one of "
            "zhd and zwd, and its range: train it on files, or import it with its variable"
        )
        raise CheckpointError(msg)
    refined = xr.apply_ufunc(
        FieldNetwork(str(path), device), fine[names[0]], dask="parallelized",
        input_core_dims=[["lat", "lon"]], output_core_dims=[["lat", "lon"]],
        output_dtypes=[np.float32],
    )  # fmt: skip
    return fine.assign({names[0]: refined.assign_attrs(fine[names[0]].attrs)})


@dataclass(frozen=True)
class FieldNetwork:
    """A network on whole fields, as a function of blocks of epochs."""

    path: str
    device: str = "auto"

    def __call__(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Refine fields (N, lat, lon) one by one; missing values stay missing."""
        import torch

        from tropdsx.inference import resolve_device, scoped
        from tropdsx.nn.checkpoint import load

        device = resolve_device(self.device)
        checkpoint = load(self.path, device=device)
        low, high = (checkpoint.card["normalisation"][end] for end in ("low", "high"))
        span = high - low + 1e-8
        out = np.array(block, np.float32)
        frozen = checkpoint.tensors.get("freeze")
        keep = np.isnan(out)
        if frozen is not None and frozen.shape == out.shape[-2:]:
            keep |= frozen.bool().cpu().numpy()
        with scoped("float32"):
            for field, kept in zip(out, keep, strict=True):
                x = (np.clip(np.nan_to_num(field, nan=low), low, high) - low) / span
                x = torch.from_numpy(x.astype(np.float32))[None, None].to(device)
                y = checkpoint.module(x)[0, 0].float().cpu().numpy() * span + low
                field[~kept] = y[~kept]
        return out
