"""The accessor of Datasets."""

import sys

import matplotlib as mpl

from helpers.fields import delays
from helpers.figures import BOX, finer


def test_accessor_and_jupyter():
    box = delays(*BOX)
    figure = box.tropds.plot_compare(finer(box), "zhd")
    assert figure._repr_png_()[:4] == b"\x89PNG"
    assert "matplotlib.pyplot" not in sys.modules or not mpl.pyplot.get_fignums()
