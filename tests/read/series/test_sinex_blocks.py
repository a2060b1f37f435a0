"""Blocks of SINEX, and where its stations are."""

from pathlib import Path

import numpy as np
import pytest

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.geoid.cartesian import cartesian_of
from tropdsx.geoid.undulation import geoid_undulation
from tropdsx.read.series.sinex_blocks import SinexFile, is_sinex, places_of, read_blocks, time_of

V1 = (
    "+SITE/ID\n"
    "*CODE PT __DOMES__ T _STATION DESCRIPTION__ APPROX_LON_ APPROX_LAT_ _APP_H_\n"
    " SANT  A 41705M003 P Santiago 5.1, CL       289 19 53.0 -33  9  0.5   723.1\n"
    "-SITE/ID\n"
)
V2 = (
    "+SITE/ID\n"
    "*STATION__ PT __DOMES__ T _STATION_DESCRIPTION__ _LONGITUDE _LATITUDE_ _HGT_ELI_ _HGT_MSL_\n"
    " SANT00CHL  A 41705M003 P Santiago 5.1, CL       289.331389 -33.150139   723.100   697.000\n"
    "-SITE/ID\n"
)


def placed(tmp_path, text):
    path = tmp_path / "a.snx"
    path.write_text(f"%=SNX 2.02 A\n{text}%ENDSNX\n")
    return places_of(read_blocks(path))


@pytest.mark.parametrize("text", [V1, V2, "\n".join(V2.splitlines()[::2]) + "\n-SITE/ID\n"])
def test_places_of_both_versions(tmp_path, text):
    ((name, place),) = placed(tmp_path, text).items()
    assert name in ("SANT", "SANT00CHL")
    np.testing.assert_allclose(place, [-33.150139, -70.668611, 723.1], atol=2e-6)


def test_geocentric_coordinates_go_first(tmp_path):
    x, y, z = (float(each) for each in cartesian_of(-33.15, -70.67, 700.25))
    rows = "".join(
        f" {number} STA{axis}   SANT  A    1 21:030:43200 m    2 {value:21.14E} 0.1E-03\n"
        for number, (axis, value) in enumerate(zip("XYZ", (x, y, z), strict=True), 1)
    )
    estimate = f"+SOLUTION/ESTIMATE\n{rows}-SOLUTION/ESTIMATE\n"
    np.testing.assert_allclose(
        placed(tmp_path, V1 + estimate)["SANT"], [-33.15, -70.67, 700.25], atol=1e-6
    )
    north = V1.replace("-33  9", " 33  9")
    with pytest.warns(TropdsxWarning, match="places SANT elsewhere"):
        assert placed(tmp_path, north + estimate)["SANT"].lat == pytest.approx(-33.15)
    tied = (
        "+SITE/COORDINATES\n"
        f" SANT00CHL  A    1 P 2021:030:00000 2021:031:00000 {x:12.3f} {y:12.3f} {z:12.3f} IGS14\n"
        "-SITE/COORDINATES\n"
    )
    np.testing.assert_allclose(
        placed(tmp_path, V2 + tied)["SANT00CHL"], [-33.15, -70.67, 700.25], atol=1e-3
    )
    with pytest.warns(TropdsxWarning, match="several solutions of SANT; the last"):
        placed(
            tmp_path, estimate.replace("-SOLUTION", rows.replace("A    1", "A    2") + "-SOLUTION")
        )


def test_lines_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="of SITE/ID cannot be read"):
        placed(tmp_path, "+SITE/ID\n SANT  A 41705M003 P nowhere\n-SITE/ID\n")
    bad = "+SITE/COORDINATES\n SANT00CHL  A    1 P 1.0 2.0\n-SITE/COORDINATES\n"
    with pytest.raises(InputError, match="of SITE/COORDINATES cannot be read"):
        placed(tmp_path, bad)


def test_epochs():
    assert time_of("2020:366:86399") == np.datetime64("2020-12-31T23:59:59")
    assert time_of("51:001:00000") == np.datetime64("1951-01-01")
    assert time_of("50:001:00000") == np.datetime64("2050-01-01")
    for text in ("2021:000:00000", "2021:001:99999", "a:b:c", "2021:001"):
        with pytest.raises(ValueError, match=r"epoch|invalid literal|unpack"):
            time_of(text)
    with pytest.raises(ValueError, match="the year 2021 has no day 366"):
        time_of("2021:366:00000")
    assert time_of("2021:365:86400") == np.datetime64("2022-01-01")
    assert is_sinex("%=SNX 2.02")
    assert not is_sinex("%=BIA 1.00")


def test_heights_above_sea_level_alone_are_brought_to_the_ellipsoid():
    """As weather models write them; 50 m of geoid were lost."""
    heading = "*STATION__ _LONGITUDE _LATITUDE_ _HGT_MSL_\n"
    row = " WTZR00DEU   12.878920  49.144190   620.000"
    both = heading.replace("_HGT_MSL_", "_HGT_ELI_ _HGT_MSL_")
    file = SinexFile(Path("a"), "TRO", 2.0, {"SITE/ID": heading + row})
    with pytest.warns(TropdsxWarning, match="heights above sea level .* alone; they are brought"):
        found = places_of(file)["WTZR00DEU"]
    assert found.height == pytest.approx(620.0 + float(geoid_undulation(49.14419, 12.87892)))
    file = SinexFile(Path("a"), "TRO", 2.0, {"SITE/ID": both + row + "   573.000"})
    assert places_of(file)["WTZR00DEU"].height == 620.0


def test_a_longitude_that_begins_left_of_its_heading_is_read_whole(tmp_path):
    """289 was read as 9 where a column was one too far to the left."""
    path = tmp_path / "a.snx"
    path.write_text("%=SNX 2.00 A\n" + V1.replace("CL       289", "CL      289") + "%=ENDSNX\n")
    assert places_of(read_blocks(path))["SANT"].lon == pytest.approx(-70.6686, abs=1e-4)


def test_coordinates_of_zeros_are_no_place():
    rows = " ABMF  A    1 P        0.000        0.000        0.000 IGS14 IGS"
    other = " WTZR  A    1 P  4075580.300   931853.900  4801568.200 IGS14 IGS"
    blocks = {"TROP/STA_COORDINATES": f"{rows}\n{other}\n"}
    with pytest.warns(
        TropdsxWarning, match="coordinates of ABMF are no place on the Earth: left o"
    ):
        found = places_of(SinexFile(Path("a"), "TRO", 1.0, blocks))
    assert list(found) == ["WTZR"]


def test_heights_that_no_station_has_are_no_place():
    """A height of 9999.9 m, for one that is not known, was taken as it stands."""
    row = " {name}  A 14201M010 P -                       12.878920  49.144190 {height:>9}"
    rows = "\n".join(
        row.format(name=n, height=h) for n, h in (("WTZR", "666.0"), ("ZIMM", "9999.9"))
    )
    file = SinexFile(Path("a"), "TRO", 2.0, {"SITE/ID": rows})
    with pytest.warns(TropdsxWarning, match="coordinates of ZIMM are no place on the Earth"):
        assert list(places_of(file)) == ["WTZR"]
