"""Provenance: what is recorded comes back, through both file formats."""

import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

from tropdsx.cf import description as cf
from tropdsx.errors import InputError
from tropdsx.system.hashing import sha256_of
from tropdsx.write.netcdf import write_netcdf
from tropdsx.write.parameters import describe_parameters
from tropdsx.write.provenance import (
    carry_attributes,
    make_provenance,
    read_provenance,
    software_version,
)
from tropdsx.write.zarr import write_zarr

MODEL = {"id": "unet-small", "sha256": "ab" * 32}


def delays():
    zhd = np.full((2, 3), 2.3, np.float32)
    return xr.Dataset({"zhd": (("lat", "lon"), zhd)}, {"lat": [1.0, 0.0], "lon": [5.0, 6.0, 7.0]})


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "era5.nc"
    path.write_bytes(b"not really")
    return path


def full(source):
    return make_provenance(
        f"tropdsx convert {source.name}",
        inputs=[source, "https://example.org/in.nc"],
        input_attrs={
            "source": "ERA5",
            "license": "CC-BY 4.0",
            "references": "doi:10.24381",
            "history": "2020 cdo\n2019 mars",
        },
        model=MODEL,
        parameters={"target": 1.0, "height_model": "climatology", "levels": np.arange(2)},
        device="cpu",
        precision="float32",
    )


@pytest.mark.parametrize("notes", [[], ["a guess"], ["a guess", "another"]])
def test_a_list_of_notes_goes_through_a_file(notes, tmp_path):
    """As `ds.tropds.zenith_delays()` leaves it in the attributes, and a user saves it."""
    delays().assign_attrs(tropdsx_notes=notes).to_netcdf(tmp_path / "in.nc")
    with xr.open_dataset(tmp_path / "in.nc") as ds:
        found = make_provenance("tropdsx convert in.nc", input_attrs=ds.attrs)
    assert found.get("tropdsx_input_notes", "").splitlines() == notes


@pytest.mark.parametrize("writer", [write_netcdf, write_zarr])
def test_what_is_recorded_comes_back_from_a_file(writer, source, tmp_path):
    path = writer(cf.describe(delays(), provenance=full(source)), tmp_path / "out")
    found = read_provenance(path)
    moments = {"created": found["created"], "history": found["history"]}
    assert found == read_provenance(full(source)) | moments
    assert found["version"] == software_version()
    assert found["command"] == "tropdsx convert era5.nc"
    assert found["inputs"] == [
        {"name": "era5.nc", "sha256": hashlib.sha256(b"not really").hexdigest()},
        {"name": "https://example.org/in.nc", "sha256": None},
    ]
    assert found["model"] == MODEL
    assert found["parameters"] == {"target": 1.0, "height_model": "climatology", "levels": [0, 1]}
    assert (found["device"], found["precision"]) == ("cpu", "float32")
    assert found["torch"][0].isdigit()
    assert found["input"] == {
        "source": "ERA5",
        "license": "CC-BY 4.0",
        "references": "doi:10.24381",
    }
    assert found["history"][1:] == ["2020 cdo", "2019 mars"]


def test_the_history_line_comes_first_with_time_version_and_command(source):
    line = full(source)["history"].splitlines()[0]
    time, rest = line.split(" ", 1)
    np.datetime64(time.removesuffix("Z"))
    assert rest == f"tropdsx {software_version()}: tropdsx convert era5.nc"


def test_a_command_over_several_lines_stays_one_line():
    assert len(make_provenance("convert a \\\n  b")["history"].splitlines()) == 1


def test_torch_is_named_only_where_a_network_ran():
    assert "tropdsx_torch_version" not in make_provenance("x")
    assert read_provenance(make_provenance("x"))["model"] is None


def test_recording_does_not_load_torch():
    code = """if True:
        import sys
        from tropdsx.write.provenance import make_provenance
        attrs = make_provenance("x", model={"id": "m", "sha256": "0"})
        assert attrs["tropdsx_torch_version"]
        assert "torch" not in sys.modules
    """
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_input_made_by_tropdsx_keeps_its_own_record(source):
    first = full(source)
    second = make_provenance("again", input_attrs=first)
    assert "tropdsx_model" not in second
    assert second["tropdsx_input_model"] == "unet-small"
    assert len(second["history"].splitlines()) == 4
    assert json.loads(second["tropdsx_input_parameters"])["target"] == 1.0


def test_carry_moves_what_is_true_of_the_input_alone():
    out = carry_attributes({"title": "coarse", "source": "ERA5", "license": "CC0", "mine": 1})
    assert out == {
        "tropdsx_input_title": "coarse",
        "tropdsx_input_source": "ERA5",
        "tropdsx_input_license": "CC0",
        "license": "CC0",
        "mine": 1,
    }


def test_a_result_that_carried_its_input_needs_only_the_history():
    ds = delays()
    ds.attrs = carry_attributes({"source": "ERA5", "history": "before"})
    ds.attrs |= describe_parameters({"target": 1})
    attrs = cf.describe(ds, provenance=make_provenance("go", history=ds.attrs["history"])).attrs
    found = read_provenance(attrs)
    assert found["input"]["source"] == "ERA5"
    assert found["parameters"] == {"target": 1}
    assert found["history"][1] == "before"
    assert attrs["source"] == f"tropdsx {software_version()}; input: ERA5"


def test_the_record_of_a_year_of_input_files_fits(tmp_path):
    attrs = make_provenance("x", inputs=[f"VMF3_{n:08d}.H00" for n in range(3000)])
    assert len(attrs["tropdsx_inputs"]) > 2**16
    path = write_netcdf(cf.describe(delays(), provenance=attrs), tmp_path / "out.nc")
    assert len(read_provenance(path)["inputs"]) == 3000


def test_missing_and_foreign_files_are_input_errors(tmp_path):
    with pytest.raises(InputError, match="cannot read"):
        sha256_of(tmp_path / "nothing")
    with pytest.raises(InputError, match="no such file"):
        read_provenance(tmp_path / "nothing.nc")
    (tmp_path / "text.nc").write_text("hello")
    with pytest.raises(InputError, match="cannot read"):
        read_provenance(tmp_path / "text.nc")
    delays().to_netcdf(tmp_path / "foreign.nc")
    with pytest.raises(InputError, match="no tropdsx_version"):
        read_provenance(tmp_path / "foreign.nc")
    with pytest.raises(InputError, match="the Dataset"):
        read_provenance(delays())


def test_what_the_input_says_of_itself_is_kept(coarse):
    said = {"license": "CC BY 4.0", "institution": "TU Wien", "comment": "forecast"}
    out = coarse.assign_attrs(said).tropds.downscale(5.0, model=None)
    assert {name: out.attrs[name] for name in said} == said


def test_a_file_vouches_only_for_what_it_holds(coarse, tmp_path):
    coarse.to_netcdf(tmp_path / "in.nc")
    with xr.open_dataset(tmp_path / "in.nc") as ds:
        for made in (ds.assign(zwd=ds.zwd * 1.1), ds.isel(time=[0])):
            path = made.tropds.downscale(5.0, model=None).tropds.to_netcdf(
                tmp_path / "out.nc", overwrite=True
            )
            with xr.open_dataset(path) as out:
                assert out.attrs["tropdsx_inputs"] == "[]"
        path = ds.tropds.downscale(5.0, model=None).tropds.to_netcdf(tmp_path / "own.nc")
        with xr.open_dataset(path) as out:
            assert "in.nc" in out.attrs["tropdsx_inputs"]
