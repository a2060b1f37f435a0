"""Check that a classic NetCDF file is complete, which its library does not tell."""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import BinaryIO

from tropdsx.errors import InputError

__all__ = ["check_classic_length"]

_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8, 7: 1, 8: 2, 9: 4, 10: 8, 11: 8}
"""Size of the values of each type, by its number in the header [byte]."""

_Extent = tuple[int, int]
"""Begin and size of the values of a variable [byte]."""


def check_classic_length(path: Path) -> None:
    """Refuse a classic NetCDF file that ends before its last value.

    The library gives zeros for a missing end, without an error, so the header is read here.

    Parameters
    ----------
    path : Path
        NetCDF classic file (CDF-1, CDF-2 or CDF-5).

    Raises
    ------
    InputError
        If the file is shorter than its header says.

    Examples
    --------
    >>> import tempfile, xarray as xr
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.nc"
    ...     xr.Dataset({"zhd": ("lat", [2.3, 2.4])}).to_netcdf(path, format="NETCDF3_CLASSIC")
    ...     check_classic_length(path)  # it is complete
    ...     _ = path.write_bytes(path.read_bytes()[:-4])
    ...     try:
    ...         check_classic_length(path)
    ...     except InputError as error:
    ...         "is truncated" in str(error)
    True
    """
    try:
        with path.open("rb") as stream:
            needed = _find_length(stream)
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


class _HeaderReader:
    """Read the entries of a header one after the other (NetCDF User's Guide, appendix B)."""

    def __init__(self, stream: BinaryIO) -> None:
        version = stream.read(4)[3]
        self._stream = stream
        self._count_format = ">q" if version == 5 else ">i"
        self._offset_format = ">i" if version == 1 else ">q"

    def _number(self, form: str) -> int:
        return int(struct.unpack(form, self._stream.read(struct.calcsize(form)))[0])

    def tag(self) -> int:
        return self._number(">i")

    def count(self) -> int:
        return self._number(self._count_format)

    def offset(self) -> int:
        return self._number(self._offset_format)

    def skip(self, length: int) -> None:
        self._stream.seek(-(-length // 4) * 4, 1)

    def skip_name(self) -> None:
        self.skip(self.count())

    def skip_attributes(self) -> None:
        self.tag()
        for _ in range(self.count()):
            self.skip_name()
            size = _TYPE_BYTES[self.tag()]
            self.skip(size * self.count())


def _find_length(stream: BinaryIO) -> int:
    """Bytes up to the end of the last value."""
    header = _HeaderReader(stream)
    records = header.count()
    header.tag()
    lengths = []
    for _ in range(header.count()):
        header.skip_name()
        lengths.append(header.count())
    header.skip_attributes()
    header.tag()
    fixed: list[_Extent] = [(0, 0)]
    recorded: list[_Extent] = []
    for _ in range(header.count()):
        header.skip_name()
        dims = [header.count() for _ in range(header.count())]
        header.skip_attributes()
        size = _TYPE_BYTES[header.tag()]
        header.count()  # vsize, which overflows for large variables
        extent = header.offset(), size * math.prod(lengths[dim] or 1 for dim in dims)
        (recorded if dims and lengths[dims[0]] == 0 else fixed).append(extent)
    return _end_of_values(fixed, recorded, records)


def _end_of_values(fixed: list[_Extent], recorded: list[_Extent], records: int) -> int:
    """End of the values of all variables, those along the unlimited dimension repeated [byte]."""
    end = max(begin + size for begin, size in fixed)
    if not recorded or records <= 0:
        return end
    # Records are padded to four bytes, unless one variable has them for itself.
    padded = sum(-(-size // 4) * 4 for _, size in recorded)
    stride = padded if len(recorded) > 1 else recorded[0][1]
    return max(end, (records - 1) * stride + max(begin + size for begin, size in recorded))
