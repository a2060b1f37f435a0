"""Plain arrays of TropDS: which delay, in which unit, of which epochs."""

import dask
import numpy as np
import pytest

from tropdsx.errors import InputError, UnitsError
from tropdsx.grid.standardise import standardise_grid
from tropdsx.read.delays import open_delays
from tropdsx.read.npy import guess_delay, guess_unit

from helpers.files import write
from helpers.grids import NoScheduler


def earth(peak=0.4, steps=None):
    lat = np.radians(np.arange(89.5, -90, -1))
    field = np.broadcast_to(peak * np.cos(lat)[:, None] ** 2 + 0.001, (180, 360))
    return field if steps is None else np.stack([field * (1 + 0.001 * k) for k in range(steps)])


def test_npy_with_and_without_times(tmp_path):
    np.save(tmp_path / "2024_blur.npy", earth(steps=20))
    with dask.config.set(scheduler=NoScheduler()):
        ds = open_delays(tmp_path / "2024_blur.npy", start="2024-01-01T06", step="6h")
        grid, _ = standardise_grid(ds)
    assert ds.delay.attrs["tropdsx_role"] == "trop_ds"
    assert ds.time.values[1] == np.datetime64("2024-01-01T12")
    assert ds.delay.chunks[0] == (8, 8, 4)
    np.testing.assert_array_equal(grid.zwd, earth(steps=20).astype("f4"))
    counted = open_delays(tmp_path / "2024_blur.npy")
    np.testing.assert_array_equal(counted.time, np.arange(20))
    np.save(tmp_path / "one.npy", earth(peak=40.0))
    single = open_delays(tmp_path / "one.npy", start="2024-01-01")
    assert single.delay.shape == (1, 180, 360)
    assert single.delay.attrs["units"] == "cm"


def test_bad_npy(tmp_path):
    np.save(tmp_path / "shape.npy", np.zeros((10, 90, 180)))
    with pytest.raises(InputError, match=r"shape \(10, 90, 180\).*accepted are floats of shape"):
        open_delays(tmp_path / "shape.npy")
    np.save(tmp_path / "ints.npy", np.zeros((180, 360), dtype=int))
    with pytest.raises(InputError, match="type int64"):
        open_delays(tmp_path / "ints.npy")
    np.save(tmp_path / "objects.npy", np.array([{}]), allow_pickle=True)
    with pytest.raises(InputError, match="no plain array"):
        open_delays(tmp_path / "objects.npy")
    np.save(tmp_path / "good.npy", earth(steps=3))
    write(tmp_path / "cut.npy", (tmp_path / "good.npy").read_bytes()[:-1000])
    with pytest.raises(InputError, match=r"cut\.npy cannot be opened"):
        open_delays(tmp_path / "cut.npy")
    with pytest.raises(InputError, match="no step"):
        open_delays(tmp_path / "good.npy", start="2024-01-01")
    with pytest.raises(InputError, match="not understood"):
        open_delays(tmp_path / "good.npy", start="yesterday-ish", step="6h")
    np.save(tmp_path / "pressure.npy", earth() + 101325)
    with pytest.raises(UnitsError, match="fit no delay"):
        open_delays(tmp_path / "pressure.npy")


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.001, 0.42, ("zwd", "m")),
        (0.5, 42.0, ("zwd", "cm")),
        (5.0, 420.0, ("zwd", "mm")),
        (1.16, 2.39, ("zhd", "m")),
        (116.0, 239.0, ("zhd", "cm")),
        (1160.0, 2390.0, ("zhd", "mm")),
        (1.2, 2.7, ("ztd", "m")),
    ],
)
def test_delay_and_unit_by_value(low, high, expected):
    assert guess_delay(np.array([low, high])) == expected


@pytest.mark.parametrize(
    ("start", "step"), [("09/03/2022", "6h"), ("2022-03-09", "6"), ("now", "6h")]
)
@pytest.mark.parametrize("step_first", [False, True])
def test_dates_and_steps_are_not_guessed(tmp_path, start, step, step_first):
    np.save(tmp_path / "a.npy", earth(steps=3))
    step = 6 if step_first and step == "6" else step
    with pytest.raises(InputError, match="not understood"):
        open_delays(tmp_path / "a.npy", start=start, step=step)


@pytest.mark.parametrize("unit", ["m", "cm", "mm"])
@pytest.mark.parametrize(
    ("variable", "metres"), [("zwd", 0.45), ("zwd", 0.6), ("zhd", 2.3), ("zhd", 2.5), ("ztd", 2.9)]
)
def test_a_range_tells_its_unit(variable, metres, unit):
    high = metres / {"m": 1.0, "cm": 1e-2, "mm": 1e-3}[unit]
    assert guess_unit(high, variable) == unit
    if metres < 2 and unit == "mm":
        assert guess_unit(high) == "mm"  # 4.5 m in cm is no delay
