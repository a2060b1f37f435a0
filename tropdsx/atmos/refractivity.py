"""Refractivity of moist air, split into hydrostatic and wet, or into dry air and vapour."""

from __future__ import annotations

from typing import NamedTuple

from numpy.typing import ArrayLike

from tropdsx.atmos.arrays import FloatArray, as_floats
from tropdsx.atmos.constants import MOLAR_MASS_RATIO
from tropdsx.errors import DomainError


class RefractivityCoefficients(NamedTuple):
    """Constants of N = k1 pd/T + k2 e/T + k3 e/T^2.

    Attributes
    ----------
    k1 : float
        Dry air [K hPa-1].
    k2 : float
        Water vapour [K hPa-1].
    k3 : float
        Dipole moment of water vapour [K2 hPa-1].

    Examples
    --------
    >>> round(COEFFICIENTS["bevis"].k2_prime, 2)
    22.13
    """

    k1: float
    k2: float
    k3: float

    @property
    def k2_prime(self) -> float:
        """k2 - k1 Mw/Md [K hPa-1], which goes with the total density instead of the dry one."""
        return self.k2 - self.k1 * MOLAR_MASS_RATIO


COEFFICIENTS = {
    # Bevis et al. (1994), table 1, doi:10.1175/1520-0450(1994)033<0379:GMZWDO>2.0.CO;2
    "bevis": RefractivityCoefficients(77.60, 70.4, 373900.0),
    # Rueger (2002), best average, XXII FIG Congress, Washington
    "rueger": RefractivityCoefficients(77.6890, 71.2952, 375463.0),
    # Thayer (1974), doi:10.1029/RS009i010p00803, without compressibility
    "thayer": RefractivityCoefficients(77.604, 64.79, 377600.0),
}
"""Named sets of published constants."""


class Refractivity(NamedTuple):
    """Refractivity and its two splits: total = hydrostatic + wet = dry + vapour.

    Attributes
    ----------
    total : ndarray
        All of it [1e-6].
    hydrostatic : ndarray
        k1 times the total density: integrates to the zenith hydrostatic delay [1e-6].
    wet : ndarray
        The rest, with k2': integrates to the zenith wet delay [1e-6].
    dry : ndarray
        k1 times the partial pressure of dry air [1e-6].
    vapour : ndarray
        All of water vapour, with k2; 2 % more than `wet` [1e-6].

    Examples
    --------
    >>> n = refractivity(1013.25, 288.15, 10.0)
    >>> bool(abs(n.hydrostatic + n.wet - (n.dry + n.vapour)) < 1e-9)
    True
    """

    total: FloatArray
    hydrostatic: FloatArray
    wet: FloatArray
    dry: FloatArray
    vapour: FloatArray


def refractivity(
    pressure: ArrayLike,
    temperature: ArrayLike,
    water_vapour_pressure: ArrayLike,
    coefficients: str | RefractivityCoefficients = "bevis",
) -> Refractivity:
    """Refractivity of moist air, split both ways.

    dry = k1 (p - e) / T; vapour = k2 e / T + k3 e / T^2;
    hydrostatic = k1 (p - e + e Mw/Md) / T; wet = (k2 - k1 Mw/Md) e / T + k3 e / T^2.

    Parameters
    ----------
    pressure : array_like
        Total air pressure, any shape [hPa].
    temperature : array_like
        Temperature, broadcast [K].
    water_vapour_pressure : array_like
        Water vapour pressure, broadcast [hPa].
    coefficients : {"bevis", "rueger", "thayer"} or RefractivityCoefficients, optional
        Published constants by name, or your own.

    Returns
    -------
    Refractivity
        `total`, `hydrostatic`, `wet`, `dry`, `vapour`, each in the broadcast shape [1e-6].

    Raises
    ------
    DomainError
        If `coefficients` is another word.

    Notes
    -----
    Davis et al. (1985), eq. A2-A8, doi:10.1029/RS020i006p01593. Delays are hydrostatic + wet; to
    add `vapour` to `hydrostatic` counts 2 % of the wet delay twice. Thayer's constants are used
    with compressibility 1 (below 0.05 %).

    Examples
    --------
    >>> n = refractivity(1013.25, 288.15, 10.0)
    >>> round(float(n.hydrostatic), 2), round(float(n.wet), 2)
    (271.85, 45.8)
    """
    k = refractivity_coefficients(coefficients)
    p, t, e = as_floats(pressure, temperature, water_vapour_pressure)
    dry = k.k1 * (p - e) / t
    vapour = k.k2 * e / t + k.k3 * e / t**2
    hydrostatic = dry + k.k1 * MOLAR_MASS_RATIO * e / t
    wet = wet_refractivity(t, e, k)
    return Refractivity(dry + vapour, hydrostatic, wet, dry, vapour)


def wet_refractivity(
    temperature: ArrayLike,
    water_vapour_pressure: ArrayLike,
    coefficients: str | RefractivityCoefficients = "bevis",
) -> FloatArray:
    """Wet refractivity alone: what `refractivity` gives, at a quarter of its cost.

    wet = (k2 - k1 Mw/Md + k3 / T) e / T.

    Parameters
    ----------
    temperature, water_vapour_pressure, coefficients
        As for `refractivity`, which raises the same error and has the source.

    Returns
    -------
    ndarray
        Integrates to the zenith wet delay [1e-6].

    Examples
    --------
    >>> round(float(wet_refractivity(288.15, 10.0)), 2)
    45.8
    """
    k = refractivity_coefficients(coefficients)
    t, e = as_floats(temperature, water_vapour_pressure)
    return (k.k2_prime + k.k3 / t) * (e / t)


def refractivity_coefficients(
    chosen: str | RefractivityCoefficients,
) -> RefractivityCoefficients:
    """Look up named constants; a set of constants is returned as it is.

    Parameters
    ----------
    chosen : {"bevis", "rueger", "thayer"} or RefractivityCoefficients
        Name of a published set, or a set.

    Returns
    -------
    RefractivityCoefficients
        The constants.

    Raises
    ------
    DomainError
        If `chosen` is another word.

    Examples
    --------
    >>> refractivity_coefficients("thayer").k1
    77.604
    """
    if isinstance(chosen, RefractivityCoefficients):
        return chosen
    if chosen not in COEFFICIENTS:
        msg = (
            f"coefficients={chosen!r} found; accepted are {', '.join(COEFFICIENTS)} or a "
            "RefractivityCoefficients(k1, k2, k3)."
        )
        raise DomainError(msg)
    return COEFFICIENTS[chosen]
