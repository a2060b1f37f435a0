"""Decimal text of many numbers is that of Python's format."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tropdsx.write.export.decimals import decimal_letters, join_letters, letters_of


def lines(values, digits, width=0):
    letters = decimal_letters(values, digits, width)
    return join_letters([letters, b"\n"], len(letters)).decode().splitlines()


def formatted(values, digits, width=0):
    return ["" if value != value else f"{value:{width}.{digits}f}" for value in values]


@given(
    st.lists(st.floats(-3e4, 3e4) | st.sampled_from([0.0, -0.0, np.nan, 0.125, 2.675, -1e-9])),
    st.integers(0, 6),
    st.sampled_from([0, 3, 8, 12]),
)
def test_text_is_that_of_python(values, digits, width):
    assert lines(values, digits, width) == formatted(values, digits, width)


@pytest.mark.parametrize("digits", [2, 3, 5])
def test_single_precision_and_ties(digits):
    rng = np.random.default_rng(0)
    ties = (np.arange(-300, 300) + 0.5) / 10**digits
    values = np.concatenate([ties, rng.normal(2.3, 1, 500).astype("f4"), 2.0 ** -np.arange(12)])
    assert lines(values, digits) == formatted(values, digits)


@pytest.mark.parametrize("large", [4e5, -1e17, np.inf, -np.inf])
def test_large_numbers(large):
    values = [2.3, large, np.nan, -0.5]
    assert lines(values, 5) == formatted(values, 5)
    assert lines(values, 2, 9) == formatted(values, 2, 9)


def test_numbers_wider_than_their_column_are_written_out():
    assert lines([1234.5, -1234.5, 1.0], 2, 7) == ["1234.50", "-1234.50", "   1.00"]


def test_texts_of_any_length_and_none():
    letters = letters_of(["", "Zürich", "A"])
    assert join_letters([b"<", letters, b">"], 3).decode() == "<><Zürich><A>"
    assert join_letters([decimal_letters([], 2), b"\n"], 0) == b""
