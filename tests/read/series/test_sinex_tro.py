"""SINEX_TRO: columns by names and units, of every version."""

import gzip

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.read.series.sinex_tro import SinexTroBackendEntrypoint, read_sinex_tro

from helpers.series import description, tro


def test_columns_go_by_name_and_unit(tmp_path):
    """Gradients first, as Ginan writes: no total delay becomes one."""
    path = tmp_path / "a.tro"
    path.write_text(
        tro(
            " WTZR00DEU 2021:364:43200   -0.50   0.10  2301.23   1.50  230.12\n",
            description("TGEWET STDDEV TROTOT STDDEV TROWET", "1e+03 1e+03 1.0e+3 1e3 1e+03"),
        )
    )
    ds = read_sinex_tro(path)
    assert ds.ztd.item() == pytest.approx(2.30123)
    assert ds.zwd.item() == pytest.approx(0.23012)
    assert ds.gradient_east_wet.item() == pytest.approx(-0.0005)
    assert ds.ztd_sigma.item() == pytest.approx(0.0015)
    assert ds.gradient_east_wet_sigma.item() == pytest.approx(0.0001)
    assert ds.time.item() == np.datetime64("2021-12-30T12", "ns").astype(int)
    assert ds.attrs["time_system"] == "G"


@pytest.mark.parametrize(
    ("names", "units", "row"),
    [
        ("TROTOT TRODRY", "1 1", "2.30123 2.07111"),
        ("TROTOT TROHYD", "1e+02 1e+03", "230.123 2071.11"),
        ("TROTOT TRODRY", "1e+03", "2301.23 2071.11"),
    ],
)
def test_units_are_those_of_the_file(tmp_path, names, units, row):
    path = tmp_path / "a.tro"
    path.write_text(tro(f" WTZR00DEU 2021:364:43200 {row}\n", description(names, units)))
    ds = read_sinex_tro(path)
    assert ds.ztd.item() == pytest.approx(2.30123)
    assert ds.zhd.item() == pytest.approx(2.07111)


def test_version_1_has_millimetres_and_two_digits_of_the_year(tmp_path):
    """NGL says TRODRY in SOLUTION_FIELDS_1 of files whose column above the rows is TROTOT."""
    path = tmp_path / "a.tro.gz"
    text = tro(
        " OKCB 20:300:49800 2412.3    1.2   -0.310  0.20    0.110  0.20\n"
        " OKCB 99:300:50100 2413.1    1.3   -0.300  0.20    0.120  0.20\n",
        " SAMPLING INTERVAL              300\n"
        " SOLUTION_FIELDS_1             TRODRY STDDEV TGNTOT STDDEV TGETOT STDDEV\n",
        "*SITE ____EPOCH___ TROTOT STDDEV  TGNTOT STDDEV  TGETOT STDDEV\n",
        version="0.01",
    )
    path.write_bytes(gzip.compress(text.encode()))
    ds = read_sinex_tro(path)
    assert ds.time.dt.year.values.tolist() == [1999, 2020]
    np.testing.assert_allclose(ds.ztd.values[:, 0], [2.4131, 2.4123])
    np.testing.assert_allclose(ds.gradient_north.values[:, 0], [-0.0003, -0.00031])
    np.testing.assert_allclose(ds.ztd_sigma.values[:, 0], [0.0013, 0.0012])
    named = path.with_name("b.tro")
    named.write_text(
        tro(" OKCB 20:300:49800 2412.3    1.2\n", " SOLUTION_FIELDS_1             TROTOT STDDEV\n")
    )
    assert read_sinex_tro(named).ztd.item() == pytest.approx(2.4123)


