"""The atmosphere on the accessors: total delay, precipitable water, mapping, slant, integration."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

import xarray as xr

from tropdsx.cf.quantified import without_pint
from tropdsx.workflows.derive.slant import mapping_functions, slant_delay
from tropdsx.workflows.derive.total import total_delay
from tropdsx.workflows.derive.water import precipitable_water
from tropdsx.workflows.derive.zenith import zenith_delays

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["ArrayAccessor", "AtmosphereMethods"]


class AtmosphereMethods:
    """What ``ds.tropds`` does with one atmosphere at a time; nothing is computed for dask arrays.

    Places may be a grid in any orientation, stations, or one place; dimensions may have any names
    and order.

    Attributes
    ----------
    _ds : Dataset
        Delays or levels of a weather model; set by the accessor that takes these methods.
    """

    _ds: xr.Dataset

    def ztd(self) -> xr.DataArray:
        """Add hydrostatic and wet delay: :func:`tropdsx.workflows.derive.total.total_delay`.

        Returns
        -------
        DataArray
            ``ztd`` [m].

        Examples
        --------
        >>> import xarray as xr, tropdsx
        >>> metres = {"units": "m"}
        >>> ds = xr.Dataset({"zhd": ((), 2.3, metres), "zwd": ((), 20.0, {"units": "cm"})})
        >>> float(ds.tropds.ztd())
        2.5
        """
        return total_delay(self._ds)

    def pwv(
        self,
        mean_temperature: float | str | xr.DataArray | None = None,
        *,
        grid: str | PathLike[str] | None = None,
        coefficients: Any = "rueger",
    ) -> xr.DataArray:
        """Precipitable water vapour from the wet delay.

        Parameters
        ----------
        mean_temperature, grid, coefficients
            See :func:`tropdsx.workflows.derive.water.precipitable_water`, which also says what is
            raised.

        Returns
        -------
        DataArray
            ``pwv`` [kg m-2, which is mm of liquid water].

        Examples
        --------
        >>> import xarray as xr, tropdsx
        >>> zwd, t2m = ((), 150.0, {"units": "mm"}), ((), 288.2, {"units": "K"})
        >>> ds = xr.Dataset({"zwd": zwd, "t2m": t2m})
        >>> round(float(ds.tropds.pwv()), 1)  # Tm = 70.2 + 0.72 t2m (Bevis et al. 1992)
        23.6
        """
        return precipitable_water(self._ds, mean_temperature, grid=grid, coefficients=coefficients)

    def mapping(
        self,
        elevation: float | ArrayLike | xr.DataArray,
        *,
        which: str = "vmf3",
        height: float | str | xr.DataArray | None = "auto",
    ) -> xr.Dataset:
        """Evaluate the mapping functions at an elevation.

        Parameters
        ----------
        elevation : float, array_like or DataArray
            One, several (a new dimension), or one for each value by dimension names [deg].
        which : {"vmf3", "vmf1", "gmf", "niell"}
            The first two need ``ah`` and ``aw``.
        height : "auto", None, float or DataArray
            Ellipsoidal height of the height correction: that of the Dataset, none, or given [m].

        Returns
        -------
        Dataset
            ``mfh``, ``mfw`` [1].

        Raises
        ------
        DomainError, GridError, UnitsError
            See :func:`tropdsx.workflows.derive.slant.mapping_functions`.
        """
        return mapping_functions(self._ds, elevation, which=which, height=height)

    def slant(
        self,
        elevation: float | ArrayLike | xr.DataArray,
        azimuth: float | ArrayLike | xr.DataArray | None = None,
        *,
        which: str = "vmf3",
        height: float | str | xr.DataArray | None = "auto",
    ) -> xr.DataArray:
        """Slant delay at an elevation and, with gradients, an azimuth.

        Parameters
        ----------
        elevation, azimuth : float, array_like or DataArray
            Several of both go together [deg].
        which, height
            As in :meth:`mapping`.

        Returns
        -------
        DataArray
            ``slant_delay`` [m].

        Raises
        ------
        DomainError, GridError, UnitsError
            See :func:`tropdsx.workflows.derive.slant.slant_delay`.
        """
        return slant_delay(self._ds, elevation, azimuth, which=which, height=height)

    def zenith_delays(
        self, height: Any = None, *, ladder: ArrayLike | None = None, **options: Any
    ) -> xr.Dataset:
        """Integrate zenith delays from the levels of a weather model, or its column of vapour.

        Parameters
        ----------
        height : float, path, Dataset or DataArray, optional
            Heights wanted; default: the model's ground [m, ellipsoidal].
        ladder : array_like, optional
            Several heights for every place: a new dimension ``height`` [m, ellipsoidal].
        **options
            ``orography``, ``humidity``, ``coefficients``, ``geoid``, ``ztd``, ``mean_temperature``;
            see :func:`tropdsx.zenith_delays`, which also says what is raised.

        Returns
        -------
        Dataset
            ``zhd``, ``zwd`` [m] with ``orography`` or ``height`` as coordinate.
        """
        return zenith_delays(self._ds, height, ladder=ladder, **options)


class ArrayAccessor:
    """``da.tropds``: what can be had from one field.

    Parameters
    ----------
    da : DataArray
        A zenith wet delay.

    Examples
    --------
    >>> import xarray as xr, tropdsx
    >>> zwd = xr.DataArray(0.15, name="zwd", attrs={"units": "m"})
    >>> round(float(zwd.tropds.pwv(280.0)), 2)
    23.83
    """

    def __init__(self, da: xr.DataArray) -> None:
        self._da = without_pint(da)

    def pwv(
        self,
        mean_temperature: float | str | xr.DataArray | None = None,
        *,
        grid: str | PathLike[str] | None = None,
        coefficients: Any = "rueger",
    ) -> xr.DataArray:
        """Precipitable water vapour from this wet delay.

        Parameters
        ----------
        mean_temperature, grid, coefficients
            As in :meth:`AtmosphereMethods.pwv`; temperatures may be coordinates.

        Returns
        -------
        DataArray
            ``pwv`` [kg m-2, which is mm of liquid water].
        """
        return precipitable_water(self._da, mean_temperature, grid=grid, coefficients=coefficients)

    def __repr__(self) -> str:
        """One line for the terminal."""
        return f"<tropds: {self._da.name or 'unnamed'}, methods: pwv>"
