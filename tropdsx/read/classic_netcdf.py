"""Whether a classic NetCDF file is complete, which its library does not tell."""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import BinaryIO

from tropdsx.errors import InputError

__all__ = ["check_classic_length"]


def check_classic_length(path: Path) -> None:
    """Refuse a classic NetCDF file that ends before its last value.

    The library reads zeros from the missing end without a word, so the header is read here.

    Parameters
    ----------
    path : Path
        NetCDF classic file (CDF-1, CDF-2 or CDF-5).

    Raises
    ------
    InputError
        If the file is shorter than its header says.
    """
    try:
        with path.open("rb") as stream:
            needed = _classic_length(stream)
    except (struct.error, IndexError, KeyError) as error:
        msg = f"{path} ends within its NetCDF header: it is truncated. Fetch the file again."
        raise InputError(msg) from error
    size = path.stat().st_size
    if size < needed:
        msg = (
            f"{path} is truncated: {size} of {needed} bytes; accepted are complete files. Fetch "
            "the file again."
        )
        raise InputError(msg)


_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8, 7: 1, 8: 2, 9: 4, 10: 8, 11: 8}


def _classic_length(stream: BinaryIO) -> int:
    """Bytes up to the end of the last value (NetCDF User's Guide, appendix B)."""
    version = stream.read(4)[3]
    count = ">q" if version == 5 else ">i"
    offset = ">i" if version == 1 else ">q"

    def number(fmt: str = ">i") -> int:
        return int(struct.unpack(fmt, stream.read(struct.calcsize(fmt)))[0])

    def skip(length: int) -> None:
        stream.seek(-(-length // 4) * 4, 1)

    def attributes() -> None:
        number()
        for _ in range(number(count)):
            skip(number(count))
            kind = number()
            skip(_TYPE_BYTES[kind] * number(count))

    records = number(count)
    number()
    lengths = []
    for _ in range(number(count)):
        skip(number(count))
        lengths.append(number(count))
    attributes()
    number()
    fixed, recorded = [(0, 0)], []
    for _ in range(number(count)):
        skip(number(count))
        dims = [number(count) for _ in range(number(count))]
        attributes()
        size = _TYPE_BYTES[number()]
        number(count)  # vsize, which overflows for large variables
        place = number(offset), size * math.prod(lengths[dim] or 1 for dim in dims)
        (recorded if dims and lengths[dims[0]] == 0 else fixed).append(place)
    return _end_of_values(fixed, recorded, records)


def _end_of_values(
    fixed: list[tuple[int, int]], recorded: list[tuple[int, int]], records: int
) -> int:
    """End of variables given by begin and size, those along the unlimited dimension repeated."""
    end = max(begin + size for begin, size in fixed)
    if not recorded or records <= 0:
        return end
    # Records are padded to four bytes, unless one variable has them for itself.
    padded = sum(-(-size // 4) * 4 for _, size in recorded)
    stride = padded if len(recorded) > 1 else recorded[0][1]
    return max(end, (records - 1) * stride + max(begin + size for begin, size in recorded))
