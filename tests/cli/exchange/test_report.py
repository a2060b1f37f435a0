import pytest

from tropdsx.cli.group import main

from helpers.fine import delays


def run(*arguments):
    with pytest.raises(SystemExit) as stop:
        main(["report", *map(str, arguments)])
    return stop.value.code


def test_page_of_a_file_with_its_input_and_truth(tmp_path, capsys):
    fine = delays(epochs=2, orography=False)
    for name, ds in (("fine", fine), ("coarse", fine.isel(lat=slice(0, None, 4)))):
        ds.to_netcdf(tmp_path / f"{name}.nc")
    page = tmp_path / "page.html"
    files = ["--coarse", tmp_path / "coarse.nc", "--reference", tmp_path / "fine.nc"]
    assert run(tmp_path / "fine.nc", "-o", page, *files, "--title", "A day") == 0
    assert capsys.readouterr().out == f"{page}\n"
    assert "<h1>A day</h1>" in page.read_text("utf-8")
    assert run(tmp_path / "fine.nc", "-o", page) == 1
    assert "page.html exists; give another name or overwrite it" in capsys.readouterr().err
    assert run(tmp_path / "fine.nc", "-o", page, "--overwrite", "-q") == 0
    assert capsys.readouterr().out == ""


def test_missing_file_is_one_line(tmp_path, capsys):
    assert run(tmp_path / "none.nc", "-o", tmp_path / "page.html") == 1
    assert capsys.readouterr().err.count("\n") == 1
