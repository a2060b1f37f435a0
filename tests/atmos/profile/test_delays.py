"""Columns of air in pieces."""

import numpy as np

from tropdsx.atmos.profile.delays import split_columns


def test_blocks_cover_all_once():
    for shape in ((), (7,), (3, 5), (2, 40, 50), (100, 2, 3)):
        seen = np.zeros(shape, int)
        for piece in split_columns(shape, 64):
            seen[piece] += 1
        assert (seen == 1).all()
