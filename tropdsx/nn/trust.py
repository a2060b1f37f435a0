"""How much of a correction to believe: by spacing and latitude, and by season."""

from __future__ import annotations

import torch

__all__ = ["by_season", "by_spacing", "zonal_wet"]

# Places in nodes.CHANNELS; the spacing whose logarithm is one of them [degrees].
WET_MEAN, WET_LOG_MEAN, SIN_LAT, LOG_STEP, USUAL_STEP = 2, 3, 8, 18, 5.0

GAIN_DEGREES, GAIN_BANDS = (2.0, 3.0, 4.2), 18
WET_BANDS, ANY_WET = 9, 1e3  # of 10 degrees, both hemispheres together; no limit [m]


def by_spacing(channels: torch.Tensor, gain: torch.Tensor, degrees: torch.Tensor) -> torch.Tensor:
    """Take the factors on the corrections out of a table, bilinear.

    Parameters
    ----------
    channels : torch.Tensor
        Node channels, (N, C, lat, lon). [1]
    gain : torch.Tensor
        Table, (2, spacings, bands), from north to south. [1]
    degrees : torch.Tensor
        Its spacings, (spacings,). [degrees]

    Returns
    -------
    torch.Tensor
        (N, 2, lat), in the order zhd, zwd. [1]
    """
    step = USUAL_STEP * channels[:, LOG_STEP, 0, 0].exp()
    high = torch.bucketize(step, degrees).clamp(1, len(degrees) - 1)
    low = high - 1
    part = ((step - degrees[low]) / (degrees[high] - degrees[low])).clamp(0, 1)
    table = gain[:, low] * (1 - part[:, None]) + gain[:, high] * part[:, None]
    lat = torch.rad2deg(torch.arcsin(channels[:, SIN_LAT, :, 0].clamp(-1, 1)))
    band, rest = _place((90 - lat) * (GAIN_BANDS / 180), GAIN_BANDS)
    sample = torch.arange(len(channels), device=channels.device)[:, None]
    factor = table[:, sample, band] * (1 - rest) + table[:, sample, band + 1] * rest
    return factor.transpose(0, 1)


def by_season(
    channels: torch.Tensor, slope_trust: torch.Tensor, wet_seen: torch.Tensor
) -> torch.Tensor:
    """Say how far the height functions hold in the season of an epoch.

    How a delay falls with height has a season, and season is no input of the network; but the zonal
    mean of ZWD tells it. Up to the mean that training saw, the factor is `slope_trust`; that of ZHD
    falls to zero at one and a half times that mean.

    Parameters
    ----------
    channels : torch.Tensor
        Node channels, (N, C, lat, lon). [1]
    slope_trust : torch.Tensor
        Factors of zhd and zwd, (2,). [1]
    wet_seen : torch.Tensor
        Zonal mean of ZWD at h = 0 that training saw, by distance from the equator, (9,). [m]

    Returns
    -------
    torch.Tensor
        (N, 2, lat). [1]

    Examples
    --------
    >>> channels = torch.zeros(1, 19, 2, 4)
    >>> channels[:, SIN_LAT] = torch.tensor([0.9, 0.1])[:, None]
    >>> channels[:, WET_MEAN], channels[:, WET_LOG_MEAN] = 0.0, 0.1  # 0.1 m of ZWD everywhere
    >>> by_season(channels, torch.tensor([0.5, 1.0]), torch.full((9,), 0.08)).tolist()
    [[[0.25, 0.25], [1.0, 1.0]]]
    """
    bands = torch.rad2deg(torch.arcsin(channels[:, SIN_LAT, :, 0].abs().clamp(max=1)))
    band, rest = _place(bands / 10, WET_BANDS)
    seen = wet_seen[band] * (1 - rest) + wet_seen[band + 1] * rest
    beyond = zonal_wet(channels) / seen - 1
    known = channels[:, WET_LOG_MEAN].abs().amax((1, 2)) > 0  # ZWD is there
    familiar = torch.where(known[:, None], (1 - 2 * beyond).clamp(0, 1), 1.0)
    return torch.stack([familiar, torch.ones_like(familiar)], 1) * slope_trust[:, None]


def zonal_wet(channels: torch.Tensor) -> torch.Tensor:
    """Zonal mean of ZWD at h = 0 in each row of node channels, (N, lat) [m]."""
    return (channels[:, WET_MEAN].mean(-1) + 0.5) * 0.2


def _place(position: torch.Tensor, bands: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Band below a position and the rest to the one above; positions count from an edge."""
    place = (position - 0.5).clamp(0, bands - 1)
    band = place.floor().long().clamp(max=bands - 2)
    return band, place - band