def test_series_of_several_stations_and_gaps(tmp_path):
    path = tmp_path / "a.tro"
    rows = "".join(
        f" {name} 2021:{day:03d}:00000 {2300 + day + 10 * (name == 'B')}.0\n"
        for name, day in (("B", 2), ("A", 3), ("A", 1))
    )
    path.write_text(tro(rows + " B 2021:001:00000 -999.9\n", description("TROTOT", "1e+03")))
    with pytest.warns(TropdsxWarning, match="1 values of ztd below 0 m are taken as missing"):
        ds = read_sinex_tro(path)
    assert ds.station.values.tolist() == ["B", "A"]
    np.testing.assert_allclose(ds.ztd.values, [[np.nan, 2.301], [2.312, np.nan], [np.nan, 2.303]])
    assert "lat" not in ds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("station,time\n", "is no SINEX: its first line is 'station,time'"),
        ("%=TRO 2.00 A\n+SITE/ID\n-SITE/ID\n", "has no block TROP/SOLUTION, only SITE/ID"),
        ("%=TRO 2.00 A\n+TROP/SOLUTION\n A 2021:001:00000 2300\n", "ends inside its block TROP"),
        (tro(" A 2021:001:00000 1 2\n", description("TROTOT")), "1 columns are named .* have 2"),
        (tro(" A 2021:001:00000 1\n"), "0 columns are named .none."),
        (tro(" A 2021:400:00000 2300\n", description("TROTOT")), "an epoch of .* cannot be read"),
        (tro(" A 2021:001:00000 x\n", description("TROTOT")), "is not 'station epoch numbers'"),
        (tro("", description("TROTOT")), "has no rows"),
        (
            tro(" A 2021:001:00000 2300\n" * 2, description("TROTOT")),
            "A has 2 rows at 2021-01-01T00:00:00; keep one",
        ),
        (
            tro(" A 2021:001:00000 2300\n", description("TROTOT", "1")),
            "ztd runs from 2300 to 2300 m by the units",
        ),
        (
            tro(" A 2021:001:00000 2300 1\n", description("TROTOT STDDEV", "1e3 1e3 1")),
            "TROPO PARAMETER UNITS are '1e3 1e3 1'",
        ),
    ],
)
def test_what_cannot_be_right_is_refused(tmp_path, text, message):
    path = tmp_path / "a.tro"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_sinex_tro(path)


def test_unknown_columns_are_told(tmp_path):
    path = tmp_path / "a.tro"
    path.write_text(
        tro(
            " A 2021:001:00000 2300 1.5 3 0\n",
            description("TROTOT STDDEV #ACTAK #ACDEL", "1e3 1e3 1 1"),
        )
    )
    with pytest.warns(TropdsxWarning, match="#ACTAK, #ACDEL are not known"):
        assert set(read_sinex_tro(path)) == {"ztd", "ztd_sigma"}


def test_engine(tmp_path):
    path = tmp_path / "COD0OPSFIN_20210300000_01D_01H_TRO.TRO"
    path.write_text(tro(" A 2021:001:00000 2300 230\n", description("TROTOT TROWET", "1e3 1e3")))
    with xr.open_dataset(path, engine=SinexTroBackendEntrypoint, drop_variables="zwd") as ds:
        assert list(ds) == ["ztd"]
    assert SinexTroBackendEntrypoint().guess_can_open(path)
    assert not SinexTroBackendEntrypoint().guess_can_open("a.nc")


@pytest.mark.parametrize("units", ["1e+03 1e+03 1e+03", "1e+03 1 1"])
def test_water_as_a_length_is_in_millimetres(tmp_path, units):
    """12.5 mm were 0.0125 kg m-2."""
    about = f" TROPO PARAMETER NAMES  TROTOT PWV STDDEV\n TROPO PARAMETER UNITS  {units}\n"
    path = tmp_path / "a.tro"
    path.write_text(
        f"%=TRO 2.00 A\n+TROP/DESCRIPTION\n{about}-TROP/DESCRIPTION\n+TROP/SOLUTION\n"
        " WTZR00DEU 2021:030:21600 2301.2 12.5 0.8\n-TROP/SOLUTION\n%=ENDTRO\n"
    )
    ds = read_sinex_tro(path)
    assert (ds.iwv.item(), ds.iwv_sigma.item(), ds.iwv.units) == (12.5, 0.8, "kg m-2")


