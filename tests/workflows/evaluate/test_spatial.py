"""Structure, slopes and spectra of errors."""

import numpy as np
import pytest

from tropdsx.workflows.evaluate.scores import row_bands
from tropdsx.workflows.evaluate.spatial import band_ratio, gradient_squares, ssim, zonal_power

from helpers.evaluation import pair


@pytest.mark.parametrize("value_range", [None, 0.3])
def test_ssim_is_that_of_torchmetrics(value_range):
    functional = pytest.importorskip(
        "torchmetrics.functional.image", reason="the extra [train] is not installed"
    )
    import torch

    fine, truth = pair(3)
    images = [torch.from_numpy(field)[None, None] for field in (fine, truth)]
    expected = functional.structural_similarity_index_measure(*images, data_range=value_range)
    assert ssim(fine, truth, value_range=value_range) == pytest.approx(float(expected), abs=1e-9)


def test_ssim_with_holes_and_small_fields():
    fine, truth = pair()
    assert ssim(truth, truth) == pytest.approx(1.0)
    fine[10, 10] = np.nan
    assert 0 < ssim(fine, truth) < 1
    assert np.isnan(ssim(np.full((20, 20), np.nan), np.zeros((20, 20))))
    assert np.isnan(ssim(np.zeros((4, 4)), np.zeros((4, 4))))


def test_gradient_of_a_slope_does_not_depend_on_the_latitude():
    lat, lon = np.arange(75.0, -76, -5), np.arange(0.0, 30, 5)
    km = 6371.0 * np.radians(lon) * np.cos(np.radians(lat))[:, None]
    east = gradient_squares(1e-5 * km, lat, lon, wrap=False)
    # Along a row exactly; between rows the eastward slope of this field changes with latitude.
    assert np.sqrt(east[0] / east[1]) == pytest.approx(1e-5, rel=1e-9)
    wrapped = gradient_squares(np.ones((31, 72)), lat, np.arange(0.0, 360, 5), wrap=True)
    assert wrapped[0] == wrapped[2] == 0
    assert (
        wrapped[1] > gradient_squares(np.ones((31, 72)), lat, np.arange(0.0, 360, 5), wrap=False)[1]
    )


def test_power_adds_up_to_the_variance():
    rng = np.random.default_rng(5)
    field = rng.normal(size=(1, 90))
    power, weight = zonal_power(field, [0.0], wrap=True)
    assert power.sum() / weight == pytest.approx(field.var())
    odd, weight = zonal_power(field[:, :89], [0.0], wrap=True)
    assert odd.sum() / weight == pytest.approx(field[:, :89].var())


def test_spectra_leave_out_rows_with_holes_and_near_the_poles():
    lat = np.array([80.0, 40.0, 0.0])
    field = np.stack([np.sin(np.radians(k * np.arange(0.0, 360, 10))) for k in (1, 2, 3)])
    field[1, 4] = np.nan
    power, weight = zonal_power(field, lat, wrap=True)
    assert weight == 1.0
    assert np.argmax(power) == 2
    both, _ = zonal_power(np.stack([field, np.nan_to_num(field)]), lat, wrap=True)
    np.testing.assert_allclose(both[0], both[1])


def test_a_trend_is_no_wave_in_a_region():
    field = np.linspace(0, 1, 40)[None, :] + 0.01 * np.sin(np.arange(40) * 2 * np.pi / 8)
    power, _ = zonal_power(field, [0.0], wrap=False)
    assert np.argmax(power) == 4


def test_ratio_of_bands():
    waves = np.arange(1, 73)
    found = band_ratio(0.25 * waves, 1.0 * waves, waves, [1, 9, 36, 73, 100])
    np.testing.assert_allclose(found[:3], 0.25)
    assert np.isnan(found[3])


@pytest.mark.parametrize("wrap", [True, False])
def test_bands_of_rows_give_the_scores_of_the_whole(monkeypatch, wrap):
    fine, truth = pair()
    fine[3, 4] = fine[17, 20] = np.nan
    lat, lon = np.linspace(80, -80, 40), np.arange(60) * 6.0

    def scores():
        return [
            ssim(fine, truth),
            *gradient_squares(fine - truth, lat, lon, wrap=wrap),
        ]

    whole = scores()
    monkeypatch.setattr("tropdsx.workflows.evaluate.scores.AT_ONCE", 13 * 60)
    assert len(list(row_bands(fine.shape))) == 4
    np.testing.assert_allclose(scores(), whole, rtol=1e-12)
