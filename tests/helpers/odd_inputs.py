"""One set of delays in the many forms in which users have it, all of them valid.

Each form is a choice of one member from each kind of :data:`KINDS`. Values are multiples of 0.1 mm,
so that packed integers hold them too, and belong to the terrain of the Earth, as checks of
plausibility want.
"""

import functools
import random
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import xarray as xr

from tropdsx.atmos.mean_atmospheres import standard_pressure
from tropdsx.atmos.saastamoinen import saastamoinen_zhd
from tropdsx.cf.time.dates import is_date, read_dates
from tropdsx.geoid.terrain import terrain_at
from tropdsx.geoid.undulation import geoid_undulation

from helpers.fields import waves

DIMS = ("time", "lat", "lon")
START = np.datetime64("2022-07-01T00:00", "ns")
STEP = np.timedelta64(6, "h")
GRAVITY = 9.80665  # m s-2, that of the definition of geopotential metres
SPACING = 5.0
"""Of the target [deg]; that of the input is 10."""


class Form(NamedTuple):
    """How an input is written."""

    parts: str
    datum: str
    unit: str
    time: str
    names: str
    axes: str
    dtype: str
    nodes: str

    def __str__(self):
        return "-".join(self).replace(" ", "_")


# ------------------------------------------------------------------------ the plain input


@functools.cache
def plain(region=False, epochs=4):
    """Metres above the ellipsoid, datetime64, north up, eastward from 0 or 155 deg."""
    # Nodes that neither float32 nor a sum of steps holds exactly.
    lat = np.round(84.9 - 10.0 * np.arange(18), 1)
    lon = np.round(5.1 + 10.0 * np.arange(36), 1)
    if region:
        lat, lon = lat[4:14], lon[15:23]
    height = terrain_at(lat[:, None], lon[None, :])
    sea_level = standard_pressure(height)
    zhd = [
        saastamoinen_zhd(sea_level * (1 + 0.01 * waves(lat, lon, k)), lat[:, None], height)
        for k in range(epochs)
    ]
    moist = (0.05 + 0.2 * np.cos(np.deg2rad(lat))[:, None] ** 2) * np.exp(-height / 2000.0)
    zwd = [moist * (1 + 0.2 * waves(lat, lon, 50 + k)) for k in range(epochs)]
    above = {"units": "m", "standard_name": "height_above_reference_ellipsoid"}
    return xr.Dataset(
        {
            "zhd": (DIMS, np.round(zhd, 4), {"units": "m"}),
            "zwd": (DIMS, np.round(zwd, 4), {"units": "m"}),
            "orography": (DIMS[1:], height, above),
        },
        {
            "time": START + np.arange(epochs) * STEP,
            "lat": ("lat", lat, {"units": "degrees_north"}),
            "lon": ("lon", lon, {"units": "degrees_east"}),
        },
    )


# ------------------------------------------------------------------------ which delays


def _with_total(other):
    def change(ds):
        total = (ds.zhd + ds.zwd).round(4).assign_attrs(units="m")
        return ds[[other, "orography"]].assign(ztd=total)

    return change


PARTS = {
    "both": lambda ds: ds,
    "ztd and zhd": _with_total("zhd"),
    "ztd and zwd": _with_total("zwd"),
    "all three": lambda ds: ds.assign(_with_total("zhd")(ds)),
}


def _delays(ds):
    return [name for name in ("zhd", "zwd", "ztd") if name in ds]


# ------------------------------------------------------------------------ vertical datum


def _undulation(ds):
    return geoid_undulation(ds.lat.values[:, None], ds.lon.values[None, :])


def _above_geoid(name, **attrs):
    def change(ds):
        height = ds.orography.copy(data=ds.orography.values - _undulation(ds))
        height.attrs = {"units": "m", **attrs}
        return ds.drop_vars("orography").assign({name: height})

    return change


