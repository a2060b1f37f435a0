"""Broken tables, checkpoints, levels and options, beside inputs that are good."""

import hashlib
import io
import json
import struct
import zipfile

import numpy as np
import xarray as xr

from tropdsx.assets import asset_path

from helpers.malformed import CASES, LETTER, add, convert, good, npy, zipped

# ------------------------------------------------------------------------ tables of stations

STATIONS = "station,lat_deg,lon_deg,height_ell_m\nAAAA,42.0,12.0,100.0\nBBBB,44.0,9.0,200.0\n"
OBSERVED = (
    "station,time,ztd_m\nAAAA,2022-07-01T00:00,2.40\nAAAA,2022-07-01T06:00,2.41\n"
    "BBBB,2022-07-01T00:00,2.38\n"
)


def _stations(stations=STATIONS, observed=OBSERVED):
    def make(folder):
        good().to_netcdf(folder / "in.nc")
        for name, content in (("s.csv", stations), ("o.csv", observed)):
            if content is not None:
                data = content if isinstance(content, bytes) else content.encode()
                (folder / name).write_bytes(data)
        tables = ["--stations", "s.csv", "--observations", "o.csv"]
        return ["evaluate", "none", "--data", "in.nc", *tables]

    return make


def _changed(table, old, new):
    assert old in table
    return table.replace(old, new)


TABLES = {
    "not there": None,
    "empty": "",
    "a letter": LETTER,
    "noise": np.random.default_rng(3).bytes(300),
    "header alone": STATIONS.splitlines()[0] + "\n",
    "no header": "".join(STATIONS.splitlines(keepends=True)[1:]),
    "no latitude": _changed(STATIONS, "lat_deg", "north"),
    "no height": _changed(STATIONS, "height_ell_m", "code"),
    "no station": _changed(STATIONS, "station,", "x,"),
    "a station twice": _changed(STATIONS, "BBBB", "AAAA"),
    "a word for a latitude": _changed(STATIONS, "42.0", "north"),
    "latitude 142": _changed(STATIONS, "42.0", "142.0"),
    "a row too long": STATIONS + "CCCC,1,2,3,4,5,6\n",
    "an open quote": STATIONS + '"CCCC,1,2,3\n',
    "other stations": _changed(_changed(STATIONS, "AAAA", "XXXX"), "BBBB", "YYYY"),
    "zip bytes": zipped({"s.csv": STATIONS}),
}
for kind, table in TABLES.items():
    add(f"stations: {kind}", _stations(stations=table))
TABLES = {
    "not there": None,
    "empty": "",
    "a letter": LETTER,
    "header alone": OBSERVED.splitlines()[0] + "\n",
    "no time": _changed(OBSERVED, "time", "when"),
    "no delay": _changed(OBSERVED, "ztd_m", "value"),
    "no station": _changed(OBSERVED, "station", "what"),
    "a word for a delay": _changed(OBSERVED, "2.38", "two metres"),
    "a word for a time": _changed(OBSERVED, "2022-07-01T06:00", "noon"),
    "no such day": _changed(OBSERVED, "2022-07-01T06:00", "2022-02-30T06:00"),
    "one twice": OBSERVED + "BBBB,2022-07-01T00:00,2.39\n",
    "other unit": _changed(
        _changed(_changed(OBSERVED, "2.4", "240"), "2.38", "238"), "ztd_m", "ztd_m"
    ),
    "years before": _changed(OBSERVED, "2022", "1998"),
    "a column of nothing": "station,time,ztd_m\nAAAA,2022-07-01T00:00,\n",
}
for kind, table in TABLES.items():
    add(f"observations: {kind}", _stations(observed=table))

# ------------------------------------------------------------------------ checkpoints


def _model(content, name="net.safetensors"):
    def make(folder):
        good().to_netcdf(folder / "in.nc")
        (folder / name).write_bytes(content() if callable(content) else content)
        return ["convert", "in.nc", "-o", "out.nc", "--model", name, "--target", "5"]

    return make


def _default():
    data = asset_path("default").read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def _joined(header, payload):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + payload


def _edited(change):
    def content():
        header, payload = _default()
        payload = bytearray(payload)
        changed = change(header, payload)
        return _joined(header, bytes(payload)) if changed is None else changed

    return content


