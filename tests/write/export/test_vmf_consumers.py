"""What programs can read of VMF text."""

import numpy as np
import pytest

from tropdsx.errors import OutputError, TropdsxWarning
from tropdsx.write.export.vmf_consumers import CONSUMERS, check_consumer

GRIDS = {
    "1x1": (np.arange(89.5, -90, -1), np.arange(0.5, 360, 1)),
    "5x5": (np.arange(87.5, -90, -5), np.arange(2.5, 360, 5)),
    "2x2.5": (np.arange(90.0, -91, -2), np.arange(0.0, 360, 2.5)),
}
SHIFTED = (np.arange(89.5, -90, -1), np.arange(0.0, 360, 1))
REGION = (np.arange(60.5, 40, -1), np.arange(0.5, 20, 1))


@pytest.mark.parametrize("name", CONSUMERS)
def test_each_reads_what_the_table_says_and_nothing_else(name):
    limits = CONSUMERS[name]
    for product in ("VMF3", "VMF1", "V3GR"):
        for step, axes in [*GRIDS.items(), ("", SHIFTED), ("", REGION)]:
            fits = product in limits.products and (
                not limits.grids
                or (step in limits.grids and (step == "2x2.5") == (product == "VMF1"))
            )
            if fits and not limits.lift:
                with pytest.warns(TropdsxWarning, match=f"{name} moves no delays in height"):
                    check_consumer(name, product, *axes)
            elif fits:
                check_consumer(name.upper(), product, *axes)
            else:
                with pytest.raises(OutputError, match=f"{name} reads"):
                    check_consumer(name, product, *axes)


def test_others_are_not_known():
    with pytest.raises(OutputError, match="consumer 'gamit' found; known are PRIDE, Ginan"):
        check_consumer("gamit", "VMF3", *REGION)
