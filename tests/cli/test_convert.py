"""The command convert."""

import numpy as np
import xarray as xr
from click.testing import CliRunner

from tropdsx.cli.convert import convert as convert_command


def test_sigma_on_the_command_line(coarse, tiny_checkpoint, tmp_path):
    coarse.to_netcdf(tmp_path / "in.nc")
    ran = CliRunner().invoke(
        convert_command,
        [
            str(tmp_path / "in.nc"),
            "--model",
            str(tiny_checkpoint),
            "--sigma",
            "-o",
            str(tmp_path / "out.nc"),
        ],
    )
    assert ran.exit_code == 0, ran.output
    lazy = coarse.chunk(time=1).tropds.downscale(model=tiny_checkpoint, sigma=True)
    with xr.open_dataset(tmp_path / "out.nc") as fine:
        np.testing.assert_array_equal(fine["zwd_sigma"], lazy["zwd_sigma"])
        assert fine["zwd_sigma"].min() > 0
