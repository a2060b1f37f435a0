"""``ds.tropds``: what goes to other programs; each method is one call."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["ExchangeMethods"]


class ExchangeMethods:
    """Delays at stations, and files of other programs: the part of ``ds.tropds`` that leaves home.

    Attributes
    ----------
    _ds : Dataset
        The caller's data.
    """

    _ds: xr.Dataset

    def at_stations(self, stations: Any, **options: Any) -> xr.Dataset:
        """Find the delays at stations, at their own heights.

        Parameters
        ----------
        stations : str, Path, Dataset, DataFrame or mapping
            A table or SINEX file, or names, latitudes, longitudes and heights.
        **options
            ``times``, ``method``, ``model``, ``height_model``, ``interpolation``,
            ``coarse_orography``, ``heights``, ``station_heights``, ``device``, ``sigma``,
            ``elevation``, ``azimuth``, ``progress``: see :func:`tropdsx.at_stations`, which also
            says what is raised.

        Returns
        -------
        Dataset
            ``zhd``, ``zwd``, ``ztd`` (time, station) [m] with ``lat``, ``lon`` and ``height``.

        Examples
        --------
        >>> import numpy as np, xarray as xr, tropdsx
        >>> axes = {"lat": [50.0, 45.0], "lon": [10.0, 15.0]}
        >>> ds = xr.Dataset({"zwd": (("lat", "lon"), np.full((2, 2), 0.2), {"units": "m"})}, axes)
        >>> ds = ds.assign(orography=xr.zeros_like(ds.zwd))
        >>> ds = ds.assign_coords(time=np.datetime64("2021-07-01", "ns"))
        >>> place = {"station": ["WTZR"], "lat": [49.14], "lon": [12.88], "height": [0.0]}
        >>> round(float(ds.tropds.at_stations(place).zwd[0, 0]), 3)
        0.2
        """
        from tropdsx.workflows.stations.series import at_stations

        return at_stations(self._ds, stations, **options)

    def plot_stations(self, observed: Any = None, **options: Any) -> Figure:
        """Draw where the stations of a series are, and how it runs beside observations.

        Parameters
        ----------
        observed : DataArray or Dataset, optional
            Observed delays on (time, station) [m], such as of :func:`tropdsx.read_observations`.
        **options
            ``variable``, ``stations``: see
            :func:`tropdsx.workflows.report.station_figures.draw_stations`, which also says what
            is raised.

        Returns
        -------
        Figure
            A map of means, or of mean differences to `observed`, and a few series [mm].

        Examples
        --------
        >>> import numpy as np, xarray as xr, tropdsx
        >>> at = {"station": ["WTZR"], "lat": ("station", [49.1]), "lon": ("station", [12.9])}
        >>> ztd = xr.DataArray([[2.3], [2.4]], at | {"time": [0, 1]}, ("time", "station"))
        >>> figure = xr.Dataset({"ztd": ztd}).tropds.plot_stations()
        """
        from tropdsx.workflows.report.station_figures import draw_stations

        return draw_stations(self._ds, observed, **options)

    def to_sinex_tro(self, path: str | Path, **options: Any) -> Path:
        """Write series of stations as SINEX_TRO 2.00.

        Parameters
        ----------
        path : str or Path
            Output.
        **options
            ``overwrite``, ``agency``, ``technique``, ``description``, ``variables``,
            ``progress``: see :func:`tropdsx.write.export.sinex_tro.write_sinex_tro`, which also
            says what is raised.

        Returns
        -------
        Path
            The file.
        """
        from tropdsx.write.export.sinex_tro import write_sinex_tro

        return write_sinex_tro(self._ds, path, **options)

    def to_vmf(self, folder: str | Path, product: str = "VMF3", **options: Any) -> list[Path]:
        """Write delays on a grid as text of the VMF Data Server.

        Parameters
        ----------
        folder : str or Path
            Where the files go; it exists.
        product : {"VMF3", "VMF1", "V3GR"}, optional
            Layout and names.
        **options
            ``coefficients``, ``source``, ``comment``, ``consumer``, ``overwrite``,
            ``progress``: see :func:`tropdsx.write.export.vmf_text.write_vmf`, which also says
            what is raised.

        Returns
        -------
        list of Path
            The files, the orography last.
        """
        from tropdsx.write.export.vmf_text import write_vmf

        return write_vmf(self._ds, folder, product, **options)

    def to_gacos(self, folder: str | Path, **options: Any) -> list[Path]:
        """Write total delays as GACOS gives them.

        Parameters
        ----------
        folder : str or Path
            Where the files go; it exists.
        **options
            ``form``, ``registration``, ``overwrite``, ``progress``: see
            :func:`tropdsx.write.export.gacos.write_gacos`, which also says what is raised.

        Returns
        -------
        list of Path
            The files.
        """
        from tropdsx.write.export.gacos import write_gacos

        return write_gacos(self._ds, folder, **options)

    def to_opera(self, folder: str | Path, **options: Any) -> list[Path]:
        """Write delays on heights as OPERA TROPO-ZENITH.

        Parameters
        ----------
        folder : str or Path
            Where the files go; it exists.
        **options
            ``heights``, ``overwrite``, ``progress``: see
            :func:`tropdsx.workflows.insar.ladder.export_opera`, which also says what is raised.

        Returns
        -------
        list of Path
            The files.
        """
        from tropdsx.workflows.insar.ladder import export_opera

        return export_opera(self._ds, folder, **options)
