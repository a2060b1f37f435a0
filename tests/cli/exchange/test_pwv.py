"""``tropdsx pwv``."""

import xarray as xr

from helpers.compliance import check_compliance
from helpers.shell import one_line

MET = (
    f"{'     2.11           METEOROLOGICAL DATA':<60}RINEX VERSION / TYPE\n"
    f"{'WTZR':<60}MARKER NAME\n{'     2    PR    TD':<60}# / TYPES OF OBSERV\n"
    f"{'':<60}END OF HEADER\n 21  7  1  0  0  0  940.0   16.9\n"
)


def test_table_and_weather(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wtzr.21m").write_text(MET)
    (tmp_path / "ztd.csv").write_text("station,time,ztd_m\nWTZR,2021-07-01T00:00,2.30\n")
    (tmp_path / "s.csv").write_text("station,lat,lon,height\nWTZR,49.144,12.879,666\n")
    code, out, err = run("pwv", "ztd.csv", "wtzr.21m", "--stations", "s.csv", "-o", "pwv.nc")
    assert (code, err) == (0, "")
    assert out == "WTZR: mean 25.4 mm, each +- 0.8 mm\npwv.nc\n"
    with xr.open_dataset("pwv.nc") as ds:
        assert round(ds.pwv.item(), 1) == 25.4
        assert ds.pwv.attrs["units"] == "mm"
        assert ds.pwv.attrs["ancillary_variables"] == "pwv_sigma"
        assert ds.attrs["tropdsx_command"] == "tropdsx pwv ztd.csv wtzr.21m s.csv"
    check_compliance("pwv.nc")
    code, out, err = run("pwv", "ztd.csv", "wtzr.21m")
    assert (code, out) == (1, "")
    assert "does not say where its stations are" in one_line(err)
    assert "--stations FILE" in err
    code, out, err = run(
        *("pwv", "ztd.csv", "wtzr.21m", "--stations", "s.csv", "-q"),
        *("--ztd-error", "0", "--pressure-error", "0", "--mean-temperature-error", "0"),
    )
    assert (code, out, err) == (0, "", "")