def _geopotential(name, units, **attrs):
    def change(ds):
        height = ds.orography.values - _undulation(ds)
        field = ds.orography.copy(data=height * GRAVITY)
        field.attrs = {"units": units, **attrs}
        return ds.drop_vars("orography").assign({name: field})

    return change


def _scaled_heights(ds):
    height = ds.orography.copy(data=ds.orography.values / 1000.0)
    height.attrs = {**ds.orography.attrs, "units": "km"}
    return ds.assign(orography=height)


def _said_in_words(ds):
    attrs = {"units": "m", "long_name": "surface height above the WGS84 ellipsoid"}
    height = ds.orography.copy()
    height.attrs = attrs
    return ds.drop_vars("orography").assign(HSURF=height)


def _unsaid(ds):
    """Heights of which values alone tell what they count from."""
    ds = ds.copy()
    ds["orography"] = (ds.orography.dims, ds.orography.values, {"units": "m"})
    return ds


DATUM = {
    "ellipsoid, unsaid": _unsaid,
    "geoid, unsaid": lambda ds: _unsaid(_above_geoid("orography")(ds)),
    "ellipsoid": lambda ds: ds,
    "ellipsoid in words": _said_in_words,
    "ellipsoid in km": _scaled_heights,
    "surface altitude": _above_geoid("orog", standard_name="surface_altitude"),
    "geoid in words": _above_geoid("topography", long_name="height above the geoid (EGM2008)"),
    "geopotential": _geopotential("z", "m2 s-2", standard_name="surface_geopotential"),
    "geopotential of cfgrib": _geopotential("z", "m**2 s**-2", standard_name="geopotential"),
    "geopotential of earthkit": _geopotential(
        "geopotential_at_surface", "meter ** 2 / second ** 2"
    ),
}

# ------------------------------------------------------------------------ units


def _scaled(factor, unit):
    def change(ds):
        ds = ds.assign({n: ds[n].copy(data=ds[n].values * factor) for n in _delays(ds)})
        for name in _delays(ds):
            ds[name].attrs = {} if unit is None else {"units": unit}
        return ds

    return change


UNITS = {
    "m": _scaled(1, "m"),
    "metres": _scaled(1, "metres"),
    "Meter": _scaled(1, "Meter"),
    "cm": _scaled(100, "cm"),
    "mm": _scaled(1000, "mm"),
    "millimeter": _scaled(1000, "millimeter"),
    "no unit": _scaled(1, None),
}

# ------------------------------------------------------------------------ time


def _dates(ds):
    return ds.time.values.astype("M8[s]").astype(object)


def _written(pattern, dtype=None, **attrs):
    def change(ds):
        texts = np.array([date.strftime(pattern) for date in _dates(ds)])
        return ds.assign_coords(time=("time", texts.astype(dtype or texts.dtype), attrs))

    return change


def _renamed(name):
    return lambda ds: ds.rename(time=name)


def _beside(ds):
    return ds.assign_coords(valid_time=("time", ds.time.values))


def _two_axes(ds):
    """As some merges leave it: one part along another axis with the same epochs."""
    name = _delays(ds)[-1]
    return ds.drop_vars(name).assign({name: ds[name].rename(time="valid_time")})


def _run(ds, name="step", lead=lambda hours: hours.astype("m8[h]").astype("m8[ns]"), **attrs):
    """One start, and the time that each field had run."""
    hours = ((ds.time.values - START) / np.timedelta64(1, "h")).astype(int)
    ds = ds.drop_vars("time").rename_dims(time=name)
    return ds.assign_coords({name: (name, lead(hours), attrs), "time": START})


def _run_with_valid_time(ds):
    valid = ds.time.values
    return _run(ds).assign_coords(valid_time=("step", valid))


def _initial_time(ds):
    lead = {"standard_name": "forecast_period"}
    ds = _run(ds, "prediction_timedelta", **lead).rename(time="forecast_reference_time")
    ds.forecast_reference_time.attrs["standard_name"] = "forecast_reference_time"
    return ds


