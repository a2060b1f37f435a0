"""Model levels that cdo and NCO make go in, and give what the plain file does."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.cli.group import main

from helpers.hybrid_levels import LEVELS, coefficients, model_levels
from helpers.interop import call, cdo, needs
from helpers.shell import one_line


def delays_of(folder, *names, ok=True):
    out = folder / "delays.nc"
    out.unlink(missing_ok=True)
    files = [str(folder / name) for name in names]
    with pytest.raises(SystemExit) as stop:
        main(["delays", *files, "-o", str(out), "--overwrite", "-q"])
    assert (stop.value.code == 0) == ok
    if not ok:
        assert not out.exists()
        return None
    with xr.open_dataset(out, engine="netcdf4") as ds:
        return ds.load()


@pytest.fixture(scope="module")
def levels(tmp_path_factory):
    """A folder with the plain file, and the same as cdo has it: coefficients on ``nhym``."""
    folder = tmp_path_factory.mktemp("levels")
    ds = model_levels()
    ds.to_netcdf(folder / "plain.nc")
    if needs("cdo").args[0]:
        pytest.skip(needs("cdo").kwargs["reason"])
    table = " ".join(f"{value!r}" for part in coefficients() for value in part.tolist())
    numbers = " ".join(str(number) for number in range(1, LEVELS + 1))
    (folder / "axis.txt").write_text(
        f"zaxistype = hybrid\nsize = {LEVELS}\nname = lev\nlevels = {numbers}\n"
        f"vctsize = {2 * LEVELS + 2}\nvct = {table}\n"
    )
    ds[["t", "q"]].to_netcdf(folder / "air.nc")
    ds[["sp", "z"]].to_netcdf(folder / "ground.nc")
    cdo(f"setzaxis,{folder / 'axis.txt'}", folder / "air.nc", folder / "tq.nc")
    cdo("merge", folder / "tq.nc", folder / "ground.nc", folder / "cdo.nc")
    with xr.open_dataset(folder / "cdo.nc", engine="netcdf4") as made:
        assert made.hyam.dims == ("nhym",)
        assert made.hyam.dims != made.lev.dims
    return folder


@pytest.fixture(scope="module")
def right(levels):
    return delays_of(levels, "plain.nc")


def check(found, right, close=1e-5):
    wanted = right.sel(lat=found.lat, lon=found.lon, time=found.time)
    for name in ("zhd", "zwd"):
        difference = np.abs(found[name] - wanted[name])
        assert float(difference.max()) < close, name
        assert not difference.isnull().any()
    assert float(np.abs(found.orography - wanted.orography).max()) < 1e-2


CDO = {
    "as they are": "copy",
    "absolute time": "-a copy",
    "two-dimensional": "setgridtype,curvilinear",
    "south up": "invertlat",
    "ground first": "invertlev",
    "ground first and back": "-invertlev -invertlev",
    "ground first in a box": "-invertlev -sellonlatbox,2,11,41,51",
    "compressed": "-f nc4c -z zip copy",
    "classic": "-f nc1 copy",
    "float32": "-b F32 copy",
    "box": "sellonlatbox,2,11,41,51",
    "times made": "settaxis,2022-07-01,00:00:00,6hour",
    "logarithm of pressure": "expr,t=t;q=q;lnsp=log(sp);z=z",
}
NCO = {
    "levels turned": "ncpdq -a -lev",
    "levels last": "ncpdq -a lat,lon,time,lev",
    "half levels": "ncks -C -x -v hyam,hybm",
    "packed": "ncpdq -P all_new",
    "rows": "ncks -d lat,1,3",
    "record dimension": "ncks --mk_rec_dmn time",
}


@needs("cdo")
@pytest.mark.filterwarnings("ignore::tropdsx.errors.TropdsxWarning")
@pytest.mark.parametrize("words", CDO.values(), ids=CDO)
def test_levels_of_cdo(words, levels, right):
    cdo(*words.split(), levels / "cdo.nc", levels / "made.nc")
    check(delays_of(levels, "made.nc"), right)


@needs("cdo", "ncks")
@pytest.mark.parametrize("words", NCO.values(), ids=NCO)
def test_levels_of_nco(words, levels, right):
    program, *options = words.split()
    call(program, "-O", *options, levels / "cdo.nc", levels / "made.nc")
    check(delays_of(levels, "made.nc"), right)


@needs("cdo", "ncks")
@pytest.mark.parametrize("words", ["cdo sellevel,8/30", "ncks -O -d lev,7,29"])
def test_the_lower_levels_keep_their_coefficients(words, levels, right):
    """cdo leaves the ground out, which comes in a file of its own; the air above is the model's."""
    program, *options = words.split()
    run = cdo if program == "cdo" else lambda *rest: call("ncks", *rest)
    run(*options, levels / "cdo.nc", levels / "made.nc")
    cdo("selname,sp,z", levels / "cdo.nc", levels / "ground.nc")
    files = ["made.nc"] + ["ground.nc"] * (program == "cdo")
    check(delays_of(levels, *files), right, 3e-4)


@needs("cdo")
def test_levels_in_files_that_belong_together(levels, right):
    cdo("selname,t,q", levels / "cdo.nc", levels / "tq.nc")
    cdo("selname,sp,z", levels / "cdo.nc", levels / "spz.nc")
    cdo("splithour", levels / "cdo.nc", f"{levels / 'hour'}_")
    cdo("mergetime", levels / "hour_06.nc", levels / "hour_00.nc", levels / "merged.nc")
    for files in (["tq.nc", "spz.nc"], ["spz.nc", "tq.nc"], ["hour_06.nc", "hour_00.nc"]):
        check(delays_of(levels, *files), right)
    check(delays_of(levels, "merged.nc"), right)


@needs("cdo")
def test_pressure_levels_that_cdo_interpolates(levels, right):
    """Those above the ground, down to which they are carried on."""
    pressures = ",".join(str(100 * p) for p in (*range(925, 50, -25), 50, 30, 20))
    words = [f"ml2pl,{pressures}", "-chname,sp,aps"]
    cdo(*words, levels / "cdo.nc", levels / "made.nc")
    check(delays_of(levels, "made.nc"), right, 1e-2)


@needs("cdo", "ncks")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("ncks -C -x -v hyai,hybi,hyam,hybm", "hyam and hybm"),
        ("ncks -d lev,7,29 -d nhym,7,29 -d nhyi,7,30", "accepted are the numbers of these"),
        ("ncks -C -x -v sp", "surface pressure"),
    ],
)
def test_levels_that_lack_something_are_refused_in_one_line(words, said, levels, capsys):
    program, *options = words.split()
    call(program, "-O", *options, levels / "cdo.nc", levels / "made.nc")
    delays_of(levels, "made.nc", ok=False)
    assert said in one_line(capsys.readouterr().err)
