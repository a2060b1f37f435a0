"""A NetCDF file that is cut short is refused, classic formats as well."""

import pytest

from tropdsx.errors import InputError
from tropdsx.read.delays import open_delays

from helpers.files import delays


def half(path, tmp_path, fraction=0.5):
    data = path.read_bytes()
    (tmp_path / "cut.nc").write_bytes(data[: int(len(data) * fraction)])
    return tmp_path / "cut.nc"


@pytest.mark.parametrize(
    "format_", ["NETCDF4", "NETCDF3_CLASSIC", "NETCDF3_64BIT", "NETCDF3_64BIT_DATA"]
)
@pytest.mark.parametrize("fraction", [0.002, 0.1, 0.5, 0.99])
@pytest.mark.parametrize("unlimited", [[], ["time"]])
def test_truncated_netcdf(tmp_path, format_, fraction, unlimited):
    path = tmp_path / "delays.nc"
    delays(40).to_netcdf(path, format=format_, engine="netcdf4", unlimited_dims=unlimited)
    open_delays(path)
    with pytest.raises(InputError, match=r"cut\.nc"):
        open_delays(half(path, tmp_path, fraction))
