"""The accessor of Datasets."""

import sys

import matplotlib as mpl
import pytest
import xarray as xr

from tropdsx.errors import GridError, OutputError

from helpers.fields import delays
from helpers.figures import BOX, finer


def test_accessor_and_jupyter():
    box = delays(*BOX)
    figure = box.tropds.plot_compare(finer(box), "zhd")
    assert figure._repr_png_()[:4] == b"\x89PNG"
    assert "matplotlib.pyplot" not in sys.modules or not mpl.pyplot.get_fignums()


def test_reconstruct_is_the_function(monkeypatch):
    from tropdsx.pipeline.options import Options
    from tropdsx.workflows.reconstruct import analysis

    seen = []
    monkeypatch.setattr(
        analysis, "reconstruct", lambda *given, **named: seen.append((given, named))
    )
    ds = xr.Dataset()
    ds.tropds.reconstruct("places.csv", "ztd.csv", epochs="stations", target=0.5, model=None)
    ((given, named),) = seen
    assert given[1:] == ("places.csv", "ztd.csv")
    assert named == {"epochs": "stations", "options": Options(target=0.5, model=None)}


def test_stores_are_not_replaced_unasked_and_excluded_nodes_do_not_count(tmp_path):
    axes = {"lat": [1.0, 0.0], "lon": [5.0, 6.0]}
    zwd = xr.DataArray([[0.1, 0.2], [0.3, 0.4]], axes, ("lat", "lon"), attrs={"units": "m"})
    ds = xr.Dataset({"zwd": zwd})
    ds.tropds.to_zarr(tmp_path / "a.zarr")
    with pytest.raises(OutputError, match="exists"):
        ds.tropds.to_zarr(tmp_path / "a.zarr")
    ds.tropds.to_zarr(tmp_path / "a.zarr", overwrite=True)
    with pytest.raises(GridError, match="nothing is left to score"):
        ds.tropds.validate(ds, exclude=ds)


def test_report_is_the_function(monkeypatch):
    from tropdsx.workflows.report.html import writing

    seen = []
    monkeypatch.setattr(writing, "report", lambda *given, **named: seen.append((given, named)))
    ds = xr.Dataset()
    ds.tropds.report("page.html", title="Mine", overwrite=True)
    assert seen == [((ds, "page.html"), {"title": "Mine", "overwrite": True})]
