"""Files that cdo, NCO and GDAL make of delays go in, and give what the plain file does."""

import functools

import numpy as np
import pytest
import xarray as xr

from tropdsx.cli.group import main
from tropdsx.read.delays import open_delays

from helpers.interop import call, cdo, needs
from helpers.odd_inputs import NAMES, plain, standard
from helpers.shell import one_line

CLOSE = 1e-5
"""How far results may differ [m]."""

CDO = {
    "absolute time": "-a copy",
    "absolute time in days": "-a -settunits,days",
    "absolute time in minutes": "-a -settunits,minutes",
    "absolute time, classic": "-a -f nc1 copy",
    "relative time": "-r setreftime,1900-01-01,00:00:00,1minute",
    "seconds": "settunits,seconds",
    "another calendar": "setcalendar,proleptic_gregorian",
    "times made": "settaxis,2022-07-01,00:00:00,6hour",
    "no order of times": "-cat -seltimestep,3/4 {plain} -seltimestep,1/2",
    "two-dimensional": "setgridtype,curvilinear",
    "two-dimensional and back": "-setgridtype,lonlat -setgridtype,curvilinear",
    "float32": "-b F32 copy",
    "float64": "-b F64 copy",
    "south up": "invertlat",
    "compressed": "-f nc4c -z zip copy",
    "version 2": "-f nc2 copy",
    "version 5": "-f nc5 copy",
    "one chunk": "-f nc4 -k grid copy",
    "same grid": "remapbil,{plain}",
    "signed": "sellonlatbox,-180,180,-90,90",
    "from 100 deg": "sellonlatbox,100,460,-90,90",
    "another fill value": "setmissval,-999",
    "names": "chname,zhd,ZHD,lat,latitude,lon,longitude",
    "computed": "expr,zhd=zhd;zwd=zwd;orography=orography",
    "total computed": "expr,ztd=zhd+zwd;zwd=zwd;orography=orography",
    "in millimetres": "-setattribute,zwd@units=mm -expr,zhd=zhd;zwd=zwd*1000;orography=orography",
    "a level": "setlevel,0",
}
NCO = {
    "longitude before latitude": "ncpdq -a lon,lat",
    "time last": "ncpdq -a lat,lon,time",
    "rows turned": "ncpdq -a -lat",
    "columns turned": "ncpdq -a -lon",
    "epochs turned": "ncpdq -a -time",
    "hyperslab": "ncks -d time,0,3",
    "two hyperslabs": "ncks --msa -d lon,180.,360. -d lon,0.,179.9",
    "record dimension": "ncks --mk_rec_dmn time",
    "classic in netCDF-4": "ncks -7 -L 1",
    "netCDF-3": "ncks -3",
    "record of one": "ncecat",
    "weighted sum": "ncflint -w 1,0 {plain}",
    "arithmetic": 'ncap2 -s zwd=zwd*100;zwd@units="cm"',
    "no units": "ncatted -a units,zhd,d,, -a units,zwd,d,,",
    "7 digits": "ncks --ppc default=7",
}
LOSSY = {"packed": ("ncpdq -P all_new", 4e-5), "6 digits": ("ncks --ppc default=6", 1.1e-5)}
"""What stores values less exactly, and by how much [m]."""


def of_command(words, folder):
    """Run ``program options`` on the plain file."""
    made, source = folder / "made.nc", folder / "plain.nc"
    words = [word.replace("{plain}", str(source)) for word in words.split(" ")]
    made.unlink(missing_ok=True)
    if words[0].startswith("nc"):
        call(words[0], "-O", *words[1:], source, made)
    else:
        cdo(*words, source, made)
    return made


def converted(file, *options):
    """Run the command, physics alone, and read what it writes."""
    inputs = file if isinstance(file, list) else [file]
    out = inputs[0].with_name("out.nc")
    words = [*inputs, "-o", out, "--model", "none", "--target", 5, "--overwrite", "-q", *options]
    with pytest.raises(SystemExit) as stop:
        main(["convert", *map(str, words)])
    assert stop.value.code == 0
    with xr.open_dataset(out, engine="netcdf4") as ds:
        return ds.load()


