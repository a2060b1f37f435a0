"""Made-up VMF text files."""

import numpy as np
import xarray as xr

from tropdsx.read.vmf import VmfBackendEntrypoint

HEADER = """! Version:            1.0
! Source:             made up
! Data_types:         VMF3 (lat lon ah aw zhd zwd)
! Epoch:              2021 03 04 06 00  0.0
! Scale_factor:       {scale}
! Range/resolution:   {range}
! Comment:            for tests
"""


def rows(lat, lon, seed=1):
    rng = np.random.default_rng(seed)
    count = len(lat) * len(lon)
    table = np.column_stack(
        [
            np.repeat(lat, len(lon)),
            np.tile(lon, len(lat)),
            rng.uniform(0.0011, 0.0013, count).round(8),
            rng.uniform(0.0004, 0.0006, count).round(8),
            rng.uniform(1.5, 2.3, count).round(4),
            rng.uniform(0.005, 0.4, count).round(4),
        ]
    )
    form = "{:5.1f} {:6.1f}  {:.8f}  {:.8f}  {:.4f}  {:.4f}\n"
    return table, "".join(form.format(*row) for row in table)


LAT, LON = np.arange(75.0, -76, -30), np.arange(15.0, 360, 30)


RANGE = "-75 75 15 345 30 30"


def text(scale="1.e+00", range_=RANGE, seed=1, lat=LAT, lon=LON):
    return HEADER.format(scale=scale, range=range_) + rows(lat, lon, seed)[1]


def epochs(count, gradients=False, **options):
    """Texts of epochs six hours apart, of VMF3 or of V3GR."""
    return [_epoch(number, gradients, **options) for number in range(count)]


def _epoch(number, gradients, **options):
    day, hour = divmod(6 * number, 24)
    body = text(seed=number, **options).replace("03 04 06 00", f"03 {4 + day:02d} {hour:02d} 00")
    if not gradients:
        return body
    body = body.replace("VMF3 (lat lon ah aw zhd zwd)", V3GR)
    rng = np.random.default_rng(100 + number)
    more = ("".join(f" {value:7.3f}" for value in rng.normal(size=4)) for _ in iter(int, 1))
    lines = (line if line[0] == "!" else line + next(more) for line in body.splitlines())
    return "\n".join(lines) + "\n"


V3GR = "V3GR (lat lon ah aw zhd zwd Gn_h Ge_h Gn_w Ge_w)"


def table(body):
    """Numbers of a text without its header lines."""
    return np.array([row.split() for row in body.splitlines() if row[0] != "!"], float)


def opened(path, **options):
    return xr.open_dataset(path, engine=VmfBackendEntrypoint, **options)
