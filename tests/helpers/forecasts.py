"""The ways in which models and archives store when the fields of a forecast hold."""

import numpy as np
import xarray as xr

HOUR = np.timedelta64(1, "h")


def _along(ds, dim):
    """The same fields along a dimension of leads, and these."""
    lead = ds.time.values - ds.time.values[0]
    return ds.drop_vars("time").rename(time=dim).assign_coords({dim: (dim, lead)})


def _wide(ds, dim):
    """A dimension of size 1 more, as stacked runs and members have it; heights stay as they are."""
    moving = {
        name: ds[name].expand_dims(dim) for name in ds if {"time", "step"} & set(ds[name].dims)
    }
    return ds.assign(moving)


def _began(ds):
    return ds.time.values[0]


def _numbered(ds):
    hours = (ds.time.values - _began(ds)) / HOUR
    return _along(ds, "step").assign_coords(step=("step", hours, {"units": "hours"}))


def _graphcast(ds):
    dated = _wide(ds, "batch").assign_coords(datetime=(("batch", "time"), ds.time.values[None]))
    return dated.assign_coords(time=ds.time.values - _began(ds))


def _ace(ds):
    dated = _wide(ds, "sample").assign_coords(valid_time=(("sample", "time"), ds.time.values[None]))
    dated = dated.assign_coords(init_time=("sample", ds.time.values[:1]))
    return dated.assign_coords(time=ds.time.values - _began(ds))


def _start(ds, **attrs):
    return xr.Variable((), _began(ds), attrs)


RUNNING = {
    "time and step, as cfgrib": lambda ds: _along(ds, "step").assign_coords(
        time=_start(ds), valid_time=("step", ds.time.values)
    ),
    "time and step, no valid time": lambda ds: _along(ds, "step").assign_coords(time=_start(ds)),
    "step in hours": lambda ds: _numbered(ds).assign_coords(time=_start(ds)),
    "reference time and step": lambda ds: _along(ds, "step").assign_coords(
        time=_start(ds, standard_name="forecast_reference_time")
    ),
    "earthkit": lambda ds: _wide(_along(ds, "step"), "forecast_reference_time").assign_coords(
        forecast_reference_time=ds.time.values[:1]
    ),
    "init_time and lead_time": lambda ds: _along(ds, "lead_time").assign_coords(
        init_time=_start(ds)
    ),
    "WeatherBench": lambda ds: _along(ds, "prediction_timedelta").assign_coords(time=_start(ds)),
    "GraphCast": _graphcast,
    "ACE": _ace,
    "leads along time": lambda ds: ds.assign_coords(
        time=ds.time.values - _began(ds), forecast_reference_time=_start(ds)
    ),
    "CF": lambda ds: ds.assign_coords(
        forecast_period=("time", ds.time.values - _began(ds)), forecast_reference_time=_start(ds)
    ),
    "starts along time, step of one value": lambda ds: ds.assign_coords(
        time=ds.time.values - 6 * HOUR,
        step=6 * HOUR,
        valid_time=("time", ds.time.values),
    ),
    "reference times and a period of one value": lambda ds: ds.rename(
        time="forecast_reference_time"
    ).assign_coords(
        forecast_reference_time=ds.time.values - 6 * HOUR,
        forecast_period=((), 6, {"units": "h"}),
    ),
    "NCL": lambda ds: _along(ds, "forecast_time0").assign_coords(
        forecast_time0=("forecast_time0", [0, 6, 12], {"units": "hours"}),
        initial_time0=_start(ds),
    ),
}
"""One valid time for each of three fields, from delays on time, lat and lon."""


def in_runs(ds, step="step", names=("time", "valid_time")):
    """Four epochs in two runs of two steps, the starts twelve hours apart."""
    start, valid = names
    fields = {
        name: (
            (start, step, *ds[name].dims[1:]),
            ds[name].values.reshape(2, 2, *ds[name].shape[1:]),
        )
        for name in ds
        if "time" in ds[name].dims
    }
    out = ds.drop_dims("time").assign(
        {name: (*field, ds[name].attrs) for name, field in fields.items()}
    )
    dates = ds.time.values.reshape(2, 2)
    out = out.assign_coords({start: dates[:, 0], step: dates[0] - dates[0, 0]})
    return out.assign_coords({valid: ((start, step), dates)})