def _runs_and_steps(ds):
    """Two runs with two steps each: valid times in two dimensions."""
    size = ds.sizes["time"] // 2
    starts = START + np.arange(2) * size * STEP
    steps = np.arange(size) * STEP
    parts = [
        ds.isel(time=slice(k * size, (k + 1) * size)).drop_vars("time").rename_dims(time="step")
        for k in range(2)
    ]
    along = {"data_vars": _delays(ds), "coords": "minimal", "compat": "override"}
    joined = xr.concat(parts, "time", **along)
    valid = starts[:, None] + steps[None, :]
    coords = {"time": starts, "step": steps, "valid_time": (("time", "step"), valid)}
    return joined.assign_coords(coords)


def _numbers(values, **attrs):
    return lambda ds: ds.assign_coords(time=("time", values(ds), attrs))


def _absolute(ds):
    days = ds.time.values.astype("M8[D]")
    fraction = (ds.time.values - days) / np.timedelta64(1, "D")
    return np.array([float(day.astype(object).strftime("%Y%m%d")) for day in days]) + fraction


def _mjd(ds):
    return (ds.time.values - np.datetime64("1858-11-17", "ns")) / np.timedelta64(1, "D")


def _single_precision(ds):
    seconds = ds.time.values.astype("M8[s]").astype(np.int64).astype(np.float32)
    return ds.assign_coords(time=seconds.astype(np.int64).astype("M8[s]").astype("M8[ns]"))


def _jittered(size, unit):
    def change(ds):
        noise = np.array([0, size, -size, size])[: ds.sizes["time"]].astype(f"m8[{unit}]")
        return ds.assign_coords(time=ds.time.values + noise)

    return change


def _cftime(ds):
    index = xr.date_range(
        str(START.astype("M8[D]")), periods=ds.sizes["time"], freq="6h", use_cftime=True
    )
    return ds.assign_coords(time=index)


TIME = {
    "time": lambda ds: ds,
    "valid_time": _renamed("valid_time"),
    "Epoch": _renamed("Epoch"),
    "datetime": _renamed("datetime"),
    "time beside valid_time": _beside,
    "time and step": _run,
    "step in hours": lambda ds: _run(ds, lead=lambda hours: hours.astype(float), units="hours"),
    "valid_time of step": _run_with_valid_time,
    "initial time": _initial_time,
    "runs and steps": _runs_and_steps,
    "two axes": _two_axes,
    "scalar": lambda ds: ds.isel(time=0),
    "one epoch": lambda ds: ds.isel(time=[0]),
    "not in order": lambda ds: ds.isel(time=[2, 0, 3, 1]),
    "ISO text": _written("%Y-%m-%dT%H:%M"),
    "ISO text with a blank": _written("%Y-%m-%d %H:%M:%S"),
    "basic text": _written("%Y%m%dT%H%M"),
    "digits": _written("%Y%m%d%H"),
    "bytes": _written("%Y%m%d%H", "S"),
    "objects": _written("%Y-%m-%dT%H:%MZ", object),
    "whole numbers": _written("%Y%m%d%H", np.int64),
    "absolute time of cdo": _numbers(_absolute, units="day as %Y%m%d.%f", standard_name="time"),
    "modified Julian days": _numbers(_mjd, units="modified Julian date"),
    "seconds in float32": _single_precision,
    "jitter of 1 ns": _jittered(1, "ns"),
    "jitter of 900 us": _jittered(900, "us"),
    "cftime": _cftime,
}
ONE_EPOCH = {"scalar", "one epoch"}

# ------------------------------------------------------------------------ names


class Names(NamedTuple):
    """What a file calls its delays and axes, and what it says of them."""

    zhd: str
    zwd: str
    lat: str
    lon: str
    attrs: Mapping = MappingProxyType({})

    def __call__(self, ds):
        plain_names = self._fields[:4]
        names = {old: new for old, new in zip(plain_names, self[:4], strict=True) if old in ds}
        ds = ds.rename(names)
        for role, attrs in self.attrs.items():
            if role in names:
                ds[names[role]].attrs |= attrs
        return ds


