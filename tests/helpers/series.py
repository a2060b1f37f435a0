"""Series of delays at stations, and the text of files that hold such."""

import numpy as np
import xarray as xr


def series(epochs=8, names=("WTZR", "ZIMM00CHE", "SANT00CHL"), first="2021-12-30T12"):
    """Six-hourly delays of made-up weather, across the end of a year."""
    rng = np.random.default_rng(3)
    shape, dims = (epochs, len(names)), ("time", "station")
    time = np.datetime64(first, "ns") + np.arange(epochs) * np.timedelta64(6, "h")
    places = {
        "lat": [49.144, 46.877, -33.150, 10.0, -10.0][: len(names)],
        "lon": [12.879, 7.465, -70.669, 179.9, 0.0][: len(names)],
    }
    ds = xr.Dataset(
        {
            "zhd": (dims, rng.uniform(2.0, 2.3, shape), {"units": "m"}),
            "zwd": (dims, rng.uniform(0.01, 0.3, shape), {"units": "m"}),
        },
        {"time": time, "station": list(names)}
        | {name: ("station", values) for name, values in places.items()},
    )
    height = [666.0, 956.3, 723.1, 0.0, -20.0][: len(names)]
    ds = ds.assign_coords(height=("station", height, {"units": "m"}))
    ds["ztd"] = (ds.zhd + ds.zwd).assign_attrs(units="m")
    return ds


def tro(solution, description="", heading="", version="2.00", extra=""):
    """Text of a SINEX_TRO file."""
    return (
        f"%=TRO {version} GOP 2017:157:61760 GOP 2013:169:00000 2013:181:21600 P MIX\n"
        f"+TROP/DESCRIPTION\n{description}-TROP/DESCRIPTION\n{extra}"
        f"+TROP/SOLUTION\n{heading}{solution}-TROP/SOLUTION\n%=ENDTRO\n"
    )


def description(names, units=None, time_system="G"):
    """Lines of TROP/DESCRIPTION."""
    text = f" TIME SYSTEM                   {time_system}\n"
    text += f" TROPO PARAMETER NAMES         {names}\n"
    return text + (f" TROPO PARAMETER UNITS         {units}\n" if units else "")
