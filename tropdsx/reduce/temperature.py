"""Near-surface temperatures beside the climatology: is this the air 2 m above the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tropdsx.atmos.constants import STANDARD_LAPSE_RATE
from tropdsx.reduce.climatology import at_epochs, tables_at
from tropdsx.reduce.hypsometric import INVERSION_SHARE, INVERSION_TEMPERATURE

__all__ = ["TemperatureCheck"]

#: What real temperatures differ from the climatology at most, over the globe: mean and scatter [K].
#: GFS and CFS: 1.4 and 3.3 K. The 850 hPa level: -6.3 K.
_MEAN, _SCATTER = 5.0, 7.5
#: The same in a box of 20 x 30 deg, of which 64 make a globe [K]; GFS: 10 and 7 K.
_MEAN_OF_A_BOX, _SCATTER_OF_A_BOX, _BOX = 18.0, 12.0, 600.0
#: Nodes looked at along each axis.
_MOST = 90


@dataclass(frozen=True, eq=False)
class TemperatureCheck:
    """Hold the temperatures of an epoch against the shipped monthly climatology.

    Attributes
    ----------
    lat, lon : ndarray, shape (J,) and (I,)
        Axes [deg].

    Examples
    --------
    >>> lat, lon = np.arange(85.0, -90.0, -10.0), np.arange(5.0, 360.0, 10.0)
    >>> when, flat = np.datetime64("2021-07-01"), np.zeros((18, 36))
    >>> monthly, _ = tables_at(tuple(lat), tuple(lon))
    >>> check = TemperatureCheck(lat, lon)
    >>> check(monthly[6], flat, when), check(monthly[6] - 30.0, flat, when)
    ('', '26 K colder than the climatology')
    """

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]

    def __call__(
        self,
        temperature: NDArray[np.floating],
        height: NDArray[np.floating],
        time: np.datetime64,
    ) -> str:
        """Check one epoch.

        Parameters
        ----------
        temperature : ndarray, shape (J, I)
            Of the air near the ground [K].
        height : ndarray, shape (J, I)
            Heights of the ground [m].
        time : datetime64
            Epoch in UTC; NaT is compared with the mean of the year.

        Returns
        -------
        str
            What is strange; empty where nothing is.
        """
        rows, columns = (max(1, axis.size // _MOST) for axis in (self.lat, self.lon))
        part = np.s_[::rows, ::columns]
        lat, lon = self.lat[::rows].astype(float), self.lon[::columns].astype(float)
        monthly, _ = tables_at(tuple(lat), tuple(lon))
        usual = at_epochs(monthly, np.array([time], "datetime64[ns]"))[0]
        found = temperature[part] + STANDARD_LAPSE_RATE * height[part]
        # The climatology, too, has half of the inversion over cold ground taken out.
        found = found + INVERSION_SHARE * np.maximum(0.0, INVERSION_TEMPERATURE - found)
        off = found - usual
        known = np.isfinite(off)
        if not known.any():
            return ""
        area = np.broadcast_to(np.cos(np.deg2rad(lat))[:, None], off.shape)[known] + 1e-6
        mean = float(np.average(off[known], weights=area))
        scatter = float(np.sqrt(np.average((off[known] - mean) ** 2, weights=area)))
        boxes = max(1.0, np.ptp(self.lat) * np.ptp(self.lon) / _BOX)
        if abs(mean) > max(_MEAN, _MEAN_OF_A_BOX / np.sqrt(boxes)):
            return f"{abs(mean):.0f} K {'warmer' if mean > 0 else 'colder'} than the climatology"
        if scatter > max(_SCATTER, _SCATTER_OF_A_BOX / boxes**0.25):
            return f"{scatter:.0f} K rms off the climatology"
        return ""
