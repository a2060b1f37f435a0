"""Cases made by thinning a truth."""

import numpy as np
import pytest

from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.workflows.evaluate.align import align
from tropdsx.workflows.evaluate.cases import cases_by_thinning
from tropdsx.workflows.evaluate.methods import methods_of

from helpers.evaluation import LAT, LON
from helpers.fields import delays


def test_thinning_needs_heights():
    ds = delays(LAT, LON, epochs=1).drop_vars("orography")
    with pytest.raises(GridError, match="without orography"):
        next(cases_by_thinning(ds, (2, 2)))


def test_a_period_still_sees_the_epochs_next_to_it(truth, tiny_checkpoint):
    network = methods_of([tiny_checkpoint], device="cpu")[-1]
    case = next(cases_by_thinning(truth, (3, 3), period="2022-03-09T12/2022-03-09T12"))
    whole = next(cases_by_thinning(truth, (3, 3)))
    assert case.truth.sizes["time"] == 1
    with pytest.warns(TropdsxWarning, match="spacings of 2 to 10 degrees, the input has 22.5"):
        a, b = align(network(case), case.truth), network(whole)
    np.testing.assert_allclose(a.fine.zwd[0], b.zwd[2], atol=1e-6)
