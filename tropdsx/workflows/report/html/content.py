"""Collect what a page shows: fields as text, grids, and one colour range for what is compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tropdsx.cf.quantities import DELAYS_AND_TOTAL, QUANTITIES
from tropdsx.grid.axis_weights import Columns, Rows, combine_axes
from tropdsx.workflows.report.html.packing import STEP, pack
from tropdsx.workflows.report.prepared import bilinear_axes, round_up

__all__ = ["Content"]

#: Per cent of the differences that a colour bar covers.
_CLIP = 99.8
#: Colours of each kind of field; wet delays go from dry to wet.
_COLOURS = {"change": "vik", "error": "lajolla_r", "correlation": "bamako_r", "count": "bamako_r"}
_COLOURS |= {"zhd/value": "batlow", "zwd/value": "davos_r", "ztd/value": "batlow"}


@dataclass
class Content:
    """What the script of a page reads; grows by fields.

    Attributes
    ----------
    times : list of str
        Labels of the epochs.
    grids, fields : list of dict
        Nodes, and what lies on them.
    scales : dict
        Colours and ends of the colour bars.
    link : dict or None
        Weights that interpolate the second grid to the first.
    stations : list of dict
        Marks on the map, by :func:`tropdsx.workflows.report.html.stations.station_marks`.
    dates : ndarray of datetime64 or None
        The epochs, where there are some.

    Examples
    --------
    >>> content = Content(["2022-07-01 00:00 UTC"])
    >>> grid = content.add_grid(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    >>> content.add("zwd", "fine", "Fine", np.full((1, 2, 2), 0.1), grid=grid, scale="value")
    0
    >>> content.as_dict()["scales"]["zwd/value"]["unit"]
    'mm'
    """

    times: list[str]
    grids: list[dict[str, list[float]]] = field(default_factory=list)
    fields: list[dict[str, Any]] = field(default_factory=list)
    scales: dict[str, dict[str, Any]] = field(default_factory=dict)
    link: dict[str, Any] | None = None
    stations: list[dict[str, Any]] = field(default_factory=list)
    dates: NDArray | None = None

    def add_grid(self, lat: NDArray, lon: NDArray) -> int:
        """Add the nodes of a grid, or find them [deg].

        Parameters
        ----------
        lat, lon : ndarray
            Standard axes [deg].

        Returns
        -------
        int
            Number of the grid.
        """
        grid = {"lat": _plain(lat), "lon": _plain(lon)}
        if grid not in self.grids:
            self.grids.append(grid)
        return self.grids.index(grid)

    def add(
        self,
        variable: str,
        kind: str,
        label: str,
        values: NDArray,
        *,
        grid: int,
        scale: str,
        timed: bool = True,
    ) -> int:
        """Add fields that are stored.

        Parameters
        ----------
        variable, kind, label : str
            Delay, key and name.
        values : ndarray, shape (time, lat, lon)
            Values [m, or 1].
        grid : int
            By :meth:`add_grid`.
        scale : str
            "value", "change", "error", "correlation" or "count".
        timed : bool
            Whether there is one for each epoch.

        Returns
        -------
        int
            Number of the field.
        """
        packed = pack(values, {"correlation": 1e-3, "count": 1.0}.get(scale, STEP))
        self.cover(variable, scale, values, grid)
        about = {"variable": variable, "kind": kind, "label": label, "grid": grid}
        about |= {"scale": f"{variable}/{scale}", "timed": timed, **packed._asdict()}
        self.fields.append(about)
        return len(self.fields) - 1

    def derive(
        self,
        variable: str,
        kind: str,
        label: str,
        parts: tuple[int, int],
        factors: tuple[int, int],
        grid: int,
        *,
        scale: str = "value",
    ) -> int:
        """Add a sum or a difference, which the page computes.

        Parameters
        ----------
        variable, kind, label, scale : str
            As in :meth:`add`.
        parts : tuple of int
            Numbers of two fields, each on this grid or on that of the link.
        factors : tuple of int
            What each is multiplied by.
        grid : int
            Where the outcome lies.

        Returns
        -------
        int
            Number of the field.
        """
        about = {"variable": variable, "kind": kind, "label": label, "grid": grid}
        about |= {"scale": f"{variable}/{scale}", "timed": True}
        self.fields.append(about | {"parts": list(parts), "factors": list(factors)})
        return len(self.fields) - 1

    def cover(self, variable: str, scale: str, values: NDArray, grid: int = 0) -> None:
        """Widen the colour bar of a kind of field.

        Parameters
        ----------
        variable, scale : str
            As in :meth:`add`.
        values : ndarray, shape (time, lat, lon)
            What it has to show [m, or 1].
        grid : int, optional
            Where they lie: what is outside of the first grid does not count.
        """
        if grid:
            values = values[self._on_map(grid)]
        known = values[np.isfinite(values)]
        if not known.size:
            known = np.zeros(1)
        if scale == "value":
            low, high = float(known.min()), float(known.max())
        elif scale == "count":
            low, high = 0.0, float(known.max())
        elif scale == "correlation":
            low, high = float(np.floor(10 * np.percentile(known, 1)) / 10), 1.0
        else:
            high = float(np.percentile(np.abs(known), _CLIP))
            low = -high if scale == "change" else 0.0
        key = f"{variable}/{scale}"
        before = self.scales.get(key, {"low": low, "high": high})
        unit = _unit(variable, scale)
        self.scales[key] = {
            "low": min(low, before["low"]),
            "high": max(high, before["high"]),
            "unit": unit[0],
            "factor": unit[1],
            "colours": _COLOURS.get(scale) or _COLOURS[key],
        }

    def _on_map(self, grid: int) -> Any:
        """Choose epochs, rows and columns of another grid that the map of the first one shows."""
        shown, own = self.grids[0], {k: np.array(axis) for k, axis in self.grids[grid].items()}
        west, east = shown["lon"][0], shown["lon"][-1]
        rows = (own["lat"] <= shown["lat"][0]) & (own["lat"] >= shown["lat"][-1])
        columns = (own["lon"] - west) % 360.0 <= east - west
        if not (rows.any() and columns.any()):  # too coarse to have a node there
            return np.s_[:]
        return np.s_[:, rows[:, None] & columns]

    def on_first_grid(self, values: NDArray, grid: int) -> NDArray:
        """Bring fields to the first grid, bilinearly; the page is told the weights.

        Parameters
        ----------
        values : ndarray, shape (time, lat, lon)
            Fields, in any unit.
        grid : int
            Where they lie; the first or one other.

        Returns
        -------
        ndarray, shape (time, lat, lon)
            In the same unit, NaN outside.
        """
        if grid == 0:
            return values
        axes = [np.array(self.grids[k][axis]) for k in (grid, 0) for axis in ("lat", "lon")]
        rows, columns = bilinear_axes(*axes)
        self.link = {"rows": _weights(rows), "columns": _weights(columns)}
        return np.array([combine_axes(each.astype(float), rows, columns) for each in values])

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, with round ends of the colour bars."""
        scales = {key: _rounded(scale, key) for key, scale in self.scales.items()}
        names = [n for n in DELAYS_AND_TOTAL if any(f["variable"] == n for f in self.fields)]
        labels = [(n, QUANTITIES[n].long_name.capitalize()) for n in names]
        return {
            "times": self.times,
            "grids": self.grids,
            "link": self.link,
            "stations": self.stations,
            "fields": self.fields,
            "scales": scales,
            "variables": [{"key": n, "label": f"{n.upper()}: {text}"} for n, text in labels],
        }


def _plain(axis: NDArray) -> list[float]:
    return [round(float(value), 9) for value in axis]


def _weights(along: Rows | Columns) -> dict[str, Any]:
    weight = [[None if np.isnan(w) else round(float(w), 9) for w in each] for each in along.weight]
    return {"index": along.index.tolist(), "weight": weight}


def _unit(variable: str, scale: str) -> tuple[str, float]:
    """Choose the unit shown: metres for delays of metres, millimetres for all that is small."""
    if scale in ("correlation", "count"):
        return ("1" if scale == "correlation" else "stations"), 1.0
    return ("mm", 1000.0) if variable == "zwd" or scale != "value" else ("m", 1.0)


def _rounded(scale: dict[str, Any], key: str) -> dict[str, Any]:
    low, high = scale["low"], scale["high"]
    if key.endswith("/value"):
        # From zero where that costs little of the range: a dry region then looks dry.
        low = 0.0 if 0 <= low < 0.3 * high else low
    elif not key.endswith(("/correlation", "/count")):
        high = round_up(max(high, 1e-5))
        low = -high if key.endswith("/change") else 0.0
    return scale | {"low": low, "high": high if high > low else low + 1.0}
