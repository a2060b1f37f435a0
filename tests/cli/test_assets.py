"""The command assets."""

import json


def test_assets(run, levels_here):
    code, out, _ = run("assets")
    assert code == 0
    assert "geoid.nc" in out
    assert "not here: tropdsx assets fetch gpt3_5" in out
    assert run("assets", "list")[1] == out
    listed = json.loads(run("assets", "list", "--json")[1])
    assert listed["gpt3_5"] is None
    assert listed["geoid"].endswith("geoid.nc")
    assert run("assets", "fetch", "geoid")[1].strip() == listed["geoid"]
