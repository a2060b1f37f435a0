"""Records keep their order and names: they are unpacked by place, and printed by name."""

from tropdsx.atmos import records


def test_records_unpack_in_the_order_that_they_are_documented_in():
    assert records.ZenithDelays._fields == ("zhd", "zwd", "ztd")
    assert records.Mapping._fields == ("mfh", "mfw")
    assert records.Gradients._fields == ("north", "east")
    assert records.GptValues._fields[:5] == (
        "pressure",
        "temperature",
        "lapse_rate",
        "mean_temperature",
        "water_vapour_pressure",
    )


def test_what_a_model_does_not_know_is_none():
    bare = records.GptValues(1000.0, 280.0)
    assert bare[:2] == (1000.0, 280.0)
    assert set(bare[2:]) == {None}
