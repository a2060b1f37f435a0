"""Factors on the corrections: by spacing and latitude, and by season."""

from __future__ import annotations

import torch

__all__ = ["is_informed", "trust_by_season", "trust_by_spacing", "zonal_wet"]

# Places in `tropdsx.predict.channels.CHANNELS`.
WET_MEAN, WET_LOG_MEAN, SIN_LAT, LOG_STEP = 2, 3, 8, 18
#: Those that tell whether the epochs before and after are there.
PRESENCE = slice(16, 18)

#: One channel is the logarithm of the spacing over this one [deg].
USUAL_STEP = 5.0
#: Spacings of the trust table [deg].
GAIN_DEGREES = (2.0, 3.0, 4.2)
#: Latitude bands of the trust table, from north to south.
GAIN_BANDS = 18
#: Bands of 10 deg in which the zonal mean of ZWD is known, both hemispheres together.
WET_BANDS = 9
#: A zonal mean of ZWD that none exceeds: every season counts as seen [m].
ANY_WET = 1e3


def is_informed(channels: torch.Tensor) -> torch.Tensor:
    """Tell which epochs have neighbours.

    Parameters
    ----------
    channels : Tensor, shape (N, C, lat, lon)
        Node channels.

    Returns
    -------
    Tensor of bool, shape (N,)
        True where an epoch before or after is there.

    Examples
    --------
    >>> channels = torch.zeros(2, 19, 2, 4)
    >>> channels[1, PRESENCE] = 1.0
    >>> is_informed(channels).tolist()
    [False, True]
    """
    return channels[:, PRESENCE].amax((1, 2, 3)) > 0


def trust_by_spacing(
    channels: torch.Tensor, gain: torch.Tensor, degrees: torch.Tensor
) -> torch.Tensor:
    """Take the factors on the corrections out of a table, bilinear in spacing and latitude.

    Parameters
    ----------
    channels : Tensor, shape (N, C, lat, lon)
        Node channels.
    gain : Tensor, shape (2, spacings, bands)
        Table of factors, from north to south [1].
    degrees : Tensor, shape (spacings,)
        Its spacings [deg].

    Returns
    -------
    Tensor, shape (N, 2, lat)
        In the order zhd, zwd [1].

    Examples
    --------
    >>> channels = torch.zeros(1, 19, 2, 4)  # two rows at the equator, nodes 5 deg apart
    >>> gain = torch.stack([torch.full((3, 18), 0.8), torch.ones(3, 18)])
    >>> trust_by_spacing(channels, gain, torch.tensor(GAIN_DEGREES)).tolist()
    [[[0.800000011920929, 0.800000011920929], [1.0, 1.0]]]
    """
    step = USUAL_STEP * channels[:, LOG_STEP, 0, 0].exp()
    high = torch.bucketize(step, degrees).clamp(1, len(degrees) - 1)
    low = high - 1
    part = ((step - degrees[low]) / (degrees[high] - degrees[low])).clamp(0, 1)
    table = gain[:, low] * (1 - part[:, None]) + gain[:, high] * part[:, None]
    lat = torch.rad2deg(torch.arcsin(channels[:, SIN_LAT, :, 0].clamp(-1, 1)))
    band, rest = _find_band((90 - lat) * (GAIN_BANDS / 180), GAIN_BANDS)
    sample = torch.arange(len(channels), device=channels.device)[:, None]
    factor = table[:, sample, band] * (1 - rest) + table[:, sample, band + 1] * rest
    return factor.transpose(0, 1)


def trust_by_season(
    channels: torch.Tensor, slope_trust: torch.Tensor, wet_seen: torch.Tensor
) -> torch.Tensor:
    """Find how far the height functions hold in the season of an epoch.

    How a delay falls with height has a season, and season is no input of the network; but the zonal
    mean of ZWD tells it. Up to the mean that training saw, the factor is `slope_trust`; that of ZHD
    falls to zero at one and a half times that mean.

    Parameters
    ----------
    channels : Tensor, shape (N, C, lat, lon)
        Node channels.
    slope_trust : Tensor, shape (2,)
        Factors of zhd and zwd in seasons that training saw [1].
    wet_seen : Tensor, shape (9,)
        Zonal mean of ZWD at h = 0 that training saw, by distance from the equator [m].

    Returns
    -------
    Tensor, shape (N, 2, lat)
        The factors, zhd before zwd [1].

    Examples
    --------
    >>> channels = torch.zeros(1, 19, 2, 4)
    >>> channels[:, SIN_LAT] = torch.tensor([0.9, 0.1])[:, None]
    >>> channels[:, WET_MEAN], channels[:, WET_LOG_MEAN] = 0.0, 0.1  # 0.1 m of ZWD everywhere
    >>> trust_by_season(channels, torch.tensor([0.5, 1.0]), torch.full((9,), 0.08)).tolist()
    [[[0.25, 0.25], [1.0, 1.0]]]
    """
    bands = torch.rad2deg(torch.arcsin(channels[:, SIN_LAT, :, 0].abs().clamp(max=1)))
    band, rest = _find_band(bands / 10, WET_BANDS)
    seen = wet_seen[band] * (1 - rest) + wet_seen[band + 1] * rest
    beyond = zonal_wet(channels) / seen - 1
    known = channels[:, WET_LOG_MEAN].abs().amax((1, 2)) > 0  # ZWD is there
    familiar = torch.where(known[:, None], (1 - 2 * beyond).clamp(0, 1), 1.0)
    return torch.stack([familiar, torch.ones_like(familiar)], 1) * slope_trust[:, None]


def zonal_wet(channels: torch.Tensor) -> torch.Tensor:
    """Zonal mean of ZWD at h = 0 in each row of node channels.

    Parameters
    ----------
    channels : Tensor, shape (N, C, lat, lon)
        Node channels.

    Returns
    -------
    Tensor, shape (N, lat)
        The mean [m].

    Examples
    --------
    >>> round(float(zonal_wet(torch.zeros(1, 19, 1, 4))[0, 0]), 3)
    0.1
    """
    return (channels[:, WET_MEAN].mean(-1) + 0.5) * 0.2


def _find_band(position: torch.Tensor, bands: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Find the band below a position and the rest to the one above; both count from an edge."""
    place = (position - 0.5).clamp(0, bands - 1)
    band = place.floor().long().clamp(max=bands - 2)
    return band, place - band
