"""How members are drawn from a diffusion: what the caller may choose."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from tropdsx.errors import InputError
from tropdsx.nn.diffusion.schedules import SAMPLERS

__all__ = ["CALIBRATION", "CONSISTENCY", "MASKING", "Sampling", "spread_factor"]

CONSISTENCY = ("none", "replacement", "nudging")
MASKING = ("model", "complete", "ambient")
CALIBRATION = ("stations", "none")


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How members are drawn.

    Attributes
    ----------
    members : int, optional
        Size of the ensemble; 0 for the learned mean and its Gaussian sigma alone. By default 8 of
        a checkpoint with a diffusion, else 0.
    steps : int
        Steps from noise to a field.
    sampler : {"ddim", "dpm"}
        DDIM without noise, or the multistep solver of second order.
    return_members : bool
        Add ``ztd_member`` along ``realization``.
    return_intermediates : int
        Add ``ztd_denoising``: the mean over the members as so many steps saw it.
    consistency : {"none", "replacement", "nudging"}
        Whether members honour the stations: by putting what they observed, with noise, into each
        step; or by adding afterwards what optimal interpolation makes of the differences.
    masking : {"model", "complete", "ambient"}
        Whether all stations are seen, or each member sees those outside of a further mask, as the
        network did while it learned; "model" for what the checkpoint was trained with.
    calibration : {"stations", "none"}
        Whether the stations at hand, left out in turn, say how much of the network counts and how
        large its sigma is; "none" takes it as it is.
    seed : int
        Of the noise.

    Examples
    --------
    >>> Sampling(members=4).steps
    20
    >>> Sampling(sampler="euler")
    Traceback (most recent call last):
    ...
    tropdsx.errors.InputError: sampler 'euler' is unknown; accepted are ddim, dpm
    """

    members: int | None = None
    steps: int = 20
    sampler: str = "ddim"
    return_members: bool = False
    return_intermediates: int = 0
    consistency: str = "none"
    masking: str = "model"
    calibration: str = "stations"
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what is not accepted."""
        for name, accepted in (
            ("sampler", SAMPLERS),
            ("consistency", CONSISTENCY),
            ("masking", MASKING),
            ("calibration", CALIBRATION),
        ):
            if getattr(self, name) not in accepted:
                msg = f"{name} {getattr(self, name)!r} is unknown; accepted are "
                raise InputError(msg + ", ".join(accepted))
        least = {"members": 0, "steps": 1, "return_intermediates": 0, "seed": 0}
        for name, low in least.items():
            value = getattr(self, name)
            if value is not None and (not isinstance(value, int) or value < low):
                msg = f"{name} {value!r} found; accepted are whole numbers from {low}"
                raise InputError(msg)
        if self.members == 1:
            msg = "members 1 found; accepted are 2 or more, or 0 for the learned mean alone"
            raise InputError(msg)
        if self.return_intermediates > self.steps:
            msg = f"{self.return_intermediates} intermediates of {self.steps} steps: ask for fewer"
            raise InputError(msg)

    @classmethod
    def read(cls, given: dict[str, Any], method: str) -> Sampling | None:
        """Take the choices of a caller, who has none where the method draws nothing.

        Parameters
        ----------
        given : dict
            By name.
        method : str
            Of the reconstruction.

        Returns
        -------
        Sampling or None

        Raises
        ------
        InputError
            If a name is unknown, or the method has no use for it.

        Examples
        --------
        >>> Sampling.read({"members": 4}, "oi")
        Traceback (most recent call last):
        ...
        tropdsx.errors.InputError: method 'oi' has no members: leave that out, or take method \
'diffusion'
        """
        names = [each.name for each in fields(cls)]
        wrong = [name for name in given if name not in names]
        if wrong:
            msg = f"{', '.join(wrong)} is unknown; a diffusion accepts {', '.join(names)}"
            raise InputError(msg)
        if method == "diffusion":
            return cls(**given)
        if given:
            msg = f"method {method!r} has no {', '.join(given)}: leave that out, or take method "
            raise InputError(msg + "'diffusion'")
        return None

    def recorded(self) -> dict[str, Any]:
        """Return the choices for the provenance."""
        return asdict(self)


def spread_factor(members: int) -> float:
    """Factor by which pairs of opposite members are too far apart for their standard deviation.

    Parameters
    ----------
    members : int
        From 2 on.

    Returns
    -------
    float
        By which anomalies are multiplied, so that the square of the standard deviation (with one
        degree of freedom less) has the variance of the distribution as its mean [1].

    Notes
    -----
    Of M members in pairs the squares add up to M times the variance while their mean is zero, of
    which M - 1 are counted; an odd one adds its own share to the mean.

    Examples
    --------
    >>> round(spread_factor(8), 4), round(spread_factor(9), 4)
    (0.9354, 0.9487)
    """
    if members % 2:
        return (members / (members + 1)) ** 0.5
    return ((members - 1) / members) ** 0.5