@functools.cache
def wanted(folder):
    return standard(converted(folder / "plain.nc"), NAMES["plain"])


def check(result, right, close=CLOSE, names=("zhd", "zwd")):
    result = result.rename({"ZHD": "zhd"} if "ZHD" in result else {})
    nodes, delays = standard(result, NAMES["words" if "latitude" in result.dims else "plain"])
    for found, node in zip(nodes, right[0], strict=True):
        assert found.shape == node.shape
    assert np.array_equal(nodes[0], right[0][0])
    for found, node in zip(nodes[1:], right[0][1:], strict=True):
        np.testing.assert_allclose(found, node, atol=1e-6)
    for name in names:
        np.testing.assert_allclose(delays[name], right[1][name], rtol=0, atol=close, err_msg=name)


@needs("cdo")
@pytest.mark.filterwarnings("ignore::tropdsx.errors.TropdsxWarning")
@pytest.mark.parametrize("words", CDO.values(), ids=CDO)
def test_files_of_cdo(words, folder):
    check(converted(of_command(words, folder)), wanted(folder))


@needs("ncks", "ncap2")
@pytest.mark.filterwarnings("ignore::tropdsx.errors.TropdsxWarning")
@pytest.mark.parametrize("words", NCO.values(), ids=NCO)
def test_files_of_nco(words, folder):
    check(converted(of_command(words, folder)), wanted(folder))


@needs("ncks")
@pytest.mark.parametrize(("words", "close"), LOSSY.values(), ids=LOSSY)
def test_files_that_hold_less(words, close, folder):
    check(converted(of_command(words, folder)), wanted(folder), close)


BOXES = {
    "cdo": "sellonlatbox,150,230,-50,50",
    "cdo, signed": "sellonlatbox,150,-130,-50,50",
    "cdo, to the west": "sellonlatbox,-210,-130,-50,50",
    "cdo, two-dimensional": "-sellonlatbox,150,230,-50,50 -setgridtype,curvilinear",
    "cdo, by number": "selindexbox,16,23,5,14",
    "ncks": "ncks -d lon,150.,230. -d lat,-50.,50.",
}


@needs("cdo", "ncks")
@pytest.mark.parametrize("name", BOXES)
def test_boxes_across_the_antimeridian(name, folder):
    """With their heights, which belong to the box."""
    made = of_command(BOXES[name], folder)
    plain(True).to_netcdf(folder / "box.nc")
    check(converted(made), standard(converted(folder / "box.nc"), NAMES["plain"]))


@needs("cdo", "ncks")
def test_files_that_belong_together(folder, tmp_path):
    """Cut along time or by variables, and joined by either tool, or by ours."""
    source = folder / "plain.nc"
    for part, steps in (("a", "1/2"), ("b", "3/4")):
        cdo("seltimestep," + steps, source, tmp_path / f"{part}.nc")
        call(
            "ncks", "-O", "--mk_rec_dmn", "time", tmp_path / f"{part}.nc", tmp_path / f"r{part}.nc"
        )
    first, second = tmp_path / "a.nc", tmp_path / "b.nc"
    cdo("mergetime", second, first, tmp_path / "mergetime.nc")
    cdo("cat", first, second, tmp_path / "cat.nc")
    call("ncrcat", "-O", tmp_path / "ra.nc", tmp_path / "rb.nc", tmp_path / "ncrcat.nc")
    cdo("selname,zhd", source, tmp_path / "zhd.nc")
    cdo("selname,zwd,orography", source, tmp_path / "rest.nc")
    cdo("merge", tmp_path / "zhd.nc", tmp_path / "rest.nc", tmp_path / "merge.nc")
    cdo("sellonlatbox,0,180,-90,90", source, tmp_path / "east.nc")
    cdo("sellonlatbox,180,360,-90,90", source, tmp_path / "west.nc")
    cdo("collgrid", tmp_path / "east.nc", tmp_path / "west.nc", tmp_path / "collgrid.nc")
    for name in ("mergetime", "cat", "ncrcat", "merge", "collgrid"):
        check(converted(tmp_path / f"{name}.nc"), wanted(folder))
    check(converted([second, first]), wanted(folder))
    check(converted([tmp_path / "zhd.nc", tmp_path / "rest.nc"]), wanted(folder))


