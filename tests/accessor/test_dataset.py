"""The accessor of Datasets."""

import sys

import matplotlib as mpl
import xarray as xr

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
