"""``tropdsx stations``."""

import numpy as np
import pandas as pd
import pytest

from tropdsx.read.series.sinex_tro import read_sinex_tro

from helpers.files import shared
from helpers.shell import one_line
from helpers.stations import slanted


def test_sinex_tro_and_hours_between_the_epochs(run, grid_here):
    times = ("--start", "2021-03-04T00", "--end", "2021-03-04T12:00Z", "--step", "1h")
    code, out, err = run("stations", "grid.nc", "stations.csv", "-o", "out.tro", *times)
    assert (code, out.strip(), err) == (0, "out.tro", "")
    ds = read_sinex_tro("out.tro")
    assert ds.sizes == {"time": 13, "station": 4}
    middle = 0.5 * (ds.ztd[0] + ds.ztd[6])
    np.testing.assert_allclose(ds.ztd[3], middle, atol=1.1e-5)
    code, out, err = run("stations", "grid.nc", "out.tro", "-o", "out.csv", "-q")
    assert (code, out, err) == (0, "", "")
    assert len(pd.read_csv("out.csv")) == 12


def test_observations(run, grid_here):
    run("stations", "grid.nc", "stations.csv", "-o", "ztd.tro")
    code, out, err = run("stations", "grid.nc", "stations.csv", "--observations", "ztd.tro")
    assert (code, err) == (0, "")
    assert out.startswith("4 stations, 12 pairs: RMSE 0.00 mm, station bias ")
    # One station does not say how far stations differ.
    head, one = (grid_here / "stations.csv").read_text().splitlines()[:2]
    (grid_here / "one.csv").write_text(f"{head}\n{one}\n")
    code, out, _ = run("stations", "grid.nc", "one.csv", "--observations", "ztd.tro")
    assert code == 0
    assert out.startswith("1 station, 3 pairs: RMSE 0.00 mm, station bias ")
    assert "+-" not in out


def test_picture(run, grid_here):
    run("stations", "grid.nc", "stations.csv", "-o", "ztd.tro")
    given = ("stations", "grid.nc", "stations.csv", "--figure", "plot.png")
    code, out, err = run(*given, "--observations", "ztd.tro")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "plot.png"
    assert (grid_here / "plot.png").read_bytes()[1:4] == b"PNG"
    code, _, err = run(*given)
    assert (code, "plot.png exists" in one_line(err)) == (1, True)
    assert run(*given[:-1], "a.svg", "-q") == (0, "", "")
    code, _, err = run(*given[:-1], "a.xyz", "-o", "b.nc")
    assert (code, "accepted are .png" in one_line(err)) == (1, True)
    assert not (grid_here / "b.nc").exists()  # told before the work


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["grid.nc", "stations.csv"], "give -o FILE to write the series"),
        (["grid.nc"], "grid.nc alone is given, and both are needed: tropdsx stations GRID... STAT"),
        (["grid.nc", "stations.csv", "-o", "a.nc", "--step", "1h"], "--end and --step go together"),
        (
            [
                "grid.nc",
                "stations.csv",
                "-o",
                "a.nc",
                "--start",
                "2021",
                "--end",
                "2022",
                "--step",
                "often",
            ],
            "accepted are dates such as 2021-01-01T06:00 and a step such as 1h",
        ),
        (
            [
                "grid.nc",
                "stations.csv",
                "-o",
                "a.nc",
                "--start",
                "2022",
                "--end",
                "2021",
                "--step",
                "1h",
            ],
            "--end 2021 comes before --start 2022",
        ),
        (
            [
                "grid.nc",
                "stations.csv",
                "-o",
                "a.nc",
                "--start",
                "04.03.2021",
                "--end",
                "2021-03-05",
                "--step",
                "1h",
            ],
            "day and month of 04.03.2021 cannot be told apart",
        ),
        (
            [
                "grid.nc",
                "stations.csv",
                "-o",
                "a.nc",
                "--start",
                "2021-03-04",
                "--end",
                "2021-03-05",
                "--step",
                "0h",
            ],
            "the step is not above zero",
        ),
    ],
)
def test_wrong_usage(run, grid_here, arguments, message):
    code, out, err = run("stations", *arguments)
    assert (code, out) == (2, "")
    assert message in one_line(err)


