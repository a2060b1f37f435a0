"""``tropdsx inspect --replay``."""

import json

import netCDF4


def test_the_bits_agree_or_not(run, here):
    run("convert", "good.nc", "--model", "none", "--target", "5", "-q")
    code, out, err = run("inspect", "--replay", "good_tropdsx.nc")
    assert (code, err) == (0, "")
    first, row = out.splitlines()
    assert first == "good_tropdsx.nc: the same bits"
    assert "zhd" in row
    with netCDF4.Dataset("good_tropdsx.nc", "a") as file:
        file["zhd"][0, 0, 0] += 1
    code, out, _ = run("inspect", "--replay", "good_tropdsx.nc", "--json")
    assert code == 1
    assert json.loads(out)["different"].keys() == {"zhd"}
    (here / "good.nc").unlink()
    code, out, err = run("inspect", "--replay", "good_tropdsx.nc")
    assert (code, out) == (1, "")
    assert "good.nc is not in" in err


def test_folders_go_with_a_replay(run, here):
    assert run("inspect", "good.nc", "--inputs", ".")[0] == 2
