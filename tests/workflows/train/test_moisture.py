"""Moisture fields, as they are given and read."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, InputError
from tropdsx.workflows.train.moisture import (
    Moisture,
    describe_moisture,
    moisture_names,
    read_moisture,
    refuse_common_epochs,
)


def grid(lat, lon, **more):
    """Wet delays of two epochs that tell their row and column."""
    time = np.array(["2020-07-02", "2020-07-07"], "M8[ns]")
    axes = {"time": time, "lat": lat, "lon": lon}
    zwd = 0.2 + 1e-3 * np.asarray(lat)[:, None] + 1e-5 * (np.asarray(lon) % 360)
    zwd = np.stack([zwd, zwd + 0.1])
    return xr.Dataset({"zwd": (tuple(axes), zwd, {"units": "m"}), **more}, axes)


def test_names():
    fields = [Moisture("a/gfs.nc", 4, 5), Moisture("gfs.nc", 4, 5, periods=("2020-07",))]
    assert moisture_names(fields) == ["moisture gfs.nc 4,5", "moisture gfs.nc@2020-07 4,5"]
    with pytest.raises(InputError, match="given twice"):
        moisture_names([fields[0], fields[0]])
    with pytest.raises(InputError, match="share 0 of the batches"):
        moisture_names([fields[0]._replace(share=0.0)])


def test_description():
    assert describe_moisture(Moisture("a/gfs.nc", 4, 5, 0.1, ("2020-07",))) == {
        "data": ["gfs.nc"],
        "nodes": 4,
        "step": 5,
        "share": 0.1,
        "periods": ["2020-07"],
    }


def test_periods_and_the_order_of_nodes():
    lat, lon = np.array([0.0, 10.0, 20.0]), np.array([350.0, 0.0, 10.0, 20.0]) - 360
    land = (("lat", "lon"), np.arange(12.0).reshape(3, 4))
    ds = grid(lat, lon, land_binary_mask=land)
    found = read_moisture(Moisture(ds, 1, 5, periods=("2020-07-07/2020-07-07",)))
    assert found.sizes["time"] == 1
    assert found.lat.values.tolist() == [20.0, 10.0, 0.0]
    # The mask follows its nodes.
    for name in ("zwd", "land_binary_mask"):
        there = found[name].isel(time=0) if name == "zwd" else found[name]
        before = ds[name].isel(time=1) if name == "zwd" else ds[name]
        for place in ((0, 0), (2, 3), (1, 1)):
            y, x = found.lat.values[place[0]], found.lon.values[place[1]]
            own = before.assign_coords(lon=before.lon % 360).sel(lat=y, lon=x % 360)
            assert float(there[place]) == pytest.approx(float(own), rel=1e-6)


def test_without_wet_delays():
    ds = grid([10.0, 0.0], [0.0, 10.0]).rename(zwd="zhd")
    ds["zhd"] = ds.zhd + 2.0
    ds["zhd"].attrs["units"] = "m"
    with pytest.raises(GridError, match="holds no zwd; tropdsx delays makes it"):
        read_moisture(Moisture(ds, 1, 5))


def test_weather_that_is_trained_on_is_no_validation():
    lat, lon = np.array([20.0, 10.0, 0.0]), np.array([350.0, 0.0, 10.0])
    trained = read_moisture(Moisture(grid(lat, lon), 1, 5))
    one = Moisture(grid(lat, lon + 360.0 * (lon < 180)), 2, 5, periods=("2020-07-07/2020-07-08",))
    told = r"--check-moisture Dataset@.* share 1 epochs of one region \(2020-07-07T00:00\)"
    with pytest.raises(InputError, match=told):
        refuse_common_epochs([trained], [one], [read_moisture(one)])
    far = one._replace(data=grid(lat, lon + 100.0))
    before = read_moisture(Moisture(grid(lat, lon), 1, 5, periods=("2020-07-02/2020-07-03",)))
    refuse_common_epochs([trained], [far], [read_moisture(far)])
    refuse_common_epochs([before], [one], [read_moisture(one)])


def test_undated_fields_that_are_the_same_are_no_validation():
    ds = grid(np.array([20.0, 10.0, 0.0]), np.array([350.0, 0.0, 10.0])).isel(time=0, drop=True)
    one = Moisture(ds, 1, 5)
    with pytest.raises(InputError, match="--check-moisture Dataset 1,5 holds what --moisture does"):
        refuse_common_epochs([read_moisture(one)], [one], [read_moisture(one)])
    other = one._replace(data=ds + 0.01)
    other.data["zwd"].attrs["units"] = "m"
    refuse_common_epochs([read_moisture(one)], [other], [read_moisture(other)])