class TwoDimensional(Names):
    """A regular grid whose latitudes and longitudes are fields."""

    def __call__(self, ds):
        ds = ds.rename_dims(lat="row", lon="column")
        lat, lon = xr.broadcast(ds.lat.drop_vars("lat"), ds.lon.drop_vars("lon"))
        ds = ds.drop_vars(["lat", "lon"])
        return ds.assign_coords(lat=lat, lon=lon.transpose("row", "column"))


_STANDARD = {
    "lat": {"standard_name": "latitude"},
    "lon": {"standard_name": "longitude"},
    "zhd": {"long_name": "Zenith hydrostatic delay"},
    "zwd": {"long_name": "zenith wet delay"},
    "ztd": {"long_name": "zenith total delay"},
}
NAMES = {
    "plain": Names("zhd", "zwd", "lat", "lon"),
    "capitals": Names("ZHD", "ZWD", "LAT", "LON"),
    "words": Names("hydrostatic_delay", "wet_delay", "latitude", "longitude"),
    "long words": Names("zenith_hydrostatic_delay", "zenith_wet_delay", "Latitude", "Longitude"),
    "of NEMO": Names("zhd", "zwd", "nav_lat", "nav_lon"),
    "of RAiDER": Names("hydro", "wet", "y", "x"),
    "mixed": Names("Zhd", "ZWD", "Lat", "longitude"),
    "of two dimensions": TwoDimensional("zhd", "zwd", "lat", "lon"),
    "by attributes": Names("p1", "p2", "rows", "columns", _STANDARD),
}

# ------------------------------------------------------------------------ axes


def _south_up(ds):
    return ds.isel(lat=slice(None, None, -1))


def _signed(ds):
    """Longitudes from -180 on; of a region across the antimeridian they stay in their order."""
    lon = (ds.lon.values + 180) % 360 - 180
    return ds.assign_coords(lon=("lon", lon, ds.lon.attrs))


def _closed(ds):
    last = ds.isel(lon=[0])
    last = last.assign_coords(lon=("lon", last.lon.values + 360, ds.lon.attrs))
    return xr.concat([ds, last], "lon", data_vars="minimal")


AXES = {
    "north up": lambda ds: ds,
    "south up": _south_up,
    "signed": lambda ds: _signed(ds).sortby("lon"),
    "signed and south up": lambda ds: _south_up(_signed(ds).sortby("lon")),
    "westward": lambda ds: ds.isel(lon=slice(None, None, -1)),
    "rolled": lambda ds: ds.roll(lon=7, roll_coords=True),
    "repeated column": _closed,
    "signed with repeated column": lambda ds: _closed(_signed(ds).sortby("lon")),
    "turned": lambda ds: ds.transpose("lon", "lat", ...),
    "members": lambda ds: ds.assign({n: ds[n].expand_dims(number=[4]) for n in _delays(ds)}),
    "region": lambda ds: ds,
    "region, signed": _signed,
    "region, sorted by sign": lambda ds: _signed(ds).sortby("lon"),
    "region, south up": lambda ds: _south_up(_signed(ds)),
}

# ------------------------------------------------------------------------ types of numbers


def _typed(dtype):
    def change(ds):
        return ds.assign({n: ds[n].astype(dtype, keep_attrs=True) for n in ds.data_vars})

    return change


def _packed(ds):
    """As xarray decodes 16-bit integers in steps of 0.1 mm."""
    stored = ds.copy()
    for name in _delays(ds):
        per_metre = {"cm": 100.0, "mm": 1000.0, "millimeter": 1000.0}
        scale = 1e-4 * per_metre.get(ds[name].attrs.get("units"), 1.0)
        attrs = {**ds[name].attrs, "scale_factor": scale, "_FillValue": np.int16(-32768)}
        numbers = np.rint(ds[name].values / scale).astype(np.int16)
        stored[name] = (ds[name].dims, numbers, attrs)
    return xr.decode_cf(stored, decode_times=False)


