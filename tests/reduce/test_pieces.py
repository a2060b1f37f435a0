import numpy as np
import pytest
from numpy.polynomial.polynomial import polyval

from tropdsx.reduce.pieces import PIECE, cut_pieces, fit_pieces, rungs_of


def test_pieces_meet_and_cover_the_range():
    pieces = cut_pieces(-430.0, 8848.0)
    low = [piece.middle - piece.half for piece in pieces]
    high = [piece.middle + piece.half for piece in pieces]
    assert (low[0], high[-1]) == pytest.approx((-431.0, 8849.0))
    np.testing.assert_allclose(low[1:], high[:-1])
    assert max(2 * piece.half for piece in pieces) <= PIECE
    assert (np.diff(rungs_of(pieces)) > 0).all()
    assert len(cut_pieces(100.0, 100.0)) == 1


def test_profiles_that_bend_are_followed_and_pieces_agree_where_they_meet():
    pieces = cut_pieces(0.0, 3000.0)
    levels = np.array([-100.0, 300.0, 1100.0, 1700.0, 2600.0, 4000.0])

    def profile(height):
        return np.exp(np.interp(height, levels, [-1.6, -1.7, -2.2, -2.4, -3.1, -3.5]))

    values = profile(rungs_of(pieces))[None, :, None, None]
    found = fit_pieces(pieces, np.concatenate([values, 2 * values]))
    for number, piece in enumerate(pieces):
        ends = piece.scale(np.array([piece.middle - piece.half, piece.middle + piece.half]))
        at_ends = polyval(ends.astype(float), found[number].coefficients[1, :, 0, 0])
        heights = np.array([piece.middle - piece.half, piece.middle + piece.half])
        np.testing.assert_allclose(at_ends, 2 * profile(heights), rtol=0, atol=1e-6)
        inner = np.linspace(*heights, 50)
        value = polyval(piece.scale(inner).astype(float), found[number].coefficients[0, :, 0, 0])
        assert np.abs(value - profile(inner)).max() < 3e-3


def test_other_numbers_of_rungs_are_refused():
    with pytest.raises(ValueError, match="13"):
        fit_pieces(cut_pieces(1.0, 799.0), np.zeros((1, 12, 1, 1)))


def test_missing_profiles_are_marked():
    pieces = cut_pieces(0.0, 400.0)
    values = np.ones((1, rungs_of(pieces).size, 1, 2))
    values[0, 3, 0, 1] = np.nan
    assert fit_pieces(pieces, values)[0].missing.tolist() == [[[False, True]]]
