"""How fast noise covers a field: schedules in closed form, and the samplers that follow them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tropdsx.errors import InputError, how_to_install

__all__ = [
    "PREDICTIONS",
    "SAMPLERS",
    "SCHEDULES",
    "STEPS",
    "import_diffusers",
    "make_scheduler",
    "noise_rates",
    "signal_share",
]

SCHEDULES = ("cosine", "linear", "quadratic", "sigmoid")
SAMPLERS = ("ddim", "dpm")
PREDICTIONS = {"x0": "sample", "epsilon": "epsilon"}
#: Steps that a field takes to become noise while a network is trained.
STEPS = 1000
#: First and last rate of linear, quadratic and sigmoid; most of the cosine.
FIRST, LAST, MOST = 1e-4, 0.02, 0.999
#: Offset of the cosine, and how far the sigmoid is followed to both sides.
OFFSET, REACH = 0.008, 6.0


def import_diffusers() -> Any:
    """Load diffusers where it is needed.

    Returns
    -------
    module

    Raises
    ------
    InputError
        If it is not installed.
    """
    try:
        import diffusers
    except ImportError as error:
        msg = f"diffusion needs {error.name}: {how_to_install('diffusion')}"
        raise InputError(msg) from error
    return diffusers


def noise_rates(schedule: str, steps: int = STEPS) -> NDArray[np.float64]:
    """Share of the variance that each step replaces by noise.

    Parameters
    ----------
    schedule : {"cosine", "linear", "quadratic", "sigmoid"}
        Nichol and Dhariwal (2021), arXiv:2102.09672, equation 17; Ho et al. (2020),
        arXiv:2006.11239, and the square and the logistic function of the same ends.
    steps : int, default 1000
        How many.

    Returns
    -------
    ndarray, shape (steps,)
        [1]

    Raises
    ------
    InputError
        If the schedule is another word.

    Examples
    --------
    >>> noise_rates("linear", 3).round(5)
    array([0.0001 , 0.01005, 0.02   ])
    """
    if schedule == "cosine":
        place = np.arange(steps + 1) / steps
        left = np.cos((place + OFFSET) / (1 + OFFSET) * np.pi / 2) ** 2
        return np.asarray(np.minimum(1 - left[1:] / left[:-1], MOST), np.float64)
    if schedule == "linear":
        return np.linspace(FIRST, LAST, steps)
    if schedule == "quadratic":
        return np.asarray(np.linspace(FIRST**0.5, LAST**0.5, steps) ** 2, np.float64)
    if schedule == "sigmoid":
        logistic = 1 / (1 + np.exp(-np.linspace(-REACH, REACH, steps)))
        return np.asarray(FIRST + (LAST - FIRST) * logistic, np.float64)
    msg = f"schedule {schedule!r} is unknown; accepted are {', '.join(SCHEDULES)}"
    raise InputError(msg)


def signal_share(schedule: str, steps: int = STEPS) -> NDArray[np.float64]:
    """Share of the variance that is still signal after each step.

    Parameters
    ----------
    schedule, steps
        See `noise_rates`.

    Returns
    -------
    ndarray, shape (steps,)
        Falls from nearly 1 towards 0 [1].

    Examples
    --------
    >>> [float(signal_share("cosine")[k].round(3)) for k in (0, 499, 999)]
    [1.0, 0.494, 0.0]
    """
    return np.asarray(np.cumprod(1 - noise_rates(schedule, steps)), np.float64)


def make_scheduler(sampler: str, schedule: str, prediction: str, steps: int = STEPS) -> Any:
    """Make a scheduler of diffusers that follows a schedule; values are not clipped.

    Parameters
    ----------
    sampler : {"ddim", "dpm"}
        DDIMScheduler (without noise), or DPMSolverMultistepScheduler.
    schedule : str
        See `noise_rates`.
    prediction : {"x0", "epsilon"}
        What the network gives.
    steps : int, optional
        Steps of the sampler; all by default.

    Returns
    -------
    SchedulerMixin

    Raises
    ------
    InputError
        If a word is unknown, or diffusers is not installed.
    """
    for name, value, accepted in (
        ("sampler", sampler, SAMPLERS),
        ("prediction", prediction, tuple(PREDICTIONS)),
    ):
        if value not in accepted:
            msg = f"{name} {value!r} is unknown; accepted are {', '.join(accepted)}"
            raise InputError(msg)
    diffusers = import_diffusers()
    shared = {
        "num_train_timesteps": STEPS,
        "trained_betas": noise_rates(schedule).astype(np.float32),
        "prediction_type": PREDICTIONS[prediction],
    }
    if sampler == "ddim":
        made = diffusers.DDIMScheduler(
            **shared, clip_sample=False, set_alpha_to_one=True, timestep_spacing="trailing"
        )
    else:
        made = diffusers.DPMSolverMultistepScheduler(
            **shared, thresholding=False, timestep_spacing="trailing", final_sigmas_type="zero"
        )
    # Products of a thousand rates in float32 would lose the last digits of the share.
    made.alphas_cumprod = torch.from_numpy(signal_share(schedule)).float()
    with warnings.catch_warnings():
        # DPMSolverMultistepScheduler makes an array of a tensor as NumPy 1 did.
        warnings.filterwarnings("ignore", message="__array__ implementation")
        made.set_timesteps(steps)
    return made
