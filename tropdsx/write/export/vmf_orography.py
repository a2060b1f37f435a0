"""Write the orography beside VMF text, as the VMF Data Server does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import warn
from tropdsx.grid.edges import is_global_longitude
from tropdsx.grid.spacing import find_step
from tropdsx.system.staging import check_target, output_errors, stage

__all__ = ["OrographyFile"]


@dataclass(frozen=True)
class OrographyFile:
    """The orography of a grid on its way into a file; made by :meth:`of`, written by :meth:`write`.

    Attributes
    ----------
    path : Path
        Where it goes.
    text : str
        What it holds.

    Examples
    --------
    >>> axes = {"lat": [5.0, 0.0], "lon": [0.0, 5.0]}
    >>> heights = xr.DataArray(np.full((2, 2), 12.5), axes, ("lat", "lon"))
    >>> grid = xr.Dataset({"orography": heights})
    >>> file = OrographyFile.of(grid, Path(), round_the_globe=False)
    >>> file.path.name, file.text.splitlines()[0]
    ('orography_ell_5x5', '  12.50')
    """

    path: Path
    text: str

    @classmethod
    def of(
        cls, grid: xr.Dataset, folder: Path, *, round_the_globe: bool, overwrite: bool = False
    ) -> OrographyFile | None:
        """Lay the heights of a grid out, and check that they can be written.

        Parameters
        ----------
        grid : Dataset
            Standard grid.
        folder : Path
            Where the file goes.
        round_the_globe : bool
            As of VMF1: range and step first, ten whole metres a line, the first column again at
            the end; else a line for each node, in the order of the rows of the delays.
        overwrite : bool, optional
            Replace a file that is there; the same file stays in any case.

        Returns
        -------
        OrographyFile or None
            None where heights are not known, with a warning.

        Raises
        ------
        OutputError
            If another orography has that name.
        """
        if "orography" not in grid:
            _tell_missing("are not known")
            return None
        heights = grid["orography"].transpose("lat", "lon").to_numpy()
        if not np.isfinite(heights).all():
            _tell_missing("have gaps")
            return None
        lat, lon = (grid[axis].to_numpy() for axis in ("lat", "lon"))
        if round_the_globe:
            name, text = "orography_ell", "\n".join(_with_range(lat, lon, heights))
        else:
            steps = "x".join(f"{abs(find_step(axis)):.6g}" for axis in (lat, lon))
            name = f"orography_ell_{steps}"
            text = "\n".join(f"{height:7.2f}" for height in heights.ravel().tolist())
        file = cls(folder / name, text)
        if not file.is_there:
            check_target(file.path, overwrite=overwrite, folder=False)
        return file

    @property
    def is_there(self) -> bool:
        """Whether the same file lies there already."""
        return self.path.is_file() and self.path.read_text(encoding="latin-1") == self.text

    def write(self, *, overwrite: bool = False) -> Path:
        """Write the file, unless it is there.

        Parameters
        ----------
        overwrite : bool, optional
            Replace another one.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        if not self.is_there:
            with stage(self.path, overwrite=overwrite) as partial, output_errors(self.path):
                partial.write_text(self.text, encoding="ascii", newline="\n")
        return self.path


def _tell_missing(why: str) -> None:
    warn(
        f"the heights of the grid {why}, so no orography file lies beside the delays, and readers "
        "may take others for them; give them (--orography FILE)"
    )


def _with_range(
    lat: NDArray[np.float64], lon: NDArray[np.float64], heights: NDArray[np.float64]
) -> Iterator[str]:
    """Lines of orography_ell: range and step, then ten whole metres a line, row by row."""
    east = lon[-1]
    if is_global_longitude(lon):
        east = lon[0] + 360.0
        heights = np.concatenate([heights, heights[:, :1]], axis=1)
    steps = [abs(find_step(axis)) for axis in (lat, lon)]
    ends = [lat[0], lat[-1], lon[0], east, *steps]
    widths = (9, 9, 10, 10, 10, 10)
    yield "".join(f"{end:{width}.2f}" for end, width in zip(ends, widths, strict=True)) + " "
    for row in heights.tolist():
        for start in range(0, len(row), 10):
            yield "".join(f"{height:8.0f}" for height in row[start : start + 10])
    yield ""
