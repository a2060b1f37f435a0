"""From noise to residuals: the sampler on a grid of any size."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch

from tropdsx.nn.diffusion.network import ReconstructionNet
from tropdsx.nn.diffusion.windows import Windows

__all__ = [
    "Drawn",
    "Known",
    "View",
    "draw_residuals",
    "estimate_on_grid",
    "kept_steps",
    "opposite_noise",
]

#: Windows that go through a network at once.
AT_ONCE = 16


class View(NamedTuple):
    """What a network sees of an epoch.

    Attributes
    ----------
    condition : Tensor, shape (1, C, lat, lon)
        Normalised [1].
    expected : Tensor, shape (1, 1, lat, lon)
        Error expected beforehand [1].
    film : Tensor, shape (windows, 8)
        Place and season of each window [1].
    """

    condition: torch.Tensor
    expected: torch.Tensor
    film: torch.Tensor


class Known(NamedTuple):
    """Residuals that are known.

    Attributes
    ----------
    values : Tensor, shape (members, 1, lat, lon)
        In units of sigma [1].
    where : Tensor of bool, shape (lat, lon)
        Where.
    """

    values: torch.Tensor
    where: torch.Tensor


@dataclass(frozen=True)
class Drawn:
    """Residuals that were drawn.

    Attributes
    ----------
    final : Tensor, shape (members, 1, lat, lon)
        In units of sigma [1].
    states : list of Tensor
        What each of some steps took for the residuals, the last one being `final`.
    """

    final: torch.Tensor
    states: list[torch.Tensor]


def opposite_noise(members: int, shape: tuple[int, int], seed: list[int]) -> torch.Tensor:
    """Draw noise in pairs of opposite sign: the mean of few members is then nearly that of many.

    Parameters
    ----------
    members : int
        How many; the last one of an odd number has no partner.
    shape : tuple of int
        Rows and columns.
    seed : list of int
        Of the random numbers.

    Returns
    -------
    Tensor, shape (members, 1, rows, columns)
        [1]

    Examples
    --------
    >>> noise = opposite_noise(4, (2, 3), [0])
    >>> float(noise.mean(0).abs().max())
    0.0
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    half = -(-members // 2)
    drawn = torch.from_numpy(rng.standard_normal((half, 1, *shape), np.float32))
    return torch.stack([drawn, -drawn], 1).flatten(0, 1)[:members]


def estimate_on_grid(
    net: ReconstructionNet, windows: Windows, view: View
) -> tuple[torch.Tensor, torch.Tensor]:
    """Estimate mean and sigma on a whole grid.

    Parameters
    ----------
    net : ReconstructionNet
        In eval mode.
    windows : Windows
        Of the grid.
    view : View
        What it sees.

    Returns
    -------
    mean, sigma : Tensor, shape (1, 1, lat, lon)
        In units of the residual [1].
    """
    found = _in_parts(
        lambda cut, expected: torch.cat(net.estimate(cut, expected), 1),
        windows.cut(view.condition),
        windows.cut(view.expected),
    )
    # Sigma is joined by its logarithm: a factor in one window is one in all.
    mean, sigma = found[:, :1], found[:, 1:].log()
    return windows.join(mean), windows.join(sigma).exp()


def _in_parts(apply: Callable[..., torch.Tensor], *given: torch.Tensor) -> torch.Tensor:
    parts = zip(*(each.split(AT_ONCE) for each in given), strict=True)
    return torch.cat([apply(*each) for each in parts])


def draw_residuals(
    net: ReconstructionNet,
    windows: Windows,
    view: View,
    estimate: tuple[torch.Tensor, torch.Tensor],
    *,
    scheduler: Any,
    noise: torch.Tensor,
    known: Known | None = None,
    hidden: torch.Tensor | None = None,
    keep: int = 0,
) -> Drawn:
    """Turn noise into residuals.

    At each step all windows are looked at and joined, so that a grid has no seam and its size no
    limit.

    Parameters
    ----------
    net, windows, view
        See `estimate_on_grid`.
    estimate : tuple of Tensor
        Of `estimate_on_grid`.
    scheduler : SchedulerMixin
        Of :func:`tropdsx.nn.diffusion.schedules.make_scheduler`, with its steps set.
    noise : Tensor, shape (members, 1, lat, lon)
        Where to start [1].
    known : Known, optional
        Residuals that are put back with fitting noise after each step.
    hidden : Tensor of bool, shape (lat, lon), optional
        Where the network sees noise alone, as while it learned from fields with gaps.
    keep : int, optional
        How many states to keep.

    Returns
    -------
    Drawn
    """
    members, wanted = len(noise), kept_steps(len(scheduler.timesteps), keep)
    cut = (windows.cut(view.condition), *(windows.cut(each) for each in estimate), view.film)
    times, states = scheduler.timesteps, []
    x = noise * float(scheduler.init_noise_sigma)
    for number, step in enumerate(times):
        shown = x if hidden is None else torch.where(hidden, noise, x)
        said = windows.join(_look(net, windows.cut(shown), step, cut, members))
        if number in wanted:
            states.append(_clean(scheduler, x, said, step))
        x = scheduler.step(said, step, x).prev_sample
        if known is not None:
            later = times[number + 1] if number + 1 < len(times) else None
            x = _put_back(x, known, scheduler, noise, later)
    if states:
        states[-1] = x
    return Drawn(x, states)


def _look(
    net: ReconstructionNet,
    noisy: torch.Tensor,
    step: torch.Tensor,
    cut: tuple[torch.Tensor, ...],
    members: int,
) -> torch.Tensor:
    """Look at all windows of all members, some at a time; members share what they are told."""
    found = []
    for rows in torch.arange(len(noisy)).split(AT_ONCE):
        condition, mean, sigma, film = (each[rows // members] for each in cut)
        at = step.expand(len(rows))
        found.append(net.look(noisy[rows], at, condition, (mean, sigma), film))
    return torch.cat(found)


def kept_steps(count: int, keep: int) -> set[int]:
    """Choose steps whose state is kept: evenly, and the last one.

    Parameters
    ----------
    count, keep : int
        Steps in all, and how many are kept.

    Returns
    -------
    set of int

    Examples
    --------
    >>> sorted(kept_steps(20, 4))
    [4, 9, 14, 19]
    """
    return {math.ceil((k + 1) * count / keep) - 1 for k in range(keep)}


def _clean(scheduler: Any, x: torch.Tensor, said: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
    """Residual that a step takes for the one behind the noise."""
    if scheduler.config.prediction_type == "sample":
        return said
    share = scheduler.alphas_cumprod[int(step)]
    return (x - (1 - share).sqrt() * said) / share.sqrt()


def _put_back(
    x: torch.Tensor,
    known: Known,
    scheduler: Any,
    noise: torch.Tensor,
    step: torch.Tensor | None,
) -> torch.Tensor:
    """Put known residuals back, with as much noise as the next step expects."""
    values = known.values
    if step is not None:
        share = scheduler.alphas_cumprod[int(step)]
        values = share.sqrt() * values + (1 - share).sqrt() * noise
    return torch.where(known.where, values, x)