def test_wrong_data(run, grid_here):
    code, _, err = run("stations", "grid.nc", "stations.csv", "-o", "a.txt")
    assert code == 1
    assert "a.txt is no .nc, .csv, .parquet or .tro" in one_line(err)
    (grid_here / "bad.csv").write_text("station,lat,lon\nA,1,2\n")
    code, _, err = run("stations", "grid.nc", "bad.csv", "-o", "a.csv")
    assert code == 1
    assert "bad.csv has columns station, lat, lon; one of height_ell" in one_line(err)
    times = ["--start", "2030-01-01", "--end", "2030-01-02", "--step", "6h"]
    code, _, err = run("stations", "grid.nc", "stations.csv", "-o", "a.csv", *times)
    assert code == 1
    assert "none of the 5 times lies within the epochs of the grid" in err
    (grid_here / "long.csv").write_text("station,lat,lon,height\nWETTZELL_DEU,50,10,300\n")
    code, _, err = run("stations", "grid.nc", "long.csv", "-o", "a.tro")
    assert code == 1
    assert "'WETTZELL_DEU' has a name that SINEX_TRO cannot hold" in one_line(err)
    assert not (grid_here / "a.csv").exists()


@pytest.mark.realdata
def test_gnss_in_one_command(run):
    """RMSE 10.70 mm over 62 stations of Europe."""
    code, out, _ = run(
        "stations",
        shared("vmf1/vmf1_2x2.5_dev.nc"),
        shared("gnss/gnss_stations_dev.csv"),
        "--observations",
        shared("gnss/gnss_ztd_dev.csv.xz"),
    )
    assert code == 0
    assert out.startswith("62 stations, 49988 pairs: RMSE 10.70 mm")


def test_heights_in_feet_are_told_once(run, grid_here):
    rows = "A,47,10,5600\nB,47,11,4900\nC,46.8,10.5,5900\nD,47.1,11.5,5200\n"
    (grid_here / "feet.csv").write_text(f"station,lat,lon,height\n{rows}")
    code, _, err = run("stations", "grid.nc", "feet.csv", "-o", "a.csv")
    assert code == 0
    assert err.count("if they are in ft, name the column height_ft") == 1


def test_slants_of_the_command(run, grid_here):
    slanted(3).to_netcdf("slanted.nc")
    rays = ("--elevation", "5,10,30", "--azimuth", "0,90")
    code, out, err = run("stations", "slanted.nc", "stations.csv", "-o", "out.csv", *rays)
    assert (code, out.strip(), err) == (0, "out.csv", "")
    frame = pd.read_csv("out.csv")
    assert len(frame) == 4 * 3 * 6
    assert {"elevation_deg", "azimuth_deg", "mfh", "slant_delay_wet_m"} <= set(frame)
    code, _, err = run("stations", "slanted.nc", "stations.csv", "-o", "out.tro", *rays)
    assert code == 1
    assert "has no columns for slant delays; name it .nc, .csv or .parquet" in one_line(err)
    for value, status, message in (
        ("low", 2, "'low' is no list of angles; give degrees such as 5,10,30"),
        ("0", 1, "elevation 0 found; accepted are degrees from 3 to 90"),
        ("5,100", 1, "elevation 100 found"),
    ):
        code, _, err = run(
            "stations", "slanted.nc", "stations.csv", "-o", "a.csv", "--elevation", value
        )
        assert code == status
        assert message in one_line(err)
    code, _, err = run("stations", "slanted.nc", "stations.csv", "-o", "a.csv", "--azimuth", "5")
    assert code == 1
    assert "an azimuth is given without an elevation" in one_line(err)
