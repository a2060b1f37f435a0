"""Counts of what limits held."""

import numpy as np
import xarray as xr

from tropdsx.cf.attributes.limits import (
    OUT_OF,
    count_names,
    describe_count,
    load_counts,
    read_counts,
    sum_counts,
)


def result(values=(0, 3, 1), **more):
    attrs = describe_count("zwd_bounded", nodes=10, points=99)
    return xr.Dataset({"zwd_bounded": ("time", np.int32(values), attrs), **more})


def test_counts_follow_the_delays():
    assert count_names(["zhd"]) == ["zhd_bounded"]
    assert count_names(["zwd"]) == ["zwd_bounded", "zwd_floored"]


def test_nodes_and_points_are_told_apart():
    of = {name: describe_count(name, nodes=10, points=99)[OUT_OF] for name in count_names(["zwd"])}
    assert of == {"zwd_bounded": 10, "zwd_floored": 99}


def test_epochs_that_are_taken_or_joined_stay_right():
    whole = result()
    assert read_counts(whole)["zwd_bounded"]["count"] == 4
    assert read_counts(whole.isel(time=[1]))["zwd_bounded"] == {
        "count": 3,
        "out_of": 10,
        "epochs": 1,
        "out_of_epochs": 1,
    }
    twice = xr.concat([whole, whole], "time")
    assert read_counts(twice)["zwd_bounded"]["out_of"] == 60
    # Joined with a result of physics alone, which has none.
    gap = whole.assign_coords(time=range(3)).astype(float).reindex(time=range(4))
    assert read_counts(gap)["zwd_bounded"] == {
        "count": 4,
        "out_of": 30,
        "epochs": 2,
        "out_of_epochs": 3,
    }
    # As plain xarray writes such a gap: integers without a fill value.
    gap["zwd_bounded"] = "time", np.int32([0, 3, 1, -(2**31)]), gap["zwd_bounded"].attrs
    assert read_counts(gap)["zwd_bounded"]["count"] == 4
    assert read_counts(result([-1])) == {}


def test_counts_spread_over_nodes_count_nothing():
    """``ds.where(ds.zwd > 0.1)``, or two regions joined along their rows, repeat them."""
    spread = result(zwd=(("time", "lat"), np.ones((3, 4)))).pipe(lambda ds: ds.where(ds.zwd > 0.1))
    assert spread.zwd_bounded.dims == ("time", "lat")
    assert read_counts(spread) == {}


def test_a_mean_count_is_rounded():
    assert read_counts(result().mean("time", keep_attrs=True))["zwd_bounded"]["count"] == 1
    assert read_counts(result([1, 1, 0]).mean("time", keep_attrs=True))["zwd_bounded"] == {
        "count": 1,
        "out_of": 10,
        "epochs": 1,
        "out_of_epochs": 1,
    }


def test_what_is_lazy_is_not_computed():
    lazy = result().chunk()
    found = read_counts(lazy)["zwd_bounded"]
    assert found["count"] is None
    assert found["out_of"] == 30
    assert load_counts(lazy) is lazy
    assert read_counts(lazy)["zwd_bounded"]["count"] == 4


def test_a_sum_is_of_all_epochs():
    total = sum_counts(result(zhd=("time", [1.0, 2.0, 3.0])))
    assert list(total) == ["zwd_bounded"]
    assert read_counts(total)["zwd_bounded"]["count"] == 4
    assert read_counts(total)["zwd_bounded"]["out_of"] == 30


def test_a_foreign_variable_of_that_name_is_no_count():
    foreign = xr.Dataset({"zwd_bounded": ("time", [1.0])})
    assert read_counts(foreign) == {}
    assert load_counts(foreign) is foreign


def test_large_counts_neither_wrap_nor_fail():
    """A globe of 15 seconds of arc has more points than 32 bits count; so have long series."""
    assert describe_count("zwd_floored", nodes=1, points=43200 * 86400)[OUT_OF] == 3732480000
    values = np.full(40000, 60000, np.int32)
    found = sum_counts(xr.Dataset({"zwd_floored": ("time", values, {OUT_OF: 64800})}))
    assert int(found.zwd_floored) == 2400000000
    assert found.zwd_floored.attrs[OUT_OF] == 2592000000
    assert read_counts(found)["zwd_floored"]["count"] == 2400000000
