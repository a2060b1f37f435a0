"""Windows of backgrounds, stations and truth: what one step of a training sees."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from tropdsx.nn.diffusion.schedules import STEPS
from tropdsx.workflows.reconstruct.diffusion.condition import (
    CHANNELS,
    FLIPPED,
    condition_of,
    film_of,
)
from tropdsx.workflows.reconstruct.diffusion.scene import Scene, Setting
from tropdsx.workflows.reconstruct.diffusion.statistics import Statistics
from tropdsx.workflows.train.diffusion.lessons import Lessons
from tropdsx.workflows.train.diffusion.options import DiffusionOptions

__all__ = ["LessonWindows", "Sample", "Where", "cut_setting", "validation_windows"]


#: Share of the windows of an ambient mean that are not told what is hidden from them.
COMPLETE = 0.5
#: No node counts for more than one over this share of the epochs.
SELDOM = 0.1


class Where(NamedTuple):
    """Which window.

    Attributes
    ----------
    phase, epoch, number : int
        Lessons, their epoch and their set of stations.
    row, column : int
        First ones; columns go on beyond the last where they close round the globe.
    flip : bool
        Whether north and south are exchanged.

    Examples
    --------
    >>> Where(0, 0, 3, 10, 130, False).number
    3
    """

    phase: int
    epoch: int
    number: int
    row: int
    column: int
    flip: bool


class Sample(NamedTuple):
    """A window, normalised.

    Attributes
    ----------
    condition : Tensor, shape (C, h, w)
        What the network sees.
    expected : Tensor, shape (1, h, w)
        Error expected beforehand.
    truth : Tensor, shape (1, h, w)
        What optimal interpolation lacks, NaN where it is not known.
    weight : Tensor, shape (2, h, w)
        Area times the square of the scale, and area.
    film : Tensor, shape (8,)
        Place and season.
    noise : Tensor, shape (2, h, w)
        To diffuse with, and what stands for an unknown truth.
    step : Tensor of int
        How much noise.

    Examples
    --------
    >>> Sample(*(torch.zeros(1),) * 7).step.item()
    0.0
    """

    condition: torch.Tensor
    expected: torch.Tensor
    truth: torch.Tensor
    weight: torch.Tensor
    film: torch.Tensor
    noise: torch.Tensor
    step: torch.Tensor


def cut_setting(setting: Setting, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Setting:
    """Take a window of a setting.

    Parameters
    ----------
    setting : Setting
        Of the whole grid.
    rows, columns : ndarray of int
        Which.

    Returns
    -------
    Setting
        Its longitudes go on where the window crosses the date line.
    """
    at = np.ix_(rows, columns)
    return Setting(
        setting.lat[rows],
        np.unwrap(setting.lon[columns], period=360.0),
        *(getattr(setting, name)[at] for name in ("orography", "lifted", "closeness", "scale")),
    )


class LessonWindows(Dataset):
    """Windows by their number: the same number always gives the same window.

    Parameters
    ----------
    lessons : list of Lessons
        Fields and stations, of each phase of the thinning.
    statistics : Statistics
        Of the training.
    options : DiffusionOptions
        window, flip, objective, seed.
    chosen : list of Where, optional
        Windows to validate on; by default they are drawn by chance.
    """

    def __init__(
        self,
        lessons: list[Lessons],
        statistics: Statistics,
        options: DiffusionOptions,
        chosen: list[Where] | None = None,
    ) -> None:
        self.lessons, self.statistics, self.options = lessons, statistics, options
        self.chosen = chosen
        ambient = options.objective == "ambient"
        self._area = [_area_of(each) if ambient else each.area for each in lessons]

    def __len__(self) -> int:
        return 2**31 if self.chosen is None else len(self.chosen)

    def __getitem__(self, number: int) -> Sample:
        kind = 0 if self.chosen is None else 1
        rng = np.random.default_rng([self.options.seed, kind, number])
        where = self.place(rng) if self.chosen is None else self.chosen[number]
        return self._sample(where, rng)

    def place(self, rng: np.random.Generator) -> Where:
        """Draw a window by chance.

        Parameters
        ----------
        rng : Generator
            Random numbers.

        Returns
        -------
        Where
        """
        phase = int(rng.integers(len(self.lessons)))
        lessons, size = self.lessons[phase], self.options.window
        (rows, columns), wrap = lessons.setting.shape, lessons.setting.wrap
        return Where(
            phase,
            int(rng.integers(len(lessons.times))),
            int(rng.integers(len(lessons.sets))),
            int(rng.integers(max(rows - size, 0) + 1)),
            int(rng.integers(columns if wrap else max(columns - size, 0) + 1)),
            bool(self.options.flip and rng.random() < 0.5),
        )

    def _told(
        self, scene: Scene, there: NDArray[np.bool_], rng: np.random.Generator
    ) -> NDArray[np.bool_]:
        """Tell what is hidden: to a mean in every other window, for at work nothing is."""
        if self.options.part == "mean" and rng.random() < COMPLETE:
            return np.isfinite(scene.zwd)
        return scene.known & there

    def _sample(self, where: Where, rng: np.random.Generator) -> Sample:
        lessons, size = self.lessons[where.phase], self.options.window
        shape = lessons.setting.shape
        rows = np.arange(where.row, where.row + min(size, shape[0]))
        columns = np.arange(where.column, where.column + min(size, shape[1])) % shape[1]
        at = np.ix_(rows, columns)
        setting = cut_setting(lessons.setting, rows, columns)
        whole = lessons.scene(where.epoch, where.number)
        zwd, increment, sigma, residual = (field[at] for field in whole[:4])
        scene = Scene(zwd, increment, sigma, residual, whole.known[at])
        truth = lessons.truth(where.epoch, where.number)[at]
        if self.options.objective == "ambient":
            scene = scene._replace(known=self._told(scene, np.isfinite(truth), rng))
        time, unit = lessons.times[where.epoch], self.statistics.residual
        area = self._area[where.phase][at]
        fields = [
            condition_of(setting, self.statistics, scene, time),
            (scene.sigma / unit)[None],
            ((truth - scene.increment) / unit)[None],
            np.stack([area * setting.scale**2, area]),
            rng.standard_normal((2, *truth.shape)),
        ]
        film = film_of(setting.lat, setting.lon, float(setting.orography.mean()), time)
        if where.flip:
            fields = [field[:, ::-1] for field in fields]
            fields[0] = _exchange_hemispheres(fields[0])
            film = film * np.array([1, 1, -1, 1, -1, -1, 1, 1], np.float32)
        tensors = [torch.from_numpy(np.array(field, np.float32)) for field in fields]
        step = torch.tensor(int(rng.integers(STEPS)))
        condition, expected, wanted, weight, noise = tensors
        return Sample(condition, expected, wanted, weight, torch.from_numpy(film), noise, step)


def _area_of(lessons: Lessons) -> NDArray[np.float64]:
    """Area of each node over how often its truth is known: the seldom ones count for the others.

    Nodes of the coarse grid have no gaps; without this they would count for more than they are.
    """
    known = np.isfinite(lessons.residual).mean(axis=0)
    return np.asarray(lessons.area / np.maximum(known, SELDOM))


def _exchange_hemispheres(condition: NDArray[np.float32]) -> NDArray[np.float32]:
    """Latitudes change their sign, and seasons are half a year apart."""
    sign = np.array([-1.0 if name in FLIPPED else 1.0 for name in CHANNELS], np.float32)
    return condition * sign[:, None, None]


def validation_windows(lessons: Lessons, options: DiffusionOptions, most: int = 96) -> list[Where]:
    """Choose windows all over the globe, epochs and sets, always the same ones.

    Parameters
    ----------
    lessons : Lessons
        Of the validation.
    options : DiffusionOptions
        window.
    most : int, default 96
        How many.

    Returns
    -------
    list of Where
    """
    still = replace(options, flip=False)
    drawn = LessonWindows([lessons], Statistics(1, 0, 1, 0, 1, 1), still)
    return [drawn.place(np.random.default_rng([0, number])) for number in range(most)]
