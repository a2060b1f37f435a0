"""Broken inputs of every kind, each made in an empty folder.

A case is a function of the folder that leaves a broken input there and returns the arguments of the
command. No flip lies where it could bring a library itself down: they hit signatures, lengths that
are checked, and chunks that have a checksum.
"""

import functools
import gzip
import io
import json
import struct
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import xarray as xr

from helpers import vmf

DIMS = ("time", "lat", "lon")


def good(epochs=2):
    """A tiny regional grid that the command takes."""
    lat, lon = np.arange(50.0, 34.0, -5.0), np.arange(5.0, 21.0, 5.0)
    shape = (epochs, lat.size, lon.size)
    rng = np.random.default_rng(1)
    time = np.datetime64("2022-07-01", "ns") + np.arange(epochs) * np.timedelta64(6, "h")
    above = {"units": "m", "standard_name": "height_above_reference_ellipsoid"}
    return xr.Dataset(
        {
            "zhd": (DIMS, rng.uniform(2.2, 2.3, shape).astype("f4"), {"units": "m"}),
            "zwd": (DIMS, rng.uniform(0.1, 0.2, shape).astype("f4"), {"units": "m"}),
            "orography": (DIMS[1:], rng.uniform(50.0, 300.0, shape[1:]), above),
        },
        {
            "time": time,
            "lat": ("lat", lat, {"units": "degrees_north"}),
            "lon": ("lon", lon, {"units": "degrees_east"}),
        },
    )


def convert(name, *more):
    return ["convert", name, "-o", "out.nc", "--model", "none", "--target", "5", *more]


CASES = {}
"""Case by its name."""


def case(name):
    def register(make):
        assert name not in CASES, name
        CASES[name] = make
        return make

    return register


def add(name, make):
    case(name)(make)


# ------------------------------------------------------------------------ bytes under a good name


def _stored(content, name):
    def make(folder):
        (folder / name).write_bytes(content)
        return convert(name)

    return make


@functools.cache
def netcdf4():
    """Bytes of a file whose chunks have checksums."""
    encoding = {n: {"fletcher32": True, "chunksizes": (1, 4, 4)} for n in ("zhd", "zwd")}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "good.nc"
        good().to_netcdf(path, encoding=encoding)
        return path.read_bytes()


@functools.cache
def netcdf3():
    ds = good().assign_coords(time=("time", [0, 6], {"units": "hours since 2022-07-01"}))
    return bytes(ds.to_netcdf(engine="scipy", format="NETCDF3_64BIT"))


def npy(array=None):
    buffer = io.BytesIO()
    np.save(buffer, np.full((36, 72), 2.3, "f4") if array is None else array, allow_pickle=True)
    return buffer.getvalue()


