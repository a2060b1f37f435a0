"""Which epochs and nodes two Datasets share, however they are kept."""

import warnings

import numpy as np
import pytest

from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.workflows.evaluate.align import align
from tropdsx.workflows.evaluate.cases import cases_by_thinning
from tropdsx.workflows.evaluate.comparison import validate
from tropdsx.workflows.evaluate.methods import BASELINES, evaluate

from helpers.evaluation import KINDS, LON, total_of, turned


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("side", ["fine", "reference"])
def test_orientation_does_not_matter(fine, truth, kind, side):
    expected = validate(fine, truth)
    args = (turned(fine, kind), truth) if side == "fine" else (fine, turned(truth, kind))
    found = validate(*args)
    np.testing.assert_allclose(found.rmse, expected.rmse, rtol=1e-4)
    np.testing.assert_allclose(found.power, expected.power, rtol=1e-3, atol=1e-12)


def test_common_epochs_and_nodes_only(fine, truth):
    part = truth.isel(time=[1, 3], lat=slice(4, 15), lon=slice(10, 30))
    found = validate(fine, part)
    assert found.attrs["validation_epochs"] == 2
    assert found.zwd_rmse.shape == (11, 20)
    error = (fine.zwd - part.zwd).astype(float)
    np.testing.assert_allclose(found.zwd_bias, error.mean("time"), atol=1e-8)


def test_single_fields_without_a_date(fine, truth):
    one, other = fine.isel(time=0, drop=True), truth.isel(time=[0])
    found = validate(one, other)
    assert found.attrs["validation_epochs"] == 1
    assert found.zwd_correlation.isnull().all()


def test_nothing_in_common_is_named(fine, truth):
    later = truth.assign_coords(time=truth.time + np.timedelta64(300, "D"))
    with pytest.raises(GridError, match=r"no epoch in common: the estimate has 5 \(2022-03-09"):
        validate(fine, later)
    with pytest.raises(GridError, match="no lon node in common"):
        validate(fine, truth.assign_coords(lon=LON + 1))
    with pytest.raises(GridError, match="holds zhd and the reference zwd: none in common"):
        validate(fine[["zhd"]], truth[["zwd"]])


def test_a_total_delay_needs_no_orography_and_is_taken_as_stored(fine, truth):
    total = total_of(truth)
    total["ztd"].data[:, 3] = 0.9  # below what a standard atmosphere alone gives
    for reference in (total, total.drop_vars("orography")):
        np.testing.assert_array_equal(align(fine, reference).reference.ztd, total.ztd)
    with pytest.warns(TropdsxWarning, match="^the estimate holds ztd alone: zhd and zwd are not"):
        found = validate(total, truth)
    assert found["variable"].values.tolist() == ["ztd"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing is left out
        validate(total, total)


def test_undated_epochs_of_one_file_are_the_same_in_order(truth):
    undated = truth.assign_coords(time=np.arange(5.0))
    with pytest.warns(TropdsxWarning, match="counts fields without dates"):
        (case,) = cases_by_thinning(undated, (2, 2))
    with pytest.warns(TropdsxWarning, match="missing"):
        found = evaluate([case], BASELINES[:1])
    assert found.attrs["validation_epochs"] == 5
    assert found.attrs["validation_period"] == "not recorded"
    # Two files may hold any epochs, and so may one whose number of epochs has changed.
    with pytest.raises(GridError, match=r"a single one$"):
        validate(undated, undated)
    with pytest.raises(GridError, match="has 4 without dates, the reference 5 without dates"):
        align(case.truth.isel(time=slice(4)), case.truth, one_file=True)


@pytest.mark.parametrize("part", [3600, 1200, 10])
def test_a_reference_in_another_precision_has_the_same_nodes(fine, part):
    lat, lon = 45 - np.arange(fine.sizes["lat"]) / part, 10 + np.arange(fine.sizes["lon"]) / part
    exact = fine.assign_coords(lat=lat, lon=lon)
    for store in (lambda axis: axis.astype("f4"), lambda axis: axis.round(4)):
        pair = align(exact, fine.assign_coords(lat=store(lat), lon=store(lon)))
        assert pair.covered
        assert pair.uniform
        np.testing.assert_array_equal(pair.fine.zwd, pair.reference.zwd)
    with pytest.raises(GridError, match="no lat node in common"):
        align(exact, fine.assign_coords(lat=lat + 0.5 / part, lon=lon))


@pytest.mark.parametrize(("units", "factor"), [("m", 1.0), ("cm", 0.01), ("mm", 0.001)])
def test_sigmas_go_with_their_delays(fine, truth, units, factor):
    rng = np.random.default_rng(4)
    sigma = rng.uniform(0.01, 0.02, fine.zwd.shape)
    fine["zwd_sigma"] = fine.zwd.dims, sigma / factor, {"units": units}
    order = [3, 0, 4, 1, 2]
    found = align(fine.isel(time=order, lat=slice(None, None, -1)), truth).fine
    np.testing.assert_array_equal(found.time, fine.time)
    np.testing.assert_allclose(found.zwd_sigma, sigma, rtol=1e-6)


@pytest.mark.parametrize(("apart", "told"), [(100.0, "100 m apart"), (0.5, None)])
def test_delays_at_other_heights_are_told(fine, truth, apart, told):
    moved = truth.assign(orography=truth.orography + apart)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        align(fine, moved)
    said = [str(each.message) for each in found]
    assert [told in text for text in said] == [True] if told else not said
