"""GPT2, GPT2w, GPT3 against TU Wien's own code, and what it leaves open: poles, revolutions."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tropdsx.atmos import from_mjd, gpt2, gpt2w, gpt3, read_gpt_grid, standard_ties_gpt3
from tropdsx.errors import AssetError, DomainError, GridError

from helpers.atmosphere import (
    FIELDS,
    GPT3_5,
    gpt3_lines,
    require,
    table,
    write_synthetic_1deg,
    write_truncated,
)

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def grid():
    return read_gpt_grid(require(GPT3_5))


@pytest.fixture(scope="module")
def grid_1deg(tmp_path_factory):
    return read_gpt_grid(write_synthetic_1deg(tmp_path_factory.mktemp("gpt") / "synthetic.grd"))


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


def test_gpt3_is_tu_wiens(grid):
    assert_table(gpt3, grid, table("gpt3_5deg_tuwien.csv"))


def test_gpt3_1_degree(grid_1deg):
    assert (grid_1deg.model, grid_1deg.step) == ("gpt3", 1.0)
    assert_table(gpt3, grid_1deg, table("gpt3_synth1deg.csv"))


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


def test_gpt2_is_tu_wiens(tmp_path):
    truncated = write_truncated(tmp_path / "gpt2.grd", 34)
    found = gpt2("2012-08-02", 48.2, 16.37, 156.0, truncated)
    assert found.mean_temperature is None
    assert found.gradient_east_wet is None
    assert_table(gpt2, truncated, table("gpt2_5deg.csv"), skip=("ah", "aw"))


def test_gpt2w_is_tu_wiens(tmp_path):
    truncated = write_truncated(tmp_path / "gpt2w.grd", 44)
    assert gpt2w("2012-08-02", 48.2, 16.37, 156.0, truncated).gradient_east_wet is None
    assert_table(gpt2w, truncated, table("gpt2w_5deg.csv"), skip=("ah", "aw"))


def test_official_digits(grid):
    v = gpt3("2012-08-02", 48.2, 16.37, 156.0, grid)
    assert v.pressure == pytest.approx(1002.577297099, abs=6e-10)
    assert v.temperature - 273.15 == pytest.approx(22.060239452, abs=6e-10)
    assert v.ah == pytest.approx(0.001258154, abs=6e-10)
    assert v.gradient_north_hydrostatic == pytest.approx(-0.000177344, abs=6e-10)


def test_standard_ties_at_the_reference(grid_1deg):
    r = table("stand_ties_gpt3_synth1deg.csv")
    place = from_mjd(r["mjd"]), r["lat_deg"], r["lon_deg"], r["h_ref"], r["h_ref"] + r["dh"]
    tie = standard_ties_gpt3(*place, grid_1deg)
    np.testing.assert_allclose(tie.zhd * 1000, r["dzhd"], rtol=1e-9)
    np.testing.assert_allclose(tie.zwd * 1000, r["dzwd"], rtol=1e-9)
    np.testing.assert_allclose(tie.ztd * 1000, r["tie_full"], rtol=1e-9)


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


def test_dense_grids_take_the_contracted_way(grid):
    lat, lon = np.meshgrid(np.arange(-89, 90, 2.0), np.arange(0, 360, 4.0), indexing="ij")
    whole = gpt3("2021-07-01", lat, lon, 100.0, grid)
    assert whole.aw.shape == lat.shape
    some = gpt3("2021-07-01", lat[::30, ::30], lon[::30, ::30], 100.0, grid)
    for a, b in zip(whole, some, strict=True):
        np.testing.assert_allclose(a[::30, ::30], b, rtol=1e-12)


@settings(max_examples=20, deadline=None)
@given(lat=st.floats(-90, 90), lon=st.floats(-180, 180), turns=st.integers(-2, 2))
def test_longitude_may_be_any_revolution(grid, lat, lon, turns):
    there = gpt3("2021-07-01", lat, lon, 0.0, grid, polar="continuous")
    again = gpt3("2021-07-01", lat, lon + 360 * turns, 0.0, grid, polar="continuous")
    assert again.pressure == pytest.approx(there.pressure, rel=1e-9)
    assert again.ah == pytest.approx(there.ah, rel=1e-9)


def test_continuous_pole_is_one_value_and_joins_the_nodes(grid):
    lon = np.arange(0.0, 360, 7)
    pole = gpt3("2021-07-01", 90.0, lon, 0.0, grid, polar="continuous")
    np.testing.assert_allclose(pole.temperature, pole.temperature[0], rtol=1e-14)
    official = gpt3("2021-07-01", 90.0, lon, 0.0, grid)
    assert np.ptp(official.temperature) > 0.01
    for limit in (87.5, -87.5):
        near = limit + np.array([-1e-9, 1e-9])
        step = gpt3("2021-07-01", near[:, None], lon, 0.0, grid, polar="continuous")
        np.testing.assert_allclose(step.temperature[0], step.temperature[1], atol=1e-8)
    inside = gpt3("2021-07-01", 80.0, lon, 0.0, grid, polar="continuous")
    np.testing.assert_array_equal(
        inside.pressure, gpt3("2021-07-01", 80.0, lon, 0.0, grid).pressure
    )


def test_nan_touches_its_own_place_only(grid):
    v = gpt3("2021-07-01", [48.0, np.nan, 48.0], [16.0, 16.0, np.nan], 0.0, grid)
    np.testing.assert_array_equal(np.isnan(v.pressure), [False, True, True])
    t = np.array(["2021-07-01", "NaT"], dtype="datetime64[s]")
    assert np.isnan(gpt3(t, 48.0, 16.0, 0.0, grid, seasonal=False).ah[1])


def test_grid_is_read_once_and_compressed_or_not(tmp_path, grid):
    assert read_gpt_grid(GPT3_5) is grid
    plain = "\n".join(gpt3_lines()).encode()
    (tmp_path / "g.grd.gz").write_bytes(gzip.compress(plain, 1))
    again = read_gpt_grid(tmp_path / "g.grd.gz")
    np.testing.assert_array_equal(again.seasonal, grid.seasonal)


def test_wrong_grids_are_named(tmp_path, grid):
    with pytest.raises(AssetError, match="tropdsx assets fetch gpt3_5"):
        read_gpt_grid(tmp_path / "absent.grd")
    short = write_truncated(tmp_path / "short.grd", 40)
    with pytest.raises(GridError, match="40 columns"):
        read_gpt_grid(short)
    lines = gpt3_lines()
    (tmp_path / "cut.grd").write_text("\n".join(lines[:-3]))
    with pytest.raises(GridError, match="2589 rows"):
        read_gpt_grid(tmp_path / "cut.grd")
    (tmp_path / "page.grd").write_text("<html> not found </html>")
    with pytest.raises(GridError, match="no number"):
        read_gpt_grid(tmp_path / "page.grd")
    (tmp_path / "turned.grd").write_text("\n".join([lines[0], *lines[:0:-1]]))
    with pytest.raises(GridError, match="longitude fastest"):
        read_gpt_grid(tmp_path / "turned.grd")
    with pytest.raises(GridError, match="Call gpt3"):
        gpt2("2021-07-01", 48.0, 16.0, 0.0, grid)


def test_wrong_arguments_are_named(grid):
    with pytest.raises(DomainError, match=r"latitude 91 found"):
        gpt3("2021-07-01", 91.0, 16.0, 0.0, grid)
    with pytest.raises(DomainError, match="'continuous'"):
        gpt3("2021-07-01", 48.0, 16.0, 0.0, grid, polar="smooth")
