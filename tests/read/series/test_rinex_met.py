"""RINEX meteorological files."""

import numpy as np
import pytest

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.read.series.rinex_met import open_rinex_met, read_rinex_met


def labelled(text, label):
    return f"{text:<60}{label}\n"


def header(version=2.11, types="PR TD HR", height=699.123, marker="WTZR"):
    names = types.split()
    text = f"{len(names):6d}" + "".join(f"    {name}" for name in names)
    where = f"{0.0:14.4f}{0.0:14.4f}{0.0:14.4f}{height:14.4f} PR"
    return (
        labelled(f"{version:9.2f}           METEOROLOGICAL DATA", "RINEX VERSION / TYPE")
        + labelled(marker, "MARKER NAME")
        + labelled(text, "# / TYPES OF OBSERV")
        + labelled(where, "SENSOR POS XYZ/H")
        + labelled("", "END OF HEADER")
    )


TWO = " 21  1 30  0  0  0  940.1    2.5   85.0\n 21  1 30  0  5  0  940.3        9999.9\n"
THREE = " 2021 01 30 00 00 00  940.1    2.5   85.0\n"


@pytest.mark.parametrize(("version", "rows"), [(2.11, TWO), (3.04, THREE)])
def test_values_and_gaps(tmp_path, version, rows):
    path = tmp_path / "wtzr0300.21m"
    path.write_text(header(version) + rows)
    ds = read_rinex_met(path)
    first = ds.isel(time=0, station=0)
    assert str(ds.time.values[0])[:16] == "2021-01-30T00:00"
    assert ds.station.item() == "WTZR"
    assert first.pressure.item() == pytest.approx(940.1)
    assert first.temperature.item() == pytest.approx(275.65)
    assert first.relative_humidity.item() == 85.0
    assert ds.sensor_height.item() == pytest.approx(699.123)
    if version < 3:
        assert np.isnan(ds.temperature[1]).all()
        assert np.isnan(ds.relative_humidity[1]).all()


def test_long_rows_go_on(tmp_path):
    types = "WS WD RI HI ZW ZD ZT PR TD"
    row = " 99 12 31 23 59 30" + "".join(f"{k:7.1f}" for k in range(7)) + f"{940.0:7.1f}\n"
    path = tmp_path / "a.99m"
    path.write_text(header(types=types, height=0.0) + row + f"    {-3.0:7.1f}\n")
    ds = read_rinex_met(path)
    assert ds.pressure.item() == 940.0
    assert ds.temperature.item() == pytest.approx(270.15)
    assert str(ds.time.values[0])[:19] == "1999-12-31T23:59:30"
    assert "sensor_height" not in ds.coords


def test_several_files_are_one_series(tmp_path):
    for day, name, marker in ((30, "a", "WTZR"), (31, "b", "WTZR"), (30, "c", "ZIMM")):
        rows = TWO.splitlines()[0].replace(" 30 ", f" {day} ") + "\n"
        (tmp_path / name).write_text(header(marker=marker, height=700.0 + day) + rows)
    ds = open_rinex_met([tmp_path / name for name in "bac"])
    assert ds.sizes == {"time": 2, "station": 2}
    assert ds.pressure.sel(station="WTZR").notnull().all()
    assert ds.pressure.sel(station="ZIMM").notnull().values.tolist() == [True, False]
    with pytest.raises(InputError, match="no RINEX meteorological file is given"):
        open_rinex_met([])


def test_a_pressure_of_999_9_hpa_is_one(tmp_path):
    """Other formats fill gaps with 999.9; here it is the weather near the sea."""
    path = tmp_path / "a"
    path.write_text(header() + TWO.replace("940.1", "999.9").replace("  940.3", " -999.9"))
    assert read_rinex_met(path).pressure.values[:, 0] == pytest.approx([999.9, np.nan], nan_ok=True)


