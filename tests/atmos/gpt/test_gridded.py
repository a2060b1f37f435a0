"""GPT2, GPT2w, GPT3 against TU Wien's own code, and what it leaves open: poles, revolutions."""

from __future__ import annotations

import numpy as np
import pytest

from tropdsx.atmos import from_mjd, gpt2, gpt2w, gpt3, standard_ties_gpt3
from tropdsx.errors import DomainError

from helpers.atmosphere import (
    FIELDS,
    table,
    write_truncated,
)


def assert_table(function, grid, rows, skip=()):
    for static in (0, 1):
        chosen = rows["it"] == static
        r = {name: column[chosen] for name, column in rows.items()}
        found = function(
            from_mjd(r["mjd"]), r["lat_deg"], r["lon_deg"], r["h_ell_m"], grid, not static
        )
        for column in set(FIELDS) & set(r) - set(skip):
            field, convert = FIELDS[column]
            value = convert(getattr(found, field))
            # 1e-12 of the largest value: T [degC], la, undulation and gradients pass through zero.
            floor = 1e-12 * np.abs(r[column]).max()
            np.testing.assert_allclose(value, r[column], rtol=1e-12, atol=floor, err_msg=column)


@pytest.mark.realdata
def test_gpt3_is_tu_wiens(grid):
    assert_table(gpt3, grid, table("gpt3_5deg_tuwien.csv"))


@pytest.mark.realdata
def test_gpt3_1_degree(grid_1deg):
    assert (grid_1deg.model, grid_1deg.step) == ("gpt3", 1.0)
    assert_table(gpt3, grid_1deg, table("gpt3_synth1deg.csv"))


@pytest.mark.realdata
@pytest.mark.parametrize("static", [0, 1])
def test_gpt3_published_vectors(grid, static):
    r = table("gpt3_5deg_octave500.csv")
    lat, lon = np.rad2deg(r["lat_rad"]), np.rad2deg(r["lon_rad"])
    found = gpt3(from_mjd(r["mjd"]), lat, lon, r["h_ell_m"], grid, seasonal=not static)
    for column, (field, convert) in FIELDS.items():
        expected = r[f"{column}_{static}"]
        floor = 1e-12 * np.abs(expected).max()
        np.testing.assert_allclose(
            convert(getattr(found, field)), expected, rtol=1e-10, atol=floor, err_msg=column
        )


@pytest.mark.realdata
def test_gpt2_is_tu_wiens(tmp_path):
    truncated = write_truncated(tmp_path / "gpt2.grd", 34)
    found = gpt2("2012-08-02", 48.2, 16.37, 156.0, truncated)
    assert found.mean_temperature is None
    assert found.gradient_east_wet is None
    assert_table(gpt2, truncated, table("gpt2_5deg.csv"), skip=("ah", "aw"))


@pytest.mark.realdata
def test_gpt2w_is_tu_wiens(tmp_path):
    truncated = write_truncated(tmp_path / "gpt2w.grd", 44)
    assert gpt2w("2012-08-02", 48.2, 16.37, 156.0, truncated).gradient_east_wet is None
    assert_table(gpt2w, truncated, table("gpt2w_5deg.csv"), skip=("ah", "aw"))


@pytest.mark.realdata
def test_official_digits(grid):
    v = gpt3("2012-08-02", 48.2, 16.37, 156.0, grid)
    assert v.pressure == pytest.approx(1002.577297099, abs=6e-10)
    assert v.temperature - 273.15 == pytest.approx(22.060239452, abs=6e-10)
    assert v.ah == pytest.approx(0.001258154, abs=6e-10)
    assert v.gradient_north_hydrostatic == pytest.approx(-0.000177344, abs=6e-10)


@pytest.mark.realdata
def test_standard_ties_at_the_reference(grid_1deg):
    r = table("stand_ties_gpt3_synth1deg.csv")
    place = from_mjd(r["mjd"]), r["lat_deg"], r["lon_deg"], r["h_ref"], r["h_ref"] + r["dh"]
    tie = standard_ties_gpt3(*place, grid_1deg)
    np.testing.assert_allclose(tie.zhd * 1000, r["dzhd"], rtol=1e-9)
    np.testing.assert_allclose(tie.zwd * 1000, r["dzwd"], rtol=1e-9)
    np.testing.assert_allclose(tie.ztd * 1000, r["tie_full"], rtol=1e-9)


@pytest.mark.realdata
def test_every_layout_gives_the_same_numbers(grid):
    rng = np.random.default_rng(4)
    lat, lon, height = rng.uniform(-90, 90, 5), rng.uniform(-180, 360, 5), rng.uniform(0, 3000, 5)
    time = np.datetime64("2021-01-01") + np.arange(3) * np.timedelta64(117, "D")
    full = gpt3(time[:, None], lat, lon, height, grid)
    for i, j in np.ndindex(3, 5):
        one = gpt3(time[i], lat[j], lon[j], height[j], grid)
        assert isinstance(one.pressure, np.float64)
        for a, b in zip(full, one, strict=True):
            assert a[i, j] == pytest.approx(b, rel=1e-13)
    many_epochs = gpt3(time, lat[0], lon[0], height[0], grid)
    np.testing.assert_allclose(many_epochs.pressure, full.pressure[:, 0], rtol=1e-14)
    ladder = gpt3(time[0], lat[0], lon[0], height, grid)
    assert ladder.pressure.shape == (5,)
    assert np.all(np.diff(ladder.pressure[np.argsort(height)]) < 0)


@pytest.mark.realdata
def test_nan_touches_its_own_place_only(grid):
    v = gpt3("2021-07-01", [48.0, np.nan, 48.0], [16.0, 16.0, np.nan], 0.0, grid)
    np.testing.assert_array_equal(np.isnan(v.pressure), [False, True, True])
    t = np.array(["2021-07-01", "NaT"], dtype="datetime64[s]")
    assert np.isnan(gpt3(t, 48.0, 16.0, 0.0, grid, seasonal=False).ah[1])


@pytest.mark.realdata
def test_wrong_arguments_are_named(grid):
    with pytest.raises(DomainError, match=r"latitude 91 found"):
        gpt3("2021-07-01", 91.0, 16.0, 0.0, grid)
    with pytest.raises(DomainError, match="'continuous'"):
        gpt3("2021-07-01", 48.0, 16.0, 0.0, grid, polar="smooth")