@needs("cdo")
def test_means_of_cdo(folder, tmp_path):
    """What they are the means of is said; the interval, which is left out, is too."""
    cdo("daymean", folder / "plain.nc", tmp_path / "mean.nc")
    out = converted(tmp_path / "mean.nc")
    assert out.time.values.tolist() == [np.datetime64("2022-07-01T09", "ns").item()]
    assert out.zhd.cell_methods.startswith("time: mean")
    assert "bounds" not in out.time.attrs
    assert "time: bounds 'time_bnds' left out" in out.tropdsx_notes
    right = wanted(folder)[1]["zhd"].mean(axis=0)
    # Temperatures of the air, by which heights are lifted, hardly change within a day.
    np.testing.assert_allclose(out.zhd[0].sortby("lat", ascending=False), right, atol=1e-3)


@needs("cdo", "ncks")
def test_a_result_goes_through_cdo_and_comes_back(results, tmp_path):
    """Heights survive a box and serve as those of the next input."""
    file = results["with errors"]
    cdo("sellonlatbox,-60,60,-60,60", file, tmp_path / "box.nc")
    with xr.open_dataset(file, engine="netcdf4") as whole, open_delays(tmp_path / "box.nc") as box:
        part = whole.assign_coords(lon=(whole.lon + 180) % 360 - 180).sortby("lon")
        part = part.sel(lat=box.lat, lon=box.lon)
        np.testing.assert_array_equal(box.orography, part.orography)
        np.testing.assert_array_equal(box.zwd, part.zwd)
    fine = converted(tmp_path / "box.nc", "--target", 2.5)
    assert {"zhd", "zwd", "orography"} <= set(fine.variables)


REFUSED = {
    "seconds of absolute time": ("cdo", "-a -settunits,seconds", "day as"),
    "months of absolute time": ("cdo", "-a -settunits,months", "more than once"),
    "points": ("cdo", "setgridtype,unstructured", "ncells"),
    "a group": ("ncks", "ncks -G delays", "#delays"),
    "no heights": ("cdo", "selname,zhd,zwd", "no orography"),
    "twice the height": ("cdo", "mulc,2", "accepted"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_understood_is_refused_in_one_line(name, folder, capsys):
    program, words, said = REFUSED[name]
    mark = needs(program)
    if mark.args[0]:
        pytest.skip(mark.kwargs["reason"])
    file = of_command(words, folder)
    out = file.with_name("never.nc")
    with pytest.raises(SystemExit) as stop:
        main(["convert", str(file), "-o", str(out), "--model", "none", "-q"])
    assert stop.value.code in (1, 2)
    assert said in one_line(capsys.readouterr().err)
    assert not out.exists()


@needs("gdal_translate")
def test_gdal_writes_latitudes_that_are_none(folder, tmp_path, capsys):
    """GDAL 3.6 leaves them as the memory was, and says so; its files of one epoch are good."""
    source = f"NETCDF:{folder / 'plain.nc'}"
    call("gdal_translate", "-q", "-of", "netCDF", f"{source}:orography", tmp_path / "good.nc")
    made = tmp_path / "made.nc"
    call("gdal_translate", "-q", "-of", "netCDF", f"{source}:zhd", made, ok=None)
    with xr.open_dataset(made, engine="netcdf4") as ds:
        spoilt = not np.allclose(np.sort(ds.lat), np.sort(plain().lat))
    if not spoilt:
        pytest.skip("this GDAL writes them")
    with pytest.raises(SystemExit) as stop:
        main(["convert", str(made), "-o", str(tmp_path / "never.nc"), "--model", "none", "-q"])
    assert stop.value.code == 1
    assert "latitude" in one_line(capsys.readouterr().err)
