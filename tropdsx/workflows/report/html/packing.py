"""Pack fields into text that a browser unpacks: whole steps, differences, deflate, base64.

Neighbours in space and time differ by little, so their differences pack well. The script
``decode.js`` unpacks them.
"""

from __future__ import annotations

import base64
import zlib
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["STEP", "Packed", "pack"]

#: Values are kept to this, where their range allows it [m].
STEP = 1e-4
#: Codes of values run from 1 to this; 0 stands for a missing one.
_CODES = 2**16 - 1


class Packed(NamedTuple):
    """A series of fields as text.

    Attributes
    ----------
    offset : float
        Value of code 1.
    step : float
        From one code to the next.
    text : str
        Base64 of the deflated codes.
    """

    offset: float
    step: float
    text: str


def pack(values: ArrayLike, step: float = STEP) -> Packed:
    """Round fields to whole steps and pack them.

    Parameters
    ----------
    values : array_like, shape (time, lat, lon)
        Fields in any unit; those that are not finite are missing.
    step : float, optional
        Wanted step, in the same unit; it is larger where the range has more than 65534 of them.

    Returns
    -------
    Packed
        Every value to within half a step.

    Examples
    --------
    >>> packed = pack([[[0.1, 0.25], [np.nan, -0.3]]], step=0.01)
    >>> packed.offset, packed.step
    (-0.3, 0.01)
    """
    fields = np.asarray(values, np.float64)
    known = np.isfinite(fields)
    low, high = (fields[known].min(), fields[known].max()) if known.any() else (0.0, 0.0)
    step = max(step, float(high - low) / (_CODES - 1))
    whole = np.rint((np.where(known, fields, low) - low) / step) + 1
    codes = np.where(known, np.clip(whole, 1, _CODES), 0).astype(np.uint16)
    # Differences wrap round at 2**16, and so do their sums, to where they came from.
    for axis in (0, 2, 1):
        first = np.zeros_like(codes.take([0], axis))
        codes = np.diff(codes, axis=axis, prepend=first)
    # Small steps down become small numbers, as those up are: 0, -1, 1, -2 ...
    signed = codes.view(np.int16)
    folded = ((signed << 1) ^ (signed >> 15)).view(np.uint16)
    high_byte, low_byte = (folded >> 8).astype(np.uint8), (folded & 255).astype(np.uint8)
    deflated = zlib.compress(high_byte.tobytes() + low_byte.tobytes(), 6)
    return Packed(float(low), step, base64.b64encode(deflated).decode())
