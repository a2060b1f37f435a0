"""Write a described Dataset as a complete file, with its provenance."""

from tropdsx.write.netcdf import write_netcdf
from tropdsx.write.provenance import read_provenance
from tropdsx.write.zarr import write_zarr

__all__ = ["read_provenance", "write_netcdf", "write_zarr"]