DTYPE = {
    "float32": _typed(np.float32),
    "float64": lambda ds: ds,
    "big endian": _typed(">f4"),
    "packed": _packed,
    "lazy": lambda ds: _typed(np.float32)(ds).chunk(),
}


def _nodes(form):
    def change(ds):
        changed = {n: (n, form(ds[n].values), ds[n].attrs) for n in ("lat", "lon")}
        return ds.assign_coords(changed)

    return change


def _in_radians(ds):
    """As ICON has them."""
    changed = {
        name: (name, np.deg2rad(ds[name].values), {"units": "radian", "standard_name": said})
        for name, said in (("lat", "latitude"), ("lon", "longitude"))
    }
    return ds.assign_coords(changed)


NODES = {
    "float64": lambda ds: ds,
    "float32": _nodes(lambda values: values.astype("f4")),
    "big endian": _nodes(lambda values: values.astype(">f4")),
    "radians": _in_radians,
    "summed": _nodes(lambda values: values + 1e-10 * np.sin(np.arange(values.size))),
}

KINDS = {
    "parts": PARTS,
    "datum": DATUM,
    "unit": UNITS,
    "time": TIME,
    "names": NAMES,
    "axes": AXES,
    "dtype": DTYPE,
    "nodes": NODES,
}

# ------------------------------------------------------------------------ choose, make, compare


def choose(count, seed=12):
    """Choose forms at random, each member of a kind as often as the others of its kind."""
    rng = random.Random(seed)
    columns = []
    for members in KINDS.values():
        names = list(members)
        column = [names[k % len(names)] for k in range(count)]
        rng.shuffle(column)
        columns.append(column)
    return list(dict.fromkeys(Form(*row) for row in zip(*columns, strict=True)))


def make(form):
    """Write the plain input in a form."""
    ds = plain(region=form.axes.startswith("region"))
    order = ("parts", "datum", "unit", "dtype", "axes", "nodes", "time", "names")
    for kind in order:
        ds = KINDS[kind][getattr(form, kind)](ds)
    return ds


def standard(result, names):
    """Read a result in names of its own: axes, and (epoch, row from north, column from 0)."""
    lat, lon = (
        name if name in result.coords else short
        for name, short in zip(names[2:4], ("lat", "lon"), strict=True)
    )
    result = result.swap_dims({result[n].dims[0]: n for n in (lat, lon)})
    zhd, zwd = (result[name] for name in ("zhd", "zwd"))
    along = [d for d in zhd.dims if d not in (lat, lon) and result.sizes[d] > 1]
    arrays = [da.squeeze().transpose(*along, lat, lon).values for da in (zhd, zwd)]
    if not along:
        arrays = [array[None] for array in arrays]
    turn = np.mod(result[lon].values.astype(float).round(3), 360.0)
    rows = np.argsort(-result[lat].values)
    turn, columns = np.unique(turn, return_index=True)
    dates = _dates_of(result, along[0] if along else None)
    epochs = np.argsort(dates)
    cut = np.ix_(epochs, rows, columns)
    nodes = (dates[epochs], result[lat].values[rows].astype(float), turn)
    return nodes, {name: array[cut] for name, array in zip(("zhd", "zwd"), arrays, strict=True)}


def _dates_of(result, dim):
    """Find the dates of a result: along its epochs those of a form of its own, too."""
    wanted = () if dim is None else (dim,)
    coords = [v.squeeze() for v in result.coords.values() if v.ndim <= 1]
    found = [v for v in coords if v.dims == wanted and (is_date(v.variable) or v.name == "time")]
    valid = [v for v in found if v.name != "forecast_reference_time"]
    assert valid, f"no dates along {dim}"
    valid.sort(key=lambda v: v.name != "valid_time")
    return np.atleast_1d(read_dates(valid[0]))