def zipped(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90wS\xde"
HTML = b"<!DOCTYPE html><html><head><title>403 Forbidden</title></head><body></body></html>\n"
LETTER = b"Dear colleague,\n\nplease find the delays of July attached.\n\nKind regards\n"
KINDS = {
    "letter": LETTER,
    "page": HTML,
    "picture": PNG + bytes(100),
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(200),
    "program": b"\x7fELF\2\1\1" + bytes(300),
    "zeros": bytes(512),
    "nothing": b"",
    "one byte": b"C",
    "noise": np.random.default_rng(5).bytes(700),
    "json": b'{"type": "FeatureCollection", "features": []}\n',
    "pickle": b"\x80\x04\x95\x0b\0\0\0\0\0\0\0]\x94(K\x01K\x02e.",
    "tar": b"delays.nc".ljust(100, b"\0") + b"0000644\0" + bytes(404),
    "gzip cut": gzip.compress(LETTER * 50)[:60],
    "UTF-16": LETTER.decode().encode("utf-16"),
    "message of an archive": b'{"message": "authentication required", "status": 401}',
    "LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n",
}
for kind, content in KINDS.items():
    for name in ("in.nc", "in.npy", "VMF3_20220701.H00", "in.grb"):
        add(f"{kind} as {name}", _stored(content, name))
for kind in ("letter", "picture", "nothing", "noise"):
    add(f"{kind} as in.zip", _stored(KINDS[kind], "in.zip"))

add("zip of a letter", _stored(zipped({"letter.txt": LETTER}), "in.zip"))
add("zip of nothing", _stored(zipped({}), "in.zip"))
add("zip cut", _stored(zipped({"in.nc": netcdf4()})[:3000], "in.zip"))
add("zip of two letters as nc", _stored(zipped({"a.nc": LETTER, "b.nc": HTML}), "in.nc"))

# ------------------------------------------------------------------------ cut and flipped


def flipped(content, place, mask=0xFF):
    changed = bytearray(content)
    changed[place] ^= mask
    return bytes(changed)


for share in (1, 5, 20, 50, 80, 95):
    for kind, make_bytes, name in (
        ("netcdf4", netcdf4, "in.nc"),
        ("netcdf3", netcdf3, "in.nc"),
        ("npy", npy, "in.npy"),
    ):
        whole = make_bytes()
        add(f"{kind} cut at {share} %", _stored(whole[: len(whole) * share // 100], name))
for place in (0, 1, 3, 7):
    add(f"netcdf4 flipped at {place}", _stored(flipped(netcdf4(), place), "in.nc"))
    add(
        f"npy flipped at {place % 6}{'b' * (place > 5)}",
        _stored(flipped(npy(), place % 6), "in.npy"),
    )
for place in (0, 3, 11, 15):
    add(f"netcdf3 flipped at {place}", _stored(flipped(netcdf3(), place), "in.nc"))


def _flipped_chunk(name):
    def make(folder):
        content = netcdf4()
        values = good()[name].values[0].tobytes()
        place = content.index(values)
        (folder / "in.nc").write_bytes(flipped(content, place + 5))
        return convert("in.nc")

    return make


add("checksum of zhd is wrong", _flipped_chunk("zhd"))
add("checksum of zwd is wrong", _flipped_chunk("zwd"))


def _header_of_npy(text):
    header = text.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + bytes(36 * 72 * 4)


for kind, text in {
    "no dict": "hello",
    "no shape": "{'descr': '<f4', 'fortran_order': False}",
    "negative shape": "{'descr': '<f4', 'fortran_order': False, 'shape': (-36, 72)}",
    "huge shape": "{'descr': '<f4', 'fortran_order': False, 'shape': (3600000, 7200000)}",
    "no such type": "{'descr': '<q9', 'fortran_order': False, 'shape': (36, 72)}",
    "code": "{'descr': print(1), 'fortran_order': False, 'shape': (36, 72)}",
}.items():
    add(f"npy header: {kind}", _stored(_header_of_npy(text), "in.npy"))

for kind, array in {
    "one dimension": np.full(72, 2.3, "f4"),
    "four dimensions": np.full((1, 1, 36, 72), 2.3, "f4"),
    "no rows": np.zeros((0, 72), "f4"),
    "odd shape": np.full((7, 9), 2.3, "f4"),
    "complex": np.full((36, 72), 2.3 + 1j),
    "text": np.full((36, 72), "2.3"),
    "objects": np.full((36, 72), None, object),
    "booleans": np.full((36, 72), True),
    "dates": np.full((36, 72), np.datetime64("2022-07-01")),
    "fields of a record": np.zeros((36, 72), [("zhd", "f4"), ("zwd", "f4")]),
    "all missing": np.full((36, 72), np.nan, "f4"),
    "infinite": np.full((36, 72), np.inf, "f4"),
    "no delay": np.full((36, 72), 77.7e3, "f4"),
    "a number": np.float32(2.3),
}.items():
    add(f"npy of {kind}", _stored(npy(array), "in.npy"))

# ------------------------------------------------------------------------ VMF text


def _vmf(change):
    def make(folder):
        (folder / "delays").write_text(change(vmf.text()))
        return convert("delays", "--coarse-orography", "none")

    return make


def _lines(change):
    return lambda text: "".join(change(text.splitlines(keepends=True)))


def _replaced(old, new):
    def change(text):
        assert old in text
        return text.replace(old, new)

    return change


def _row(place, text):
    return _lines(lambda lines: [*lines[:place], text, *lines[place + 1 :]])


FIRST = 7  # line of the first node
VMF = {
    "cut in a line": lambda text: text[:-17],
    "half of the lines": _lines(lambda lines: lines[: len(lines) // 2]),
    "a line left out": _lines(lambda lines: lines[:20] + lines[21:]),
    "a line twice": _lines(lambda lines: [*lines[:20], lines[20], *lines[20:]]),
    "header alone": _lines(lambda lines: lines[:FIRST]),
    "a word for a number": _row(30, " 45.0  15.0  0.0012  abc  2.1  0.1\n"),
    "a column too few": _row(30, " 45.0  15.0  0.0012  0.0005  2.1\n"),
    "two columns alone": _lines(lambda lines: [f"{line[:13]}\n" for line in lines[FIRST:]]),
    "nan": _row(30, " 45.0  15.0  0.0012  0.0005  nan  nan\n"),
    "delays of 77 m": _lines(lambda ls: [*ls[:FIRST], *(_seventy(line) for line in ls[FIRST:])]),
    "no month 13": _replaced("2021 03 04", "2021 13 04"),
    "no 30th of February": _replaced("2021 03 04", "2021 02 30"),
    "epoch of words": _replaced("2021 03 04 06 00  0.0", "March 4th"),
    "scale of words": _replaced("1.e+00", "one"),
    "scale of zero": _replaced("1.e+00", "0.e+00"),
    "scale of nan": _replaced("1.e+00", "nan"),
    "other range": _replaced(vmf.RANGE, "-90 90 0 360 2 2.5"),
    "a zero byte in a line": _row(30, " 45.0  15.0  0.0012  \0  2.1  0.1\n"),
}


def _seventy(line):
    return f"{line[:38]}77.0000  77.0000\n"


for kind, change in VMF.items():
    add(f"VMF: {kind}", _vmf(change))

# ------------------------------------------------------------------------ NetCDF of wrong content


def _netcdf(change, *more):
    def make(folder):
        change(good()).to_netcdf(folder / "in.nc")
        return convert("in.nc", *more)

    return make


def _axis(name, values, **attrs):
    def change(ds):
        ds = ds.drop_vars(name)
        return ds.assign_coords({name: (name, np.asarray(values), attrs)})

    return change


def _values(name, change, **attrs):
    def changed(ds):
        data = change(ds[name].values.copy())
        return ds.assign({name: (ds[name].dims, data, {**ds[name].attrs, **attrs})})

    return changed


def _put(value, everywhere=False):
    def change(values):
        values[... if everywhere else (0,) * values.ndim] = value
        return values

    return change


def _units(name, unit):
    return lambda ds: ds.assign({name: ds[name].assign_attrs(units=unit)})


def _curvilinear(ds):
    lat, lon = np.meshgrid(ds.lat, ds.lon, indexing="ij")
    lat, lon = lat + 0.1 * lon, lon - 0.1 * lat
    ds = ds.drop_vars(["lat", "lon"]).rename_dims(lat="y", lon="x")
    return ds.assign_coords(lat=(("y", "x"), lat), lon=(("y", "x"), lon))


def _stations(ds):
    return ds.isel(
        lat=xr.DataArray([0, 1, 2], dims="site"), lon=xr.DataArray([0, 1, 2], dims="site")
    )


CONTENT = {
    "no latitude": lambda ds: ds.drop_vars("lat").rename_dims(lat="row"),
    "no longitude": lambda ds: ds.drop_vars("lon").rename_dims(lon="column"),
    "no axes": lambda ds: ds.drop_vars(["lat", "lon"]).rename_dims(lat="a", lon="b"),
    "no delay": lambda ds: ds[["orography"]],
    "nothing at all": lambda _: xr.Dataset(),
    "attributes alone": lambda _: xr.Dataset(attrs={"title": "delays"}),
    "wet delay without heights": lambda ds: ds[["zwd"]],
    "total alone without heights": lambda ds: ds[["zhd"]].rename(zhd="ztd"),
    "curvilinear": _curvilinear,
    "stations": _stations,
    "one row": lambda ds: ds.isel(lat=[0]),
    "one column": lambda ds: ds.isel(lon=[0]),
    "one node": lambda ds: ds.isel(lat=[0], lon=[0]),
    "no row": lambda ds: ds.isel(lat=slice(0)),
    "no column": lambda ds: ds.isel(lon=slice(0)),
    "no epoch": lambda ds: ds.isel(time=slice(0)),
    "a time that turns": lambda ds: ds.isel(time=[0, 0]),
    "three epochs, two alike": lambda ds: xr.concat(
        [ds, ds.isel(time=[1])], "time", data_vars="minimal"
    ),
    "latitude not in order": _axis("lat", [50.0, 40.0, 45.0, 35.0], units="degrees_north"),
    "latitude twice": _axis("lat", [50.0, 45.0, 45.0, 40.0], units="degrees_north"),
    "latitude uneven": _axis("lat", [50.0, 45.0, 40.0, 34.0], units="degrees_north"),
    "latitude with NaN": _axis("lat", [50.0, np.nan, 40.0, 35.0], units="degrees_north"),
    "latitude infinite": _axis("lat", [np.inf, 45.0, 40.0, 35.0], units="degrees_north"),
    "latitude all equal": _axis("lat", [40.0] * 4, units="degrees_north"),
    "latitude beyond the pole": _axis("lat", [100.0, 95.0, 90.0, 85.0], units="degrees_north"),
    "latitude of words": _axis("lat", ["a", "b", "c", "d"], units="degrees_north"),
    "latitude in metres": _axis("lat", [5e6, 4e6, 3e6, 2e6], units="m"),
    "longitude not in order": _axis("lon", [5.0, 15.0, 10.0, 21.0], units="degrees_east"),
    "longitude twice": _axis("lon", [5.0, 10.0, 10.0, 15.0], units="degrees_east"),
    "longitude uneven": _axis("lon", [5.0, 10.0, 15.0, 22.0], units="degrees_east"),
    "longitude with NaN": _axis("lon", [5.0, 10.0, 15.0, np.nan], units="degrees_east"),
    "longitude all equal": _axis("lon", [5.0] * 4, units="degrees_east"),
    "zhd in pascal": _units("zhd", "Pa"),
    "zhd in kelvin": _units("zhd", "K"),
    "zhd in nonsense": _units("zhd", "parsec per fortnight"),
    "zwd in kg": _units("zwd", "kg m-2"),
    "zwd in seconds": _units("zwd", "s"),
    "heights in kelvin": _units("orography", "K"),
    "heights in nonsense": _units("orography", "bananas"),
    "zhd in metres, said mm": _units("zhd", "mm"),
    "zhd in metres, said km": _units("zhd", "km"),
    "zwd said cm": _values("zwd", lambda v: v * 1e4, units="cm"),
    "zhd negative": _values("zhd", lambda v: -v),
    "zhd of millimetres said m": _values("zhd", lambda v: v * 1000),
    "zwd negative": _values("zwd", lambda v: -v),
    "zwd 20 m": _values("zwd", lambda v: v + 20),
    "zhd one infinite": _values("zhd", _put(np.inf)),
    "zwd one infinite": _values("zwd", _put(-np.inf)),
    "zhd one 9999": _values("zhd", _put(9999.0)),
    "zhd one 1e20": _values("zhd", _put(1e20)),
    "heights all missing": _values("orography", _put(np.nan, everywhere=True)),
    "heights infinite": _values("orography", _put(np.inf)),
    "heights of the moon": _values("orography", lambda v: v + 384e6),
    "heights below the sea floor": _values("orography", lambda v: v - 12000.0),
    "delays text": lambda ds: _values("zwd", lambda v: v.astype(str))(
        _values("zhd", lambda v: v.astype(str))(ds)
    ),
    "two levels": lambda ds: ds.assign(
        {n: ds[n].expand_dims(level=[0, 1]) for n in ("zhd", "zwd")}
    ),
    "five members": lambda ds: ds.assign({n: ds[n].expand_dims(number=5) for n in ("zhd", "zwd")}),
    "two different times": lambda ds: ds.assign(
        zwd=ds.zwd.rename(time="valid_time").assign_coords(
            valid_time=ds.time.values + np.timedelta64(3, "h")
        )
    ),
    "times of words": _axis("time", ["yesterday", "today"]),
    "times of ISO with no day": _axis("time", ["2022-02-30", "2022-02-31"]),
    "times in digits of no date": _axis("time", ["20221301", "20221302"]),
    "times before all dates": _axis("time", ["0001-01-01", "0001-01-02"]),
    "CF times of nonsense": _axis("time", [0.0, 6.0], units="hours since the big bang"),
    "CF times far off": _axis("time", [0.0, 1e15], units="days since 2022-07-01"),
    "calendar of 360 days": _axis(
        "time", [29.0, 30.0], units="days since 2022-02-01", calendar="360_day"
    ),
    "calendar of nobody": _axis("time", [0.0, 1.0], units="days since 2022-02-01", calendar="maya"),
    "times of cdo, no date": _axis("time", [20221301.0, 20221302.0], units="day as %Y%m%d.%f"),
    "times missing": _axis("time", np.array(["NaT", "2022-07-01"], "M8[ns]")),
    "starts without steps": lambda ds: ds.rename(time="forecast_reference_time"),
    "two forecasts for one time": lambda ds: _two_forecasts(ds),
}


def _two_forecasts(ds):
    steps = np.array([0, 6], "m8[h]").astype("m8[ns]")
    ds = ds.assign({n: ds[n].expand_dims(step=steps, axis=1) for n in ("zhd", "zwd")})
    return ds


for kind, change in CONTENT.items():
    add(f"content: {kind}", _netcdf(change))


def _raw(write):
    """Through netCDF4 itself, for what xarray would not write."""

    def make(folder):
        import netCDF4

        with netCDF4.Dataset(folder / "in.nc", "w") as file:
            write(file)
        return convert("in.nc")

    return make


def _frame(file, *, kind="f4", fill=None):
    for name, axis in (("lat", [50.0, 45.0, 40.0]), ("lon", [5.0, 10.0, 15.0])):
        file.createDimension(name, 3)
        file.createVariable(name, "f8", (name,))[:] = axis
    return file.createVariable("zwd", kind, ("lat", "lon"), fill_value=fill)


@case("raw: complex as a compound")
def _complex(folder):
    def write(file):
        pair = np.dtype([("real", "f8"), ("imag", "f8")])
        known = file.createCompoundType(pair, "complex")
        _frame(file, kind=known)

    return _raw(write)(folder)


@case("raw: packing by words")
def _packing(folder):
    def write(file):
        zwd = _frame(file, kind="i2")
        zwd.scale_factor, zwd.units = "ten", "m"

    return _raw(write)(folder)


@case("raw: nothing but fill values")
def _filled(folder):
    def write(file):
        _frame(file, fill=-999.0).units = "m"

    return _raw(write)(folder)


@case("raw: a grid in a group, two of them")
def _groups(folder):
    def write(file):
        for name in ("a", "b"):
            _frame(file.createGroup(name)).units = "m"

    return _raw(write)(folder)


# ------------------------------------------------------------------------ paths


@case("path: not there")
def _not_there(folder):
    return convert("in.nc")


@case("path: a pattern without files")
def _no_match(folder):
    return convert("in_*.nc")


@case("path: a folder")
def _folder(folder):
    (folder / "in.nc").mkdir()
    return convert("in.nc")


@case("path: a folder with a letter")
def _folder_with_letter(folder):
    (folder / "in.zarr").mkdir()
    (folder / "in.zarr" / "letter.txt").write_bytes(LETTER)
    return convert("in.zarr")


@case("path: a broken link")
def _broken_link(folder):
    (folder / "in.nc").symlink_to("elsewhere.nc")
    return convert("in.nc")


@case("path: a link to itself")
def _link_to_itself(folder):
    (folder / "in.nc").symlink_to("in.nc")
    return convert("in.nc")


@case("path: a name of 300 letters")
def _long_name(folder):
    return convert("x" * 300 + ".nc")


@case("path: an empty name")
def _no_name(folder):
    return convert("")


@case("path: a member that is not there")
def _no_member(folder):
    (folder / "in.zip").write_bytes(zipped({"a.nc": netcdf4()}))
    return convert("in.zip#b.nc")


@case("path: a group that is not there")
def _no_group(folder):
    good().to_netcdf(folder / "in.nc")
    return convert("in.nc#run")


@case("path: two kinds")
def _two_kinds(folder):
    good().to_netcdf(folder / "a.nc")
    (folder / "b.npy").write_bytes(npy())
    return ["convert", "a.nc", "b.npy", "-o", "out.nc", "--model", "none"]


@case("path: one file twice in time")
def _same_times(folder):
    good().to_netcdf(folder / "a.nc")
    good().to_netcdf(folder / "b.nc")
    return ["convert", "a.nc", "b.nc", "-o", "out.nc", "--model", "none", "--target", "5"]


@case("path: two grids")
def _two_grids(folder):
    good().to_netcdf(folder / "a.nc")
    later = good().assign_coords(time=good().time + np.timedelta64(2, "D"))
    later.assign_coords(lat=later.lat - 2.0).to_netcdf(folder / "b.nc")
    return ["convert", "a.nc", "b.nc", "-o", "out.nc", "--model", "none", "--target", "5"]


# ------------------------------------------------------------------------ Zarr


def _zarr(change, version=2):
    def make(folder):
        ds = good().chunk()
        ds.to_zarr(folder / "in.zarr", zarr_format=version, consolidated=version == 2)
        change(folder / "in.zarr")
        return convert("in.zarr")

    return make


def _rewrite(name, change):
    def apply(store):
        path = store / name
        path.write_bytes(change(path.read_bytes()))

    return apply


def _edit(name, **entries):
    def change(content):
        return json.dumps({**json.loads(content), **entries}).encode()

    return _rewrite(name, change)


def _both(*changes):
    def apply(store):
        for change in changes:
            change(store)

    return apply


def _remove(*names):
    def apply(store):
        for name in names:
            (store / name).unlink()

    return apply


ALONE = _remove(".zmetadata")
ZARR2 = {
    "metadata cut": _rewrite(".zmetadata", lambda content: content[: len(content) // 2]),
    "metadata empty": _rewrite(".zmetadata", lambda content: b""),
    "metadata a letter": _rewrite(".zmetadata", lambda content: LETTER),
    "group a letter": _both(ALONE, _rewrite(".zgroup", lambda content: LETTER)),
    "array a letter": _both(ALONE, _rewrite("zhd/.zarray", lambda content: LETTER)),
    "array cut": _both(ALONE, _rewrite("zhd/.zarray", lambda content: content[:80])),
    "array of no type": _both(ALONE, _edit("zhd/.zarray", dtype="<q9")),
    "array of no codec": _both(ALONE, _edit("zhd/.zarray", compressor={"id": "magic"})),
    "array of negative shape": _both(ALONE, _edit("zhd/.zarray", shape=[-2, 4, 4])),
    "array of other shape": _both(ALONE, _edit("zhd/.zarray", shape=[2, 4, 5])),
    "format 9": _both(ALONE, _edit("zhd/.zarray", zarr_format=9)),
    "chunk cut": _rewrite("zhd/0.0.0", lambda content: content[:9]),
    "chunk empty": _rewrite("zhd/0.0.0", lambda content: b""),
    "chunk a letter": _rewrite("zhd/0.0.0", lambda content: LETTER),
    "axis left out": _both(ALONE, _remove("lat/.zarray", "lat/.zattrs", "lat/0")),
}
ZARR3 = {
    "group cut": _rewrite("zarr.json", lambda content: content[:40]),
    "group a letter": _rewrite("zarr.json", lambda content: LETTER),
    "group empty": _rewrite("zarr.json", lambda content: b""),
    "array cut": _rewrite("zhd/zarr.json", lambda content: content[:80]),
    "array a letter": _rewrite("zhd/zarr.json", lambda content: LETTER),
    "array of no type": _edit("zhd/zarr.json", data_type="float99"),
    "array of no codec": _edit("zhd/zarr.json", codecs=[{"name": "magic"}]),
    "format 9": _edit("zarr.json", zarr_format=9),
    "chunk cut": _rewrite("zhd/c/0/0/0", lambda content: content[:9]),
    "chunk a letter": _rewrite("zhd/c/0/0/0", lambda content: LETTER),
}
for kind, change in ZARR2.items():
    add(f"zarr 2: {kind}", _zarr(change))
for kind, change in ZARR3.items():
    add(f"zarr 3: {kind}", _zarr(change, version=3))
