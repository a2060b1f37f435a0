"""Ways in which a result could be wrong without a word; each was found by trying."""

import json

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

from tropdsx.cli.convert import convert as convert_command
from tropdsx.errors import (
    CheckpointError,
    GridError,
    InputError,
    OutputError,
    TropdsxWarning,
    UnitsError,
)
from tropdsx.grid.standardise import standardise_grid
from tropdsx.nn.checkpoint import load, load_card, save
from tropdsx.predict.rmse_maps import spacing_factor
from tropdsx.read.delays import open_delays
from tropdsx.workflows.convert.files import convert
from tropdsx.workflows.evaluate.stations import delays_at

from helpers.fields import delays


def test_temperature_aloft_or_of_the_skin_is_not_taken(coarse):
    plain = coarse.tropds.downscale(3.0, model=None)
    cold = xr.full_like(coarse.zhd, 220.0).assign_attrs(units="K")
    aloft = {
        "t": cold.expand_dims(level=[500.0]),
        "temperature": cold.assign_coords(level=500.0),
        "skt": cold,
    }
    for name, field in aloft.items():
        out = coarse.assign({name: field}).tropds.downscale(3.0, model=None)
        np.testing.assert_array_equal(out.zhd, plain.zhd, err_msg=name)
    near = coarse.assign(t2m=cold).tropds.downscale(3.0, model=None)
    assert np.abs(near.zhd - plain.zhd).max() > 1e-3
    assert "t2m" in near.attrs["tropdsx_notes"]


@pytest.mark.parametrize("size", [-3, 0, "a", 1.5])
def test_batch_size_is_checked(coarse, tiny_checkpoint, size):
    with pytest.raises(CheckpointError, match="whole numbers from 1"):
        coarse.tropds.downscale(5.0, model=tiny_checkpoint, batch_size=size)


@pytest.mark.parametrize("lat", [[50.5, 42.5, 60.5], [50.5, 50.5, 42.5]])
def test_a_target_in_no_order_is_refused(coarse, lat):
    heights = coarse.orography
    target = xr.Dataset(coords={"lat": lat, "lon": [10.5, 11.5]})
    with pytest.raises(GridError, match="not in order or repeat"):
        coarse.tropds.downscale(target, orography=heights, model=None)


def test_heights_go_where_they_belong(coarse):
    """Targets in any orientation, with heights from another grid."""
    target = xr.Dataset(coords={"lat": [42.5, 47.5, 52.5], "lon": [12.5, 7.5]})
    out = coarse.tropds.downscale(target, orography=coarse.orography, model=None)
    wanted = coarse.orography.sel(lat=target.lat, lon=target.lon)
    np.testing.assert_allclose(out.orography, wanted, atol=1e-9)
    np.testing.assert_array_equal(out.zwd, coarse.zwd.sel(lat=target.lat, lon=target.lon))


def test_rmse_maps_follow_the_spacing_of_the_input(coarse, tiny_checkpoint, tmp_path):
    loaded = load(tiny_checkpoint)
    scores = {
        f"check {d:g}": {"degrees": d, "zhd_single_mm": 0.3 * d, "zwd_single_mm": 2.5 * d}
        for d in (2.0, 3.0, 5.0)
    }
    card = {**loaded.card, "scores": scores, "rmse_degrees": 5.0}
    path = save(tmp_path / "scored.safetensors", loaded.module, card, tensors=loaded.tensors)
    wide = delays(np.arange(85.0, -90.0, -10.0), np.arange(5.0, 360.0, 10.0))
    maps = [ds.tropds.downscale(5.0, model=path).zwd_rmse for ds in (coarse, wide)]
    np.testing.assert_allclose(maps[1] / maps[0], 2.0, rtol=1e-5)
    assert "scaled" in maps[0].attrs["comment"]
    assert spacing_factor(load_card(tiny_checkpoint), "zwd", 3.0) == 1.0


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


def test_arrays_given_are_recorded_by_content(coarse):
    a, b = (
        coarse.tropds.downscale(5.0, orography=coarse.orography + k, model=None).attrs[
            "tropdsx_parameters"
        ]
        for k in (0.0, 1.0)
    )
    assert a != b


def test_the_rest_of_a_total_delay_is_checked(coarse):
    total = (coarse.zhd + coarse.zwd - 0.3).assign_attrs(units="m")
    with pytest.raises(UnitsError, match="ztd"):
        coarse.drop_vars("zwd").assign(ztd=total).tropds.downscale(5.0, model=None)


def test_no_silent_gaps_at_the_poles():
    grid = delays(np.arange(89.0, -90.0, -3.0), np.arange(0.0, 360.0, 3.0), epochs=1)
    out = grid.tropds.downscale(model=None)
    assert not out.zwd.isnull().any()
    assert out.sizes["lat"] < 180