def test_what_the_makers_say_of_their_gradients_is_passed_on(tmp_path):
    """Columns of the Nevada Geodetic Laboratory: water in mm, and two gradients interchanged."""
    heading = "*SITE ____EPOCH___ TROTOT _SIG TRWET TGETOT _SIG TGNTOT _SIG WVAPOR _SIG MTEMP\n"
    row = " P090 20:300:49800 1972.3 1.2 40.1 -0.31 0.20 0.11 0.21 6.11 0.30 270.1\n"
    path = tmp_path / "P090.trop"
    path.write_text(tro(row, heading=heading, version="1.00"))
    with pytest.warns(TropdsxWarning, match="TGNTOT and TGETOT, are interchanged"):
        ds = read_sinex_tro(path)
    wanted = {"ztd": 1.9723, "zwd": 0.0401, "iwv": 6.11, "mean_temperature": 270.1}
    wanted |= {"gradient_north": 0.11e-3, "gradient_north_sigma": 0.21e-3, "iwv_sigma": 0.3}
    for name, value in wanted.items():
        assert ds[name].item() == pytest.approx(value), name


MARKS = ["-9.9", "-9.90", "-99.9", "-999.9", "-9999.0", "-99.999", "*******", "NaN", "---"]


@pytest.mark.filterwarnings("ignore:.*are taken as missing")
@pytest.mark.parametrize("mark", MARKS)
def test_marks_of_missing_values_are_missing_in_each_column(tmp_path, mark):
    """-9.9 mm is a possible wet delay and gradient, and was read as one."""
    codes = "TROTOT STDDEV TROWET TGNTOT STDDEV IWV"
    path = tmp_path / "a.tro"
    rows = " NA 2021:001:00000 2300.0 1.5 -8.2 -0.31 0.2 11.5\n"
    rows += f" NA 2021:001:03600 {' '.join([mark] * 6)}\n"
    path.write_text(tro(rows, description(codes, "1e3 1e3 1e3 1e3 1e3 1")))
    ds = read_sinex_tro(path)
    assert ds.station.values.tolist() == ["NA"]
    for name, value in {"ztd": 2.3, "zwd": -0.0082, "gradient_north": -3.1e-4, "iwv": 11.5}.items():
        np.testing.assert_allclose(ds[name].values[:, 0], [value, np.nan])
    assert np.isnan(ds.ztd_sigma.values[1, 0])
    assert np.isnan(ds.gradient_north_sigma.values[1, 0])


def test_marks_are_told(tmp_path):
    path = tmp_path / "a.tro"
    rows = " A 2021:001:00000 2300.0 -9.9\n A 2021:001:03600 2301.0 80.0\n"
    path.write_text(tro(rows, description("TROTOT TROWET", "1e3 1e3")))
    with pytest.warns(TropdsxWarning, match=r"1 values of zwd are taken as missing, such as -9.9"):
        read_sinex_tro(path)


def test_blank_columns_are_refused(tmp_path):
    """The numbers behind a blank took the places before them."""
    path = tmp_path / "a.tro"
    rows = " A 2021:001:00000 2300.0   1.5   80.0\n A 2021:001:03600 2301.0         81.0\n"
    path.write_text(tro(rows, description("TROTOT STDDEV TROWET", "1e3 1e3 1e3")))
    with pytest.raises(
        InputError, match="1 rows of TROP/SOLUTION have blank columns, the first is"
    ):
        read_sinex_tro(path)


def test_names_that_contradict_the_line_above_the_rows(tmp_path):
    """As the Nevada Geodetic Laboratory writes them: a total delay would be a hydrostatic one."""
    path = tmp_path / "a.trop"
    path.write_text(
        tro(
            " A 2021:001:00000 2300.0 100.0\n",
            description("TRODRY TROWET"),
            "*SITE ___EPOCH____ TROTOT TRWET\n",
            version="1.00",
        )
    )
    with pytest.warns(TropdsxWarning, match="are TRODRY TROWET, but TROTOT TRWET stands above"):
        ds = read_sinex_tro(path)
    assert ds.ztd.item() == pytest.approx(2.3)
    assert "zhd" not in ds


def test_other_spellings_contradict_nothing(tmp_path):
    path = tmp_path / "a.tro"
    text = tro(
        " A 2021:001:00000 2300.0 1.0\n",
        description("TROTOT STDDEV"),
        "*SITE ___EPOCH____ TROTOT _SIG\n",
        version="1.00",
    )
    path.write_text(text)
    assert read_sinex_tro(path).ztd_sigma.item() == pytest.approx(0.001)