def _tensors(header):
    return {name: entry for name, entry in header.items() if name != "__metadata__"}


def _other_shape(header, _):
    entry = header["weights.head.bias"]
    entry["shape"] = [*entry["shape"][::-1], 1]


def _of_nan(header, payload):
    """With the checksum that belongs to it."""
    first, last = header["weights.head.weight"]["data_offsets"]
    payload[first:last] = np.full((last - first) // 2, np.nan, "<f2").tobytes()
    card = json.loads(header["__metadata__"]["card"])
    card["sha256"] = hashlib.sha256(payload).hexdigest()
    header["__metadata__"]["card"] = json.dumps(card)


def _left_out(header, _):
    del header["weights.head.bias"]


def _beyond_the_end(header, payload):
    entry = next(iter(_tensors(header).values()))
    entry["data_offsets"] = [len(payload), 2 * len(payload)]


def _no_such_type(header, _):
    next(iter(_tensors(header).values()))["dtype"] = "F33"


def _card(text):
    def change(header, _):
        header["__metadata__"]["card"] = text

    return change


def _no_metadata(header, _):
    del header["__metadata__"]


def _card_without(key):
    def change(header, _):
        card = json.loads(header["__metadata__"]["card"])
        card.pop(key)
        header["__metadata__"]["card"] = json.dumps(card)

    return change


CHECKPOINTS = {
    "empty": b"",
    "a letter": LETTER,
    "zeros": bytes(64),
    "header too long": struct.pack("<Q", 2**62) + b"{}",
    "header longer than the file": struct.pack("<Q", 5000) + b"{}",
    "header a letter": _joined(LETTER, b""),
    "header a list": _joined(b"[1, 2]", b""),
    "header empty": _joined(b"{}", b""),
    "header not UTF-8": _joined(b"\xff\xfe{}", b""),
    "deep header": _joined(b"[" * 400 + b"]" * 400, b""),
    "cut": _edited(lambda header, payload: _joined(header, bytes(payload[: len(payload) // 2]))),
    "other shape": _edited(_other_shape),
    "weights NaN": _edited(_of_nan),
    "a tensor left out": _edited(_left_out),
    "a tensor beyond the end": _edited(_beyond_the_end),
    "no such type": _edited(_no_such_type),
    "card a letter": _edited(_card("Dear colleague")),
    "card a list": _edited(_card("[]")),
    "card empty": _edited(_card("{}")),
    "no metadata": _edited(_no_metadata),
    "card without checksum": _edited(_card_without("sha256")),
    "card without network": _edited(_card_without("network")),
}
for kind, content in CHECKPOINTS.items():
    # A name of its own: loaded networks are kept.
    add(f"checkpoint: {kind}", _model(content, f"{kind.replace(' ', '_')}.safetensors"))


def _import(content, name="net.pth"):
    def make(folder):
        (folder / name).write_bytes(content)
        return [
            "import-checkpoint",
            name,
            "--variable",
            "zwd",
            "--norm",
            "0,50",
            "-o",
            "o.safetensors",
        ]

    return make


def _archive_of_torch(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(f"net/{name}", data)
    return buffer.getvalue()


for kind, content in {
    "empty": b"",
    "a letter": LETTER,
    "zip of a letter": zipped({"letter.txt": LETTER}),
    "pickle of a list": b"\x80\x02]q\x00.",
    "archive without data": _archive_of_torch({"version": b"3\n"}),
    "archive of a number": _archive_of_torch({"data.pkl": b"\x80\x02K\x07.", "version": b"3\n"}),
    "archive of an empty dict": _archive_of_torch(
        {"data.pkl": b"\x80\x02}q\0.", "version": b"3\n"}
    ),
}.items():
    add(f"pth: {kind}", _import(content))

# ------------------------------------------------------------------------ options that cannot be


def _options(*more, files=None):
    def make(folder):
        good().to_netcdf(folder / "in.nc")
        for name, content in (files or {}).items():
            if isinstance(content, xr.Dataset):
                content.to_netcdf(folder / name)
            else:
                (folder / name).write_bytes(content)
        return ["convert", "in.nc", "-o", "out.nc", *more]

    return make


PHYSICS = ("--model", "none")
for text in ("0.7", "-1", "0", "nan", "inf", "1e-9", "400", "one", "", "1,2", "0x10"):
    add(f"option: target {text or 'empty'}", _options(*PHYSICS, "--target", text))
for name, more in {
    "model not there": ("--model", "nowhere.safetensors"),
    "model of no name": ("--model", ""),
    "model a folder": ("--model", "."),
    "model is the input": ("--model", "in.nc"),
    "orography not there": (*PHYSICS, "--orography", "terrain.nc"),
    "orography is a word": (*PHYSICS, "--coarse-orography", "himalaya"),
    "reference not there": (*PHYSICS, "--reference", "truth.nc"),
    "height model of a word": (*PHYSICS, "--height-model", "guess"),
    "interpolation of a word": (*PHYSICS, "--interpolation", "nearest"),
    "precision of a word": (*PHYSICS, "--precision", "float7"),
    "device of a word": ("--device", "abacus"),
    "batch of nothing": ("--batch-size", "0"),
    "batch of a word": ("--batch-size", "many"),
    "compression of a word": (*PHYSICS, "--compression", "zip"),
    "compression of level 77": (*PHYSICS, "--compression", "zlib:77"),
    "start for a NetCDF file": (*PHYSICS, "--start", "2022-07-01"),
    "norm without a network": (*PHYSICS, "--norm", "0,50"),
    "norm of words": (*PHYSICS, "--norm", "low,high"),
    "norm of one number": (*PHYSICS, "--norm", "50"),
    "weight without a network": (*PHYSICS, "--weight", "w.npy"),
    "no such option": ("--faster",),
    "option without its value": ("--target",),
    "sigma without a network": (*PHYSICS, "--sigma"),
    "scheduler of nowhere": (*PHYSICS, "--scheduler", "letter"),
    "output in no folder": (*PHYSICS, "-o", "nowhere/out.nc"),
    "output is the input": (*PHYSICS, "-o", "in.nc", "--overwrite"),
    "output is there": (*PHYSICS, "-o", "in.nc"),
    "quantized and packed by a word": (*PHYSICS, "--pack=yes"),
}.items():
    add(f"option: {name}", _options(*more))

FAR = good().assign_coords(lat=[-30.0, -35.0, -40.0, -45.0])
NO_AXES = good().drop_vars(["lat", "lon"]).rename_dims(lat="a", lon="b")
for name, option, content in (
    ("letter", "--orography", LETTER),
    ("letter", "--coarse-orography", LETTER),
    ("letter", "--target", LETTER),
    ("letter", "--reference", LETTER),
    ("delays without heights", "--coarse-orography", good()[["zhd"]]),
    ("grid elsewhere", "--coarse-orography", FAR),
    ("grid elsewhere", "--orography", FAR),
    ("grid elsewhere", "--target", FAR),
    ("grid elsewhere", "--reference", FAR),
    ("grid without axes", "--target", NO_AXES),
    ("grid without axes", "--orography", NO_AXES),
    ("letter", "--height-model", LETTER),
):
    target = () if option == "--target" else ("--target", "5")
    more = (*PHYSICS, *target, option, "x.nc")
    add(f"option: {name} for {option}", _options(*more, files={"x.nc": content}))

for name, arguments in {
    "command of a word": ["invert"],
    "gpt3 at latitude 100": [
        "gpt3",
        "--lat",
        "100",
        "--lon",
        "0",
        "--height",
        "0",
        "--time",
        "2022-07-01",
    ],
    "gpt3 at no time": ["gpt3", "--lat", "50", "--lon", "0", "--height", "0", "--time", "noon"],
    "gpt3 of words": [
        "gpt3",
        "--lat",
        "north",
        "--lon",
        "0",
        "--height",
        "0",
        "--time",
        "2022-07-01",
    ],
    "assets of a word": ["assets", "everything"],
    "inspect what is not there": ["inspect", "nowhere.nc"],
    "simulate to a word": ["simulate", "--spacing", "wide"],
}.items():
    add(f"call: {name}", lambda _, arguments=arguments: arguments)

# ------------------------------------------------------------------------ levels of a weather model


def _weather():
    pressure = np.array([1000.0, 850.0, 500.0, 200.0, 50.0])
    height = 44330.0 * (1 - (pressure / 1013.25) ** 0.19)
    shape = (pressure.size, 2, 2)

    def spread(values):
        return np.broadcast_to(values[:, None, None], shape).astype("f4")

    dims = ("level", "lat", "lon")
    return xr.Dataset(
        {
            "t": (dims, spread(np.maximum(288 - 6.5e-3 * height, 216)), {"units": "K"}),
            "q": (dims, spread(0.01 * np.exp(-height / 2000)), {"units": "kg kg-1"}),
            "z": (dims, spread(height * 9.80665), {"units": "m2 s-2"}),
        },
        {
            "level": ("level", pressure, {"units": "hPa"}),
            "lat": ("lat", [45.0, 44.0], {"units": "degrees_north"}),
            "lon": ("lon", [10.0, 11.0], {"units": "degrees_east"}),
            "time": np.datetime64("2022-07-01", "ns"),
        },
    )


def _levels(change, *more):
    def make(folder):
        change(_weather()).to_netcdf(folder / "in.nc")
        return ["delays", "in.nc", "-o", "out.nc", *more]

    return make


def _scaled(name, factor):
    return lambda ds: ds.assign({name: (ds[name] * factor).assign_attrs(ds[name].attrs)})


def _united(name, unit):
    return lambda ds: ds.assign({name: ds[name].assign_attrs(units=unit)})


def _of_numbers(ds):
    return ds.assign_coords(level=("level", [137, 120, 100, 80, 60], {"long_name": "model level"}))


for kind, change in {
    "no temperature": lambda ds: ds.drop_vars("t"),
    "no humidity": lambda ds: ds.drop_vars("q"),
    "no heights": lambda ds: ds.drop_vars("z"),
    "no levels": lambda ds: ds.isel(level=0, drop=True),
    "one level": lambda ds: ds.isel(level=[0]),
    "level numbers": _of_numbers,
    "pressures negative": lambda ds: ds.assign_coords(
        level=("level", -ds.level.values, {"units": "hPa"})
    ),
    "pressures in kelvin": lambda ds: ds.assign_coords(
        level=("level", ds.level.values, {"units": "K"})
    ),
    "temperature in metres": _united("t", "m"),
    "temperature of the sun": _scaled("t", 20.0),
    "humidity 700": _scaled("q", 7e4),
    "humidity in kelvin": _united("q", "K"),
    "geopotential in kelvin": _united("z", "K"),
    "temperature of text": lambda ds: ds.assign(t=(ds.t.dims, ds.t.values.astype(str))),
    "no axes": lambda ds: ds.drop_vars(["lat", "lon"]).rename_dims(lat="a", lon="b"),
}.items():
    add(f"levels: {kind}", _levels(change))
for text in ("high", "0:1:0", "0:nan:1"):
    add(f"levels: height {text}", _levels(lambda ds: ds, "--height", text))
for suffix in (".nc", ".grb", ".zarr"):

    def _letter(folder, suffix=suffix):
        (folder / f"in{suffix}").write_bytes(LETTER)
        return ["delays", f"in{suffix}", "-o", "out.nc"]

    add(f"levels: letter{suffix}", _letter)

# ------------------------------------------------------------------------ arrays


def _array(*more, shape=(180, 360), **files):
    def make(folder):
        (folder / "in.npy").write_bytes(npy(np.full(shape, 0.1, "f4")))
        for name, content in files.items():
            (folder / f"{name}.npy").write_bytes(content)
        return ["convert", "in.npy", "-o", "out.nc", *more]

    return make


TWO = {"shape": (2, 180, 360)}
add("array: two slices and no step", _array(*PHYSICS, "--start", "2022-07-01", **TWO))
add("array: start of a word", _array(*PHYSICS, "--start", "yesterday", "--step", "6h"))
add("array: step of a word", _array(*PHYSICS, "--start", "2022-07-01", "--step", "soon", **TWO))
add("array: start of no month", _array(*PHYSICS, "--start", "20221301", "--step", "6h"))

__all__ = ["CASES", "convert"]
