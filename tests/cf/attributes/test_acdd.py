"""Global attributes: the extent, and what the caller or the input says."""

from tropdsx.cf.description import describe

from helpers.fine import delays


def test_the_global_attributes_state_the_extent():
    attrs = describe(delays()).attrs
    assert attrs["Conventions"] == "CF-1.10, ACDD-1.3"
    assert attrs["geospatial_lat_min"] == 40.0
    assert attrs["geospatial_lat_max"] == 60.0
    assert attrs["geospatial_lon_resolution"] == 1.0
    assert attrs["geospatial_bounds"].startswith("POLYGON((40 5, 60 5, 60 29,")
    assert attrs["time_coverage_start"] == "2021-01-01T00:00:00Z"
    assert attrs["time_coverage_end"] == "2021-01-02T18:00:00Z"
    assert attrs["time_coverage_duration"] == "P1DT18H"
    assert attrs["time_coverage_resolution"] == "PT6H"
    assert attrs["title"] == "Zenith tropospheric delays on a 1 x 1 degree grid"
    assert attrs["creator_name"] == "not given"


def test_what_the_caller_says_wins():
    out = describe(delays(), title="Mine", attrs={"creator_name": "A. Person", "license": "CC0"})
    assert (out.attrs["title"], out.attrs["creator_name"]) == ("Mine", "A. Person")
    assert out.attrs["license"] == "CC0"


def test_texts_of_the_input_move_aside():
    ds = delays()
    ds.attrs = {
        "title": "ERA5 at 5 degrees",
        "source": "ECMWF ERA5",
        "institution": "ECMWF",
        "Conventions": "CF-1.6",
        "time_coverage_start": "1979",
        "history": "yesterday: cdo",
    }
    out = describe(ds).attrs
    assert out["tropdsx_input_title"] == "ERA5 at 5 degrees"
    assert out["title"] != "ERA5 at 5 degrees"
    assert out["source"] == "tropdsx; input: ECMWF ERA5"
    assert out["institution"] == "ECMWF"
    assert out["history"] == "yesterday: cdo"
    assert out["time_coverage_start"] == "2021-01-01T00:00:00Z"
