"""``ds.tropds``: each method is one call into a plain function.

The accessor stores the Dataset and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from tropdsx.accessor.atmosphere import AtmosphereMethods
from tropdsx.accessor.exchange import ExchangeMethods
from tropdsx.cf.quantified import without_pint
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.run import downscale
from tropdsx.workflows.evaluate.comparison import validate
from tropdsx.workflows.report.summary import describe_html, describe_input, describe_line
from tropdsx.write.save import save

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["TropdsAccessor"]


class TropdsAccessor(AtmosphereMethods, ExchangeMethods):
    """Zenith delays of a Dataset: integrate, map, downscale, validate, write and look at them.

    Parameters
    ----------
    ds : Dataset
        Delays on a latitude-longitude grid, in any orientation.

    Examples
    --------
    >>> import xarray as xr, tropdsx
    >>> xr.Dataset().tropds  # doctest: +ELLIPSIS
    <tropds: ...
    """

    def __init__(self, ds: xr.Dataset) -> None:
        self._ds = without_pint(ds)

    def downscale(
        self,
        target: float | str | Path | xr.Dataset | xr.DataArray | None = None,
        *,
        orography: str | Path | xr.Dataset | xr.DataArray | None = None,
        coarse_orography: str | Path | xr.Dataset | xr.DataArray | None = None,
        heights: str = "auto",
        model: str | Path | None = "default",
        device: str = "auto",
        batch_size: int | None = None,
        precision: str = "float32",
        height_model: Any = "climatology",
        interpolation: str = "bicubic",
        ztd: bool = False,
        sigma: bool = False,
    ) -> xr.Dataset:
        """Downscale to a fine grid at the height of its terrain.

        Parameters
        ----------
        target : None, float, str, Path, Dataset or DataArray
            None: the 1 degree nodes (89.5, 0.5 ...), inside a region those within it. A number:
            spacing [deg]. A Dataset or file: its lat, lon and ``orography``.
        orography : str, Path, Dataset or DataArray, optional
            Heights of the fine terrain [m]; default: shipped 1 degree means.
        coarse_orography : str, Path, Dataset or DataArray, optional
            Heights the coarse delays refer to [m], when the Dataset has none; "none" interpolates
            without moving in height.
        heights : {"auto", "geoid", "ellipsoid"}
            What the heights that come with input and target count from; "auto" decides by
            attributes and values. Those above the geoid get the undulation of EGM2008.
        model : str, Path or None
            Checkpoint; None or "none" for physics alone.
        device : str
            "auto" (CUDA when present), "cpu", "cuda" or "cuda:N".
        batch_size : int, optional
            Slices the network takes at once.
        precision : str
            "float32" (exact), "tf32" or "bf16" (faster on GPUs, with an error of millimetres).
        height_model, interpolation : str
            Physics; see :func:`tropdsx.reduce.reduce_to_orography`.
        ztd, sigma : bool
            Add the total delay; add the network's standard deviations.

        Returns
        -------
        Dataset
            ``zhd``, ``zwd`` [m], in this Dataset's orientation and dimension names, with
            ``orography``, RMSE maps and provenance. Nothing is computed for dask arrays.

        Raises
        ------
        GridError, UnitsError, CheckpointError, AssetError
            If the input, the target or the checkpoint cannot be used.

        Examples
        --------
        >>> import numpy as np, xarray as xr, tropdsx
        >>> axes = {"lat": np.arange(87.5, -90, -5), "lon": np.arange(2.5, 360, 5)}
        >>> zwd = xr.DataArray(np.full((36, 72), 0.1), axes, attrs={"units": "m"})
        >>> ds = xr.Dataset({"zwd": zwd, "orography": xr.zeros_like(zwd)})
        >>> ds = ds.assign_coords(time=np.datetime64("2022-07-01", "ns"))
        >>> ds.tropds.downscale(2.5, model=None).zwd.shape
        (72, 144)
        """
        options = Options(
            target=target,
            orography=orography,
            coarse_orography=coarse_orography,
            heights=heights,
            model=model,
            device=device,
            batch_size=batch_size,
            precision=precision,
            height_model=height_model,
            interpolation=interpolation,
            ztd=ztd,
            sigma=sigma,
        )
        return downscale(self._ds, options)

    def reconstruct(
        self, stations: Any = None, observations: Any = None, **given: Any
    ) -> xr.Dataset:
        """Make one fine analysis of this grid and of total delays observed at stations.

        Parameters
        ----------
        stations : str, Path, DataFrame or Dataset
            Where stations are; may hold what they observed, too.
        observations : str, Path, DataFrame, Dataset or DataArray, optional
            Total delays by station and time.
        **given
            ``method``, ``where``, ``epochs``, ``covariance``, ``quantiles`` of
            :func:`tropdsx.reconstruct`, and ``members``, ``steps`` and the like where a diffusion
            is the method; all others as in :meth:`downscale`.

        Returns
        -------
        Dataset
            ``zhd``, ``zwd``, ``ztd``, their sigma [m], the number of stations used, and residuals
            of the stations; see :func:`tropdsx.reconstruct`, which also says what is raised.
        """
        from tropdsx.workflows.reconstruct.analysis import reconstruct

        background = {each.name for each in fields(Options)}
        chosen = {name: given.pop(name) for name in list(given) if name not in background}
        return reconstruct(self._ds, stations, observations, options=Options(**given), **chosen)

    def to_netcdf(
        self,
        path: str | Path,
        *,
        overwrite: bool = False,
        compression: str = "zlib:1",
        progress: Callable[[int, int], None] | None = None,
        **storage: Any,
    ) -> Path:
        """Write a CF-1.10 and ACDD-1.3 NetCDF file; it appears under its name when it is complete.

        Like the files of the commands it has dimensions time, lat and lon, in this order, whatever
        they are called here. ``ds.to_netcdf`` of xarray writes a result too, with these names.

        Parameters
        ----------
        path, overwrite, compression, progress, **storage
            See :func:`tropdsx.write.write_netcdf`, which also says what is raised.

        Returns
        -------
        Path
            The file.

        Examples
        --------
        >>> import tempfile, xarray as xr, tropdsx
        >>> axes = {"lat": [1.0, 0.0], "lon": [5.0, 6.0]}
        >>> zwd = xr.DataArray([[0.1, 0.2], [0.3, 0.4]], axes, attrs={"units": "m"})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     xr.Dataset({"zwd": zwd}).tropds.to_netcdf(f"{folder}/zwd.nc").name
        'zwd.nc'
        """
        return save(
            self._ds,
            path,
            overwrite=overwrite,
            compression=compression,
            progress=progress,
            **storage,
        )

    def to_zarr(self, path: str | Path, *, overwrite: bool = False, **storage: Any) -> Path:
        """Write a Zarr store with the names and attributes that :meth:`to_netcdf` gives.

        Parameters
        ----------
        path, overwrite, **storage
            See :func:`tropdsx.write.write_zarr`, which also says what is raised: ``compression``,
            ``quantize``, ``pack``, ``zarr_format``.

        Returns
        -------
        Path
            The store.
        """
        return save(self._ds, path, overwrite=overwrite, store="zarr", **storage)

    def validate(
        self, reference: xr.Dataset, *, exclude: xr.Dataset | None = None, name: str = "reference"
    ) -> xr.Dataset:
        """Measure these delays against true ones on their common nodes and epochs.

        Parameters
        ----------
        reference : Dataset
            Truth, in any orientation.
        exclude : Dataset, optional
            Grid whose own nodes do not count in the scores, such as the coarse input.
        name : str
            What the reference is, for the attributes.

        Returns
        -------
        Dataset
            RMSE and bias maps [m] and scores; see :func:`tropdsx.validate`.

        Raises
        ------
        GridError
            If the two have no epoch or no node in common.
        """
        return validate(self._ds, reference, exclude=exclude, name=name)

    def plot_compare(self, fine: xr.Dataset, variable: str = "zwd", *, time: int = 0) -> Figure:
        """Draw this coarse field, a fine one and what the fine one adds.

        Parameters
        ----------
        fine : Dataset
            Result of :meth:`downscale`.
        variable : {"zhd", "zwd"}
            What to draw.
        time : int
            Which epoch.

        Returns
        -------
        Figure
            Three maps; coarse and fine share one colour range.
        """
        from tropdsx.workflows.report.figures import draw_comparison

        return draw_comparison(self._ds, fine, variable, time=time)

    def plot_rmse(self) -> Figure:
        """Draw the RMSE maps that this Dataset carries.

        Returns
        -------
        Figure
            One map for each of ``zhd_rmse`` and ``zwd_rmse`` that is there.
        """
        from tropdsx.workflows.report.figures import draw_rmse

        return draw_rmse(self._ds)

    def report(self, path: str | Path = "report.html", **given: Any) -> Path:
        """Write one HTML page about these delays: maps, scores and provenance.

        Parameters
        ----------
        path : str or Path, optional
            Output.
        **given
            ``coarse``, ``reference``, ``title``, ``name``, ``overwrite``: see
            :func:`tropdsx.report`, which also says what is raised.

        Returns
        -------
        Path
            The page; it works offline.
        """
        from tropdsx.workflows.report.html.writing import report

        return report(self._ds, path, **given)

    def describe(self) -> dict[str, Any]:
        """Say what was found: grid, units, times, heights, fitting checkpoint, warnings.

        Returns
        -------
        dict
            The content of the HTML summary; nothing is computed.
        """
        return describe_input(self._ds)

    def __repr__(self) -> str:
        """One line for the terminal."""
        return describe_line(self._ds)

    def _repr_html_(self) -> str:
        """Summary for Jupyter."""
        return describe_html(self._ds)
