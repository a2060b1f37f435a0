"""Write a result that lies in memory or on dask, as NetCDF or Zarr."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import xarray as xr

from tropdsx.cf import description as cf
from tropdsx.system.staging import check_target
from tropdsx.system.workers import Progress
from tropdsx.write import provenance
from tropdsx.write.netcdf import write_netcdf
from tropdsx.write.zarr import write_zarr

__all__ = ["save"]


def save(
    fine: xr.Dataset,
    path: str | Path,
    *,
    overwrite: bool = False,
    compression: str = "zlib:1",
    progress: Progress | None = None,
    store: str | None = None,
    **storage: Any,
) -> Path:
    """Describe a result as CF and write it.

    Parameters
    ----------
    fine : Dataset
        Result of :func:`tropdsx.pipeline.downscale`, or any delays.
    path : str or Path
        Output; a name ending in .zarr makes a Zarr store.
    overwrite, compression, progress, **storage
        See :func:`tropdsx.write.write_netcdf`.
    store : {"zarr"}, optional
        Write a Zarr store whatever the name.

    Returns
    -------
    Path
        The output.
    """
    as_store = store == "zarr" or Path(path).suffix == ".zarr"
    check_target(path, overwrite=overwrite, folder=as_store)
    described = describe_for_writing(fine)
    if as_store:
        return write_zarr(described, path, overwrite=overwrite)
    return write_netcdf(
        described, path, overwrite=overwrite, compression=compression, progress=progress, **storage
    )


def describe_for_writing(fine: xr.Dataset) -> xr.Dataset:
    return cf.describe(fine, provenance=_with_inputs(fine), unwrap_longitude=True)


def _with_inputs(fine: xr.Dataset) -> dict[str, Any]:
    """Provenance attributes, now with the sha256 of the input files."""
    attrs = dict(fine.attrs)
    sources = provenance.sources_of(fine)
    if "tropdsx_version" in attrs and sources and json.loads(attrs["tropdsx_inputs"]) == []:
        attrs["tropdsx_inputs"] = provenance.record("", inputs=sources)["tropdsx_inputs"]
    return attrs
