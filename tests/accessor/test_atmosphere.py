"""The atmosphere on labels: same numbers as the formulas, any layout, lazy, named errors."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import DomainError, GridError, UnitsError


def test_nothing_is_computed_on_call(labelled, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError

    lazy = labelled.chunk(time=1, lat=1)
    monkeypatch.setattr("dask.base.compute", refuse)
    monkeypatch.setattr("dask.threaded.get", refuse)
    for found in (
        lazy.tropds.ztd(),
        lazy.tropds.pwv(),
        lazy.zwd.tropds.pwv(270.0),
        lazy.tropds.mapping(7.0).mfh,
        lazy.tropds.slant(7.0, 30.0),
    ):
        assert found.chunks


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda ds: ds.tropds.mapping(0.0), DomainError, r"\(0, 90\]"),
        (lambda ds: ds.tropds.slant([-3.0, 7.0]), DomainError, r"\(0, 90\]"),
        (lambda ds: ds.tropds.slant(91.0), DomainError, r"\(0, 90\]"),
        (lambda ds: ds.assign_coords(lat=ds.lat + 40).tropds.mapping(7.0), DomainError, "latitude"),
        (lambda ds: ds.tropds.mapping(7.0, which="vmf2"), DomainError, "vmf3"),
        (lambda ds: ds.drop_vars("ah").tropds.mapping(7.0), GridError, "coefficient ah"),
        (lambda ds: ds.drop_vars("time").tropds.mapping(7.0), GridError, "no time"),
        (lambda ds: ds.drop_vars("lat").tropds.mapping(7.0), GridError, "no latitude"),
        (lambda ds: ds.drop_vars("zwd").tropds.ztd(), GridError, "no zwd"),
        (lambda ds: ds.tropds.mapping(np.ones((2, 2))), GridError, "dimensions have names"),
        (
            lambda ds: ds.tropds.mapping(xr.DataArray(7.0, attrs={"units": "hPa"})),
            UnitsError,
            "hPa",
        ),
        (
            lambda ds: ds.assign(zwd=ds.zwd.assign_attrs(units="hPa")).tropds.ztd(),
            UnitsError,
            "no unit of a delay",
        ),
        (
            lambda ds: ds.assign(zwd=ds.zwd.assign_attrs(units="m")).tropds.ztd(),
            UnitsError,
            "-0.005 to 0.7",
        ),
        (
            lambda ds: ds.assign(t2m=ds.t2m.assign_attrs(units="hPa")).tropds.pwv(),
            UnitsError,
            "temperature",
        ),
        (
            lambda ds: ds.chunk().assign(zhd=ds.zhd.chunk() * 10).tropds.ztd().compute(),
            UnitsError,
            "zhd",
        ),
    ],
)
def test_bad_input_is_named(labelled, call, error, match):
    labelled["zhd"].attrs["units"] = "m"
    with pytest.raises(error, match=match), xr.set_options(keep_attrs=True):
        call(labelled)
