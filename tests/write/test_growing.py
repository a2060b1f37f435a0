"""What outputs that grow have in common."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.system.partial import Partial
from tropdsx.write.growing_netcdf import NetcdfFile, WholeNetcdf
from tropdsx.write.growing_zarr import ZarrStore

from helpers.writing import delays, lazy

VALUES = ("zhd", "zwd")


@pytest.mark.parametrize(
    ("kind", "more"), [(NetcdfFile, {}), (WholeNetcdf, {}), (ZarrStore, {"steps": 7})]
)
@pytest.mark.parametrize("storage", [{}, {"pack": True}, {"quantize": True}])
def test_what_is_appended_is_read_as_if_written_at_once(kind, more, storage, tmp_path):
    ds = delays().drop_vars("quality")
    partial = Partial(tmp_path / "out", {})
    with kind(lazy(ds), partial, "time", **more, **storage) as out:
        block = {name: ds[name].values for name in VALUES}
        out.append(out.encoder()(block, np.arange(7)))
    engine = "zarr" if kind is ZarrStore else "netcdf4"
    with xr.open_dataset(partial.finish(), engine=engine) as back:
        off = 0.0000253 if "pack" in storage else 0.000031 if storage else 0.0
        for name in ("zhd", "zwd"):
            np.testing.assert_allclose(back[name], ds[name], rtol=0, atol=off)
            assert back[name].long_name == ds[name].long_name
        np.testing.assert_array_equal(back.time, ds.time)
        np.testing.assert_array_equal(back.zhd_rmse, ds.zhd_rmse)
    partial.release()


def test_what_travels_to_a_worker_is_small(tmp_path):
    import cloudpickle

    ds = delays().drop_vars("quality")
    partial = Partial(tmp_path / "out", {})
    with NetcdfFile(ds, partial, "time") as out:
        encoder = out.encoder()
    assert set(encoder.like) == set(VALUES)
    assert all(not like.size for like in encoder.like.values())
    assert len(cloudpickle.dumps(encoder)) < ds.zhd.nbytes
    partial.release()