def test_values_that_are_none_of_air(tmp_path):
    path = tmp_path / "a"
    path.write_text(header() + TWO.replace("940.1", "  0.0"))
    with pytest.warns(TropdsxWarning, match="1 values of pressure are none of air"):
        assert np.isnan(read_rinex_met(path).pressure.values[0, 0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (header().replace("METEO", "OBSER", 1) + TWO, "has no M in column 21"),
        (header().replace("END OF HEADER", "COMMENT") + TWO, "no END OF HEADER"),
        (header(marker="") + TWO, "names no marker in its header"),
        (header(types="WS WD") + TWO, "observes WS, WD; accepted are some of PR, TD, HR"),
        (header() + TWO.replace("940.1", "94o.1"), "cannot be read"),
        (header(), "holds no row"),
    ],
)
def test_damage(tmp_path, text, message):
    path = tmp_path / "a.21m"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_rinex_met(path)


def test_epochs_of_zeros_alone_are_missing(tmp_path):
    """0 degC and 0 % beside a pressure of 0 were kept."""
    path = tmp_path / "a.21m"
    rows = "".join(
        f" 21  1 30  0 {k * 5:2d}  0{p:7.1f}{t:7.1f}{h:7.1f}\n"
        for k, (p, t, h) in enumerate([(940.0, 0.0, 0.0), (0.0, 0.0, 0.0)])
    )
    path.write_text(header() + rows)
    with pytest.warns(TropdsxWarning, match="1 epochs of zeros alone are taken as missing"):
        ds = read_rinex_met(path)
    assert ds.temperature.values[0, 0] == pytest.approx(273.15)
    for name in ("pressure", "temperature", "relative_humidity"):
        assert np.isnan(ds[name].values[1, 0])


def test_calm_air_at_0_degrees_is_no_epoch_of_zeros(tmp_path):
    path = tmp_path / "a.21m"
    path.write_text(header(types="TD WS RI") + " 21  1 30  0  0  0    0.0    0.0    0.0\n")
    assert read_rinex_met(path).temperature.item() == pytest.approx(273.15)


def test_humidities_that_may_be_fractions_are_told(tmp_path):
    path = tmp_path / "a.21m"
    path.write_text(
        header() + TWO.replace("   85.0", "    0.8").replace("        9999.9", "    2.0    0.7")
    )
    with pytest.warns(TropdsxWarning, match="humidities are at most 0.8 percent; as fractions"):
        read_rinex_met(path)


def test_files_that_differ_at_one_epoch_are_told(tmp_path):
    first, second = tmp_path / "a.21m", tmp_path / "b.21m"
    first.write_text(header() + TWO)
    second.write_text(header() + TWO.replace("940.1", "946.1"))
    with pytest.warns(
        TropdsxWarning, match=r"differ in 1 values of pressure .* \(WTZR\): those of"
    ):
        found = open_rinex_met([first, second])
    assert found.pressure.values[0, 0] == pytest.approx(940.1)
    second.write_text(header() + TWO)
    assert open_rinex_met([first, second]).sizes["time"] == 2


def test_epochs_that_stand_twice_with_other_values_are_told(tmp_path):
    path = tmp_path / "wtzr0300.21m"
    row = " 2021 01 30 00 00 00  {p}    2.5   85.0\n"
    path.write_text(header(3.04) + row.format(p="940.1") + row.format(p="938.1"))
    with pytest.warns(TropdsxWarning, match=r"1 values of pressure differ from others of their ep"):
        assert read_rinex_met(path).pressure.item() == 940.1
    path.write_text(header(3.04) + 2 * row.format(p="940.1"))
    assert read_rinex_met(path).pressure.item() == 940.1


def test_stars_are_missing(tmp_path):
    path = tmp_path / "wtzr0300.21m"
    path.write_text(header(3.04) + " 2021 01 30 00 00 00*******    2.5   85.0\n")
    ds = read_rinex_met(path)
    assert np.isnan(ds.pressure.item())
    assert ds.relative_humidity.item() == 85.0
