"""How much of the data a page shows, and how much less where it grows too large."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tropdsx.workflows.report.html.content import Content
from tropdsx.workflows.report.html.series import MAX_EPOCHS, MAX_NODES

__all__ = ["Limits", "thinned"]

#: Part of what is free that is asked for again: what packs worse must fit as well.
_CARE = 0.92
#: A field of fewer nodes is no map any more.
_FEWEST_NODES = 200


@dataclass(frozen=True)
class Limits:
    """How much of the data a page shows.

    Attributes
    ----------
    epochs : int
        Of the fields.
    nodes, map_nodes : int
        Of a field, and of a map of errors.

    Examples
    --------
    >>> Limits().nodes
    1100000
    """

    epochs: int = MAX_EPOCHS
    nodes: int = MAX_NODES
    map_nodes: int = MAX_NODES

    def tighter(self, content: Content, size: int, most: int) -> Limits | None:
        """Say how much fits, once a page has come out too large.

        Maps of errors get half of the page, all of it where there is nothing else; then there are
        fewer epochs, and in the end fewer nodes.

        Parameters
        ----------
        content : Content
            What the page shows.
        size, most : int
            Of the page, and what it may have [byte].

        Returns
        -------
        Limits or None
            None where nothing is left to leave out.

        Examples
        --------
        >>> import numpy as np
        >>> content = Content(["a", "b", "c", "d"])
        >>> grid = content.add_grid(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
        >>> noise = np.random.default_rng(0).random((4, 2, 2))
        >>> number = content.add("zwd", "fine", "Fine", noise, grid=grid, scale="value")
        >>> Limits().tighter(content, 120, 100).epochs
        2
        """
        maps, series = (_length(content, timed=timed) for timed in (False, True))
        free = max(most - (size - maps - series), 1)
        own = free if series == 0 else free // 2
        if maps > own:
            return self._fewer("map_nodes", content, _CARE * own / maps, timed=False)
        part = _CARE * (free - maps) / max(series, 1)
        shown = len(content.times)
        if shown > 1 and series:
            return replace(self, epochs=max(1, min(shown - 1, int(part * shown))))
        return self._fewer("nodes", content, part, timed=True) if series else None

    def _fewer(self, name: str, content: Content, part: float, *, timed: bool) -> Limits | None:
        shown = max(
            len(content.grids[field["grid"]]["lat"]) * len(content.grids[field["grid"]]["lon"])
            for field in content.fields
            if field["timed"] == timed
        )
        # The grid itself is thinned by whole steps: to less than what it has now, at least.
        left = int(min(part, 0.9) * shown)
        return None if left < _FEWEST_NODES else replace(self, **{name: left})


def _length(content: Content, *, timed: bool) -> int:
    """Text of the fields [byte]."""
    return sum(len(field.get("text", "")) for field in content.fields if field["timed"] == timed)


def thinned(stride: int, nodes: tuple[int, ...], whose: str = "") -> list[str]:
    """Say that not all nodes are shown.

    Parameters
    ----------
    stride : int
        Every how many rows and columns are.
    nodes : tuple of int
        Rows and columns of the grid.
    whose : str, optional
        What lies on them, with "of".

    Returns
    -------
    list of str
        One sentence, or nothing.

    Examples
    --------
    >>> thinned(1, (180, 360))
    []
    """
    if stride == 1:
        return []
    size = " × ".join(map(str, nodes))
    return [
        f"Every {stride} rows and columns of the {size} nodes{whose and f' {whose}'} are shown; "
        "values on the map are those of these nodes."
    ]