def test_geopotential_without_units_is_not_metres(coarse):
    bare = coarse.rename(orography="geopotential")
    bare.geopotential.attrs.clear()
    with pytest.raises(UnitsError, match="m2 s-2"):
        bare.tropds.downscale(5.0, model=None)


@pytest.mark.filterwarnings("ignore:.*are missing:UserWarning")
def test_a_missing_zhd_does_not_take_the_zwd_along(coarse):
    coarse.zhd[0, 10:13, 20:23] = np.nan
    out = coarse.tropds.downscale(3.0, model=None)
    assert out.zhd.isnull().any()
    assert not out.zwd.isnull().any()


def test_files_are_sorted_in_time(coarse, tmp_path):
    coarse.isel(time=[2, 0, 1]).to_netcdf(tmp_path / "mixed.nc")
    with xr.open_dataset(convert(tmp_path / "mixed.nc", model=None, target=5.0)) as out:
        np.testing.assert_array_equal(out.time, coarse.time)
        np.testing.assert_array_equal(out.zwd, coarse.tropds.downscale(5.0, model=None).zwd)


def test_the_input_is_never_the_output(coarse, tmp_path):
    coarse.to_netcdf(tmp_path / "in.nc")
    before = (tmp_path / "in.nc").read_bytes()
    with pytest.raises(OutputError, match="input"):
        convert(tmp_path / "in.nc", tmp_path / "in.nc", model=None, overwrite=True)
    assert (tmp_path / "in.nc").read_bytes() == before


@pytest.mark.parametrize("suffix", ["nc", "zarr"])
def test_static_fields_are_written(coarse, tiny_checkpoint, tmp_path, suffix):
    coarse.to_netcdf(tmp_path / "in.nc")
    out = convert(tmp_path / "in.nc", tmp_path / f"out.{suffix}", model=tiny_checkpoint, target=5.0)
    with xr.open_dataset(out, engine="zarr" if suffix == "zarr" else None) as fine:
        for name in ("orography", "zhd_rmse", "zwd_rmse", "lat_bnds", "zwd"):
            assert not fine[name].isnull().any(), name


@pytest.mark.parametrize("given", [np.zeros((36, 72)), 0.0, [1, 2]])
def test_wrong_kinds_of_arguments(coarse, given):
    for name in ("orography", "coarse_orography"):
        with pytest.raises(GridError, match="accepted are"):
            coarse.tropds.downscale(5.0, model=None, **{name: given})


def test_no_epochs(coarse):
    with pytest.raises(GridError, match="no epoch"):
        coarse.isel(time=slice(0, 0)).tropds.downscale(5.0, model=None)


def test_options_of_files_are_recorded(coarse, tmp_path):
    coarse.to_netcdf(tmp_path / "in.nc")
    physics = convert(tmp_path / "in.nc", tmp_path / "truth.nc", model="none")
    out = convert(tmp_path / "in.nc", tmp_path / "out.nc", model="none", reference=physics)
    with xr.open_dataset(out) as fine:
        recorded = json.loads(fine.attrs["tropdsx_parameters"])
    assert recorded["reference"]["file"] == "truth.nc"
    assert len(recorded["reference"]["sha256"]) == 64
    assert "start" not in recorded


def test_options_of_tropds_do_not_pass_in_silence(coarse, tmp_path):
    coarse.to_netcdf(tmp_path / "in.nc")
    with pytest.raises(InputError, match=r"norm given, but in\.nc does not go through"):
        convert(tmp_path / "in.nc", tmp_path / "out.nc", norm=(0, 50))


def test_sigma_on_the_command_line(coarse, tiny_checkpoint, tmp_path):
    coarse.to_netcdf(tmp_path / "in.nc")
    ran = CliRunner().invoke(
        convert_command,
        [
            str(tmp_path / "in.nc"),
            "--model",
            str(tiny_checkpoint),
            "--sigma",
            "-o",
            str(tmp_path / "out.nc"),
        ],
    )
    assert ran.exit_code == 0, ran.output
    lazy = coarse.chunk(time=1).tropds.downscale(model=tiny_checkpoint, sigma=True)
    with xr.open_dataset(tmp_path / "out.nc") as fine:
        np.testing.assert_array_equal(fine["zwd_sigma"], lazy["zwd_sigma"])
        assert fine["zwd_sigma"].min() > 0


def test_a_total_delay_is_kept_where_the_air_is_light(coarse):
    """Over a deep low the total is less than the standard atmosphere says of ZHD alone."""
    ztd = ((coarse.zhd + coarse.zwd) * 0.9).assign_attrs(units="m")
    alone = coarse.drop_vars(["zhd", "zwd"]).assign(ztd=ztd)
    with pytest.warns(TropdsxWarning, match="at most ztd"):
        out = alone.tropds.downscale(coarse[["lat", "lon"]], orography=coarse.orography, model=None)
    assert (out.zwd == 0).any()
    assert (out.zwd >= 0).all()
    np.testing.assert_allclose(out.zhd + out.zwd, ztd, atol=3e-7)


