"""Pictures: of a kind that their names say, or refused before anything is drawn."""

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from tropdsx.errors import OutputError
from tropdsx.workflows.report.pictures import check_picture, save_picture

mpl.use("agg")


@pytest.mark.parametrize("name", ["plot", "plot.txt", "plot.nc"])
def test_a_name_that_is_no_picture_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    for refuse in (check_picture, lambda path: save_picture(Figure(), path)):
        with pytest.raises(OutputError, match=rf"cannot draw {name} \(.*accepted are \.png"):
            refuse(name)
    # matplotlib would write plot.png for plot, whatever lies there.
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["plot.png", "plot.PDF", "plot.jpg"])
def test_a_picture_is_where_its_name_says(tmp_path, name):
    assert check_picture(tmp_path / name) == tmp_path / name
    assert save_picture(Figure(), tmp_path / name).stat().st_size > 100


def test_one_that_exists_is_replaced_only_if_wanted(tmp_path):
    (tmp_path / "plot.svg").write_text("mine")
    with pytest.raises(OutputError, match="exists"):
        check_picture(tmp_path / "plot.svg")
    check_picture(tmp_path / "plot.svg", overwrite=True)


def test_a_folder_that_is_missing(tmp_path):
    with pytest.raises(OutputError, match="absent"):
        check_picture(tmp_path / "absent" / "plot.png")
