"""Odd but valid inputs give the result of the plain one."""

import functools
import warnings

import numpy as np
import pytest
import xarray as xr

import tropdsx
from tropdsx.cli.group import main
from tropdsx.errors import TropdsxWarning

from helpers.odd_inputs import KINDS, NAMES, ONE_EPOCH, SPACING, choose, make, plain, standard

FORMS = choose(336)
CLOSE = 1e-5
"""How far results may differ [m]: float32 in millimetres holds 0.1 um of 2.4 m."""


def downscaled(ds):
    with warnings.catch_warnings():
        # What is assumed of an input is told; here it counts that it is right.
        warnings.simplefilter("ignore", TropdsxWarning)
        return tropdsx.downscale(ds, tropdsx.Options(model=None, target=SPACING)).load()


@functools.cache
def expected(region, one_epoch):
    ds = plain(region).isel(time=[0]) if one_epoch else plain(region)
    return standard(downscaled(ds), NAMES["plain"])


def check(result, form):
    nodes, delays = standard(result, NAMES[form.names])
    wanted, right = expected(form.axes.startswith("region"), form.time in ONE_EPOCH)
    assert np.array_equal(nodes[0], wanted[0]), f"epochs {nodes[0]}"
    for own, node in zip(nodes[1:], wanted[1:], strict=True):
        np.testing.assert_allclose(own, node, atol=1e-4)
    for name, values in delays.items():
        np.testing.assert_allclose(values, right[name], rtol=0, atol=CLOSE, err_msg=name)


def test_there_are_enough_forms_and_each_member_comes_often():
    assert len(FORMS) >= 300
    for kind, members in KINDS.items():
        counts = {name: sum(getattr(form, kind) == name for form in FORMS) for name in members}
        assert min(counts.values()) >= 10, counts


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_odd_input_gives_the_result_of_the_plain_one(form):
    check(downscaled(make(form)), form)


@pytest.mark.parametrize("form", choose(28, seed=5)[::2], ids=str)
@pytest.mark.parametrize("suffix", [".nc"])
def test_the_command_reads_it_from_a_file(form, suffix, tmp_path, capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of whoever writes such a file
        make(form).to_netcdf(tmp_path / "in.nc")
    name = str(tmp_path / "out.nc")
    call = ["convert", str(tmp_path / "in.nc"), "-o", name, "--model", "none"]
    with pytest.raises(SystemExit) as stop:
        main([*call, "--target", f"{SPACING:g}"])
    assert stop.value.code == 0, capsys.readouterr().err
    with xr.open_dataset(name) as result:
        check(result.load(), form)