def test_no_wet_delay_below_zero_beside_a_front(coarse):
    """The cubic swings below zero there; what was given below zero stays."""
    front = xr.where(coarse.lon < 180, 0.3, 0.0005) * xr.ones_like(coarse.zwd)
    steep = coarse.assign(
        zwd=front.astype("f4").transpose(*coarse.zwd.dims).assign_attrs(units="m")
    )
    out = steep.tropds.downscale(1.0, model=None)
    assert out.zwd.min() >= 0
    noise = steep.assign(
        zwd=steep.zwd.where(steep.lon != steep.lon[3], -0.001).assign_attrs(units="m")
    )
    with pytest.warns(TropdsxWarning, match="negative wet delays"):
        out = noise.tropds.downscale(coarse[["lat", "lon"]], orography=coarse.orography, model=None)
    np.testing.assert_array_equal(out.zwd, noise.zwd)
    fine = noise.tropds.downscale(1.0, model=None)
    apart = fine.zwd.sel(lat=slice(60, -60), lon=slice(150, 210))
    assert (apart >= 0).all(), "what is far away does not matter"
    east = np.arange(170.3, 190.0)
    at_points = delays_at(standardise_grid(steep)[0], np.full(east.size, 12.0), east, 0.0 * east)
    assert (at_points.zwd >= 0).all()


def test_metres_called_millimetres_are_noticed(coarse):
    wrong = coarse.assign(zwd=coarse.zwd.assign_attrs(units="mm"))
    with pytest.warns(TropdsxWarning, match=r"'zwd' is below 0.6 mm everywhere.*'mm'"):
        wrong.tropds.downscale(5.0, model=None)
    lazy = wrong.chunk(time=1).tropds.downscale(5.0, model=None)
    with pytest.warns(TropdsxWarning, match="'zwd' is below"):
        lazy.zwd.load()


def test_a_target_partly_outside_is_told_of(coarse):
    europe = coarse.sel(lat=slice(60, 30), lon=slice(0, 40))
    target = xr.Dataset(coords={"lat": [50.0, 45.0], "lon": [-15.0, -5.0, 5.0, 15.0]})
    with pytest.warns(TropdsxWarning, match="4 of 8 nodes of the target lie outside"):
        out = europe.tropds.downscale(target, orography=0.0 * coarse.orography, model=None)
    assert int(out.zwd[0].isnull().sum()) == 4


@pytest.mark.parametrize("lat", [[50.0, 45.0, 40.0], [40.0, 45.0, 50.0]])
def test_a_target_file_keeps_its_orientation(coarse, tmp_path, lat):
    heights = (("latitude", "longitude"), np.zeros((3, 4)), {"units": "m"})
    axes = {"latitude": lat, "longitude": [-15.0, -5.0, 5.0, 15.0]}
    target = xr.Dataset({"orography": heights}, axes)
    target.to_netcdf(tmp_path / "target.nc")
    out = coarse.tropds.downscale(tmp_path / "target.nc", model=None)
    same = coarse.tropds.downscale(target, model=None)
    xr.testing.assert_allclose(out[["zhd", "zwd"]], same[["zhd", "zwd"]])
    np.testing.assert_array_equal(out.longitude, axes["longitude"])
    np.testing.assert_array_equal(out.latitude, lat)


def test_epochs_without_dates_are_converted(coarse, tmp_path):
    dated = coarse.tropds.downscale(5.0, model=None)
    source, out = tmp_path / "undated.nc", tmp_path / "fine.nc"
    coarse.drop_vars("time").to_netcdf(source)
    convert(source, out, target=5.0, model=None)
    with xr.open_dataset(out) as fine:
        assert "time" not in fine.coords
        # The climatology of the year stands in for that of the day.
        np.testing.assert_allclose(fine.zwd, dated.zwd, atol=5e-4)


def test_vmf_text_of_unknown_epoch_is_converted(tmp_path):
    source, out = tmp_path / "nameless.txt", tmp_path / "fine.nc"
    rows = [
        f"{lat} {lon} 0.0012 0.0006 2.2{abs(lat) // 10:.0f} 0.1000"
        for lat in np.arange(87.5, -90, -5)
        for lon in np.arange(2.5, 360, 5)
    ]
    source.write_text("\n".join(rows) + "\n")
    nodes = {"lat": np.arange(87.5, -90, -5), "lon": np.arange(2.5, 360, 5)}
    flat = xr.DataArray(np.zeros((36, 72)), nodes, ("lat", "lon"), attrs={"units": "m"})
    flat.to_dataset(name="orography").to_netcdf(tmp_path / "flat.nc")
    convert(source, out, coarse_orography=tmp_path / "flat.nc", target=5.0, model=None)
    with xr.open_dataset(out) as fine:
        assert fine.sizes["time"] == 1
        assert "time" not in fine.coords


