"""What is told of epochs that get no file."""

import numpy as np
import pytest

from tropdsx.errors import OutputError, TropdsxWarning
from tropdsx.write.export.empty_epochs import tell_of_empty


def epochs(count, folder):
    times = np.datetime64("2021-01-01T06", "ns") + np.arange(count) * np.timedelta64(24, "h")
    return {time: folder / f"{str(time)[:10]}.ztd" for time in times}


def test_many_are_counted_and_some_named(tmp_path):
    with pytest.warns(TropdsxWarning, match="10 of 12 epochs .*: 2021-01-01T06:00, .* and 2 more$"):
        tell_of_empty(epochs(10, tmp_path), 12)


def test_a_file_of_before_is_named(tmp_path):
    (tmp_path / "2021-01-02.ztd").touch()
    with pytest.warns(TropdsxWarning, match="; 2021-01-02.ztd of before stays as it is"):
        tell_of_empty(epochs(3, tmp_path), 4)


def test_none_but_empty_ones_are_refused(tmp_path):
    with pytest.raises(OutputError, match="at 2021-01-01T06:00, 2021-01-02T06:00; accepted"):
        tell_of_empty(epochs(2, tmp_path), 2)
