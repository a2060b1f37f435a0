import numpy as np
import pytest

from tropdsx.errors import GridError, InputError
from tropdsx.workflows.evaluate.comparison import validate
from tropdsx.workflows.report.html.sources import (
    Sources,
    is_evaluation,
    refuse_others,
    with_labels,
)

from helpers.fine import ACROSS, delays


def test_all_come_in_standard_order():
    fine = delays(ACROSS, 2, maps=False, orography=False)
    turned = fine.isel(lat=slice(None, None, -1)).assign_coords(lon=(fine.lon + 180) % 360 - 180)
    sources = Sources.of(turned, fine, fine)
    for ds in sources:
        assert (np.diff(ds.lat) < 0).all()
        assert (np.diff(ds.lon) > 0).all()
        np.testing.assert_allclose(ds.zwd, fine.zwd, rtol=1e-6)


def test_standard_deviations_come_along():
    fine = delays(epochs=2, maps=False, orography=False)
    for name, share in (("zwd", 0.1), ("ztd", 0.2)):
        fine[f"{name}_sigma"] = (share * fine.zwd).assign_attrs(units="m")
    found = Sources.of(fine.isel(lat=slice(None, None, -1)), None, None).fine
    for name in ("zwd_sigma", "ztd_sigma"):
        np.testing.assert_allclose(found[name], fine[name], rtol=1e-6)


def test_coarse_grid_without_a_delay_in_common_is_refused():
    fine = delays(epochs=1, maps=False, orography=False)
    with pytest.raises(GridError, match=r"coarse grid holds zhd.*the result zwd"):
        Sources.of(fine[["zwd"]], fine[["zhd"]], None)


def test_scores_are_told_from_delays():
    fine = delays(epochs=2, maps=False, orography=False)
    assert not is_evaluation(fine)
    assert is_evaluation(validate(fine, fine))


def test_labels_of_a_file_return_to_their_dimensions():
    scores = validate(*[delays(epochs=2, maps=False, orography=False)] * 2)
    names = {"variable": "variable_name", "group": "group_name"}
    stored = scores.rename(names).swap_dims({new: old for old, new in names.items()})
    stored = stored.reset_coords(names.values(), drop=False).set_coords(list(names.values()))
    found = with_labels(stored)
    for name in names:
        assert found[name].to_numpy().tolist() == scores[name].to_numpy().tolist()
    assert with_labels(scores).identical(scores)


def test_a_map_for_the_next_station_and_series_are_no_delays_on_a_grid():
    fine = delays(epochs=1, maps=False, orography=False)
    refuse_others(fine.assign(station_residual=(("time", "station"), [[0.1]])), "analysis.nc")
    gain = fine.zwd.isel(time=0, drop=True).to_dataset(name="sigma_gain")
    with pytest.raises(InputError, match=r"next.nc is a map of where one more station.*no delays"):
        refuse_others(gain, "next.nc")
    series = fine.stack(station=("lat", "lon")).reset_index("station")
    with pytest.raises(InputError, match=r"the result holds delays at \d+ stations and no grid"):
        Sources.of(series, None, None)
