"""Compare ways to downscale: interpolation alone, Kouba, our physics, networks."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr

from tropdsx.errors import TropdsxWarning, warn
from tropdsx.pipeline.options import Options, is_physics
from tropdsx.pipeline.run import downscale
from tropdsx.system.workers import Progress
from tropdsx.workflows.evaluate.align import Pair, align, warn_total_alone
from tropdsx.workflows.evaluate.cases import Case
from tropdsx.workflows.evaluate.description import describe_scores
from tropdsx.workflows.evaluate.sums import Sums, sum_epochs

__all__ = [
    "BASELINES",
    "Method",
    "MethodProgress",
    "evaluate",
    "methods_of",
    "without_neighbours",
]

MethodProgress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Method:
    """A way to downscale.

    Attributes
    ----------
    name : str
        For tables and figures.
    options : Options
        What the pipeline is told; the target comes from the case.
    needs_field : bool
        Whether its network refines whole fine fields, as TropDS does, and so cannot serve points.

    Examples
    --------
    >>> bilinear = BASELINES[0]
    >>> bilinear.name, bilinear.options.interpolation
    ('bilinear', 'bilinear')
    """

    name: str
    options: Options
    needs_field: bool = False

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
        coarse = case.coarse if neighbours else without_neighbours(case.coarse)
        options = replace(self.options, target=target)
        fine = downscale(coarse, options)
        return fine.assign_coords(time=case.coarse["time"])


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
        from tropdsx.assets.registry import find_path
        from tropdsx.nn.checkpoint import load_card

        path = find_path(model)
        card = load_card(path)
        name = str(model) if str(model) in ("default", "heldout") else path.stem
        taken = sum(method.name.split(" #")[0] == name for method in methods)
        name += f" #{taken + 1}" if taken else ""
        options = Options(
            model=path, sigma=True, device=device, precision=precision, batch_size=batch_size
        )
        methods.append(Method(name, options, needs_field=card["network"] == "unet"))
    return methods


def evaluate(
    cases: Iterable[Case],
    methods: Sequence[Method],
    *,
    neighbours: bool = True,
    name: str = "reference",
    progress: MethodProgress | None = None,
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
        What :func:`tropdsx.validate` gives, along ``model``. The coarse grid's own nodes do not
        count in the scores.

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
            step = None
            if progress is not None:
                step = _step(progress, f"{method.name}, {case.name}")
            with warnings.catch_warnings():
                # Said once, at the end.
                warnings.filterwarnings("ignore", ".*(NaN|missing)", TropdsxWarning)
                fine = method(case, neighbours=neighbours)
                pair = align(fine, case.truth, one_file=case.one_file)
                sums, epochs = sum_epochs(pair, exclude=case.coarse, progress=step)
            if method.name in totals:
                for key, each in totals[method.name].items():
                    each.merge(sums[key])
            else:
                totals[method.name], pairs[method.name] = sums, pair
    found = [
        describe_scores(pairs[key], sums, epochs=epochs, name=name, all_nodes=False).assign_coords(
            model=key
        )
        for key, sums in totals.items()
    ]
    _warn_missing(totals)
    if pairs:
        warn_total_alone(next(iter(pairs.values())), name)
    return xr.concat(found, dim="model", join="exact", combine_attrs="override")


def _warn_missing(totals: dict[str, dict[str, Sums]]) -> None:
    """Say once what no method or some could not fill, such as the caps beyond the last nodes."""
    shares = {}
    for name, sums in totals.items():
        counts = np.array([each.cells[0] for each in sums.values()])
        # Each case adds its epochs everywhere, so the fullest node tells how many there were.
        shares[name] = 1.0 - float(counts.mean()) / max(float(counts.max()), 1.0)
    if max(shares.values()) > 0:
        listed = ", ".join(f"{name} {share:.1%}" for name, share in shares.items() if share > 0)
        text = f"values missing and not scored: {listed}"
        warn(text)


def _step(progress: MethodProgress, label: str) -> Progress:
    return lambda done, total: progress(label, done, total)


def without_neighbours(coarse: xr.Dataset) -> xr.Dataset:
    """Move the epochs by different minutes, so that none lies six hours from another.

    Parameters
    ----------
    coarse : Dataset
        Standard grid.

    Returns
    -------
    Dataset
        The same fields: a network sees each epoch alone, and the season is the same. In series with
        steps of less than half an hour some epochs still lie six hours from another.

    Examples
    --------
    >>> hours = np.array(["2021-01-01T00", "2021-01-01T06"], "datetime64[s]")
    >>> without_neighbours(xr.Dataset(coords={"time": hours})).time.values.astype(str).tolist()
    ['2021-01-01T00:00:00', '2021-01-01T06:05:00']
    """
    # By 5 minutes: times that are 2 off their step are taken as on it. Seven places, so that no
    # two epochs six hours apart are moved alike in steps of half an hour to six hours.
    minutes = 5 * (np.arange(coarse.sizes["time"]) % 7)
    return coarse.assign_coords(time=coarse["time"].to_numpy() + minutes.astype("timedelta64[m]"))