def test_files_in_other_units_are_not_joined(coarse, tmp_path):
    first, second = tmp_path / "first.nc", tmp_path / "second.nc"
    quality = xr.DataArray([1], dims="time", attrs={"units": "1"})
    coarse.isel(time=[0]).assign(quality=quality).to_netcdf(first)
    later = coarse.isel(time=[1]).assign(quality=quality.assign_attrs(units=""))
    later["zhd"].attrs["units"] = "metres"
    later.to_netcdf(second)
    assert open_delays([first, second]).sizes["time"] == 2, "another spelling, another variable"
    later.assign(zwd=(1000 * later.zwd).assign_attrs(units="mm")).to_netcdf(second)
    with pytest.raises(UnitsError, match=r"'zwd' has units 'mm' in .*second.nc and 'm' in .*first"):
        open_delays([first, second])


FORMS = {
    "mjd": ([59647.0, 59647.25, 59647.5], {"units": "MJD"}),
    "cdo": ([20220309.0, 20220309.25, 20220309.5], {"units": "day as %Y%m%d.%f"}),
    "text": (["2022-03-09T00:00", "2022-03-09T06:00", "2022-03-09T12:00"], {}),
}


@pytest.mark.parametrize("form", FORMS)
def test_dates_in_other_forms_are_dates_in_the_result(coarse, tmp_path, form):
    """The climatology needs them, and a CF reader too."""
    values, attrs = FORMS[form]
    out, usual = tmp_path / "out.nc", tmp_path / "usual.nc"
    coarse.to_netcdf(tmp_path / "dated.nc")
    convert(tmp_path / "dated.nc", usual, target=5.0, model=None)
    coarse.assign_coords(time=("time", values, attrs)).to_netcdf(tmp_path / "in.nc")
    convert(tmp_path / "in.nc", out, target=5.0, model=None)
    with xr.open_dataset(out) as fine, xr.open_dataset(usual) as dated:
        np.testing.assert_array_equal(fine.time, dated.time)
        np.testing.assert_array_equal(fine.zwd, dated.zwd)
        assert fine.attrs["time_coverage_end"] == dated.attrs["time_coverage_end"]


@pytest.mark.parametrize("form", FORMS)
def test_dates_of_a_single_field_in_other_forms(coarse, form):
    values, attrs = FORMS[form]
    single = coarse.isel(time=0, drop=True).assign_coords(time=((), values[1], attrs))
    dated = coarse.isel(time=0).assign_coords(time=np.datetime64("2022-03-09T06", "ns"))
    out, usual = (ds.tropds.downscale(5.0, model=None) for ds in (single, dated))
    np.testing.assert_array_equal(out.zwd, usual.zwd)
    assert out.time.values == np.asarray(values[1])


@pytest.mark.parametrize("days", [np.float32(59647.25), np.nan, 20221345.0])
def test_days_that_make_no_date_are_refused(coarse, days):
    units = "day as %Y%m%d.%f" if days > 1e6 else "MJD"
    odd = coarse.isel(time=[0]).assign_coords(time=("time", np.array([days]), {"units": units}))
    with pytest.raises(GridError, match=f"units '{units}' and cannot be read"):
        odd.tropds.downscale(5.0, model=None)


def test_a_target_with_axes_of_two_dimensions(coarse, tmp_path):
    lat, lon = np.array([50.0, 45.0, 40.0]), np.array([5.0, 10.0, 15.0, 20.0])
    mesh = dict(zip(("lat", "lon"), np.meshgrid(lat, lon, indexing="ij"), strict=True))
    units = {"lat": "degrees_north", "lon": "degrees_east"}
    target = xr.Dataset(
        {"orography": (("y", "x"), np.zeros((3, 4)), {"units": "m"})},
        {name: (("y", "x"), mesh[name], {"units": units[name]}) for name in mesh},
    )
    target.to_netcdf(tmp_path / "target.nc")
    out = coarse.tropds.downscale(tmp_path / "target.nc", model=None)
    np.testing.assert_array_equal(out.lat, lat)
    np.testing.assert_array_equal(out.lon, lon)


def test_counts_of_another_kind_are_told_of(coarse):
    years = coarse.assign_coords(time=("time", [2022.1, 2022.2, 2022.3], {"units": "years"}))
    with pytest.warns(TropdsxWarning, match="units 'years', which makes no dates"):
        out = years.tropds.downscale(5.0, model=None)
    np.testing.assert_array_equal(out.time, years.time)
