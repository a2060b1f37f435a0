"""What lies beyond the edges of a grid: filled in forwards, added up backwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["fill_border", "fold_border", "order_of"]


def fill_border(out: torch.Tensor, size: int, edges: Sequence[bool | str]) -> torch.Tensor:
    """Fill the rows and columns round the middle of a tensor with what lies there on the globe.

    Parameters
    ----------
    out : Tensor, shape (..., lat + 2 size, lon + 2 size)
        Changed; its middle is there.
    size : int
        Rows and columns on each side.
    edges : sequence
        See `pad_globe`.

    Returns
    -------
    Tensor
        The same tensor.
    """
    middle, columns = out[..., size:-size, size:-size], out.shape[-1] - 2 * size
    wrap, north, south = edges
    out[..., :size, size:-size] = _rows_beyond(middle, size, str(north))
    out[..., -size:, size:-size] = _rows_beyond(middle, size, str(south), last=True)
    if wrap:
        out[..., :size] = out[..., columns : columns + size]
        out[..., -size:] = out[..., size : 2 * size]
    else:
        out[..., :size] = out[..., size : size + 1]
        out[..., -size:] = out[..., -size - 1 : -size]
    return out


def fold_border(grad: torch.Tensor, size: int, edges: Sequence[bool | str]) -> torch.Tensor:
    """Turn the gradient of a padded tensor into that of its middle: `fill_border` backwards.

    Parameters
    ----------
    grad : Tensor, shape (..., lat + 2 size, lon + 2 size)
        Left unchanged.
    size : int
        Rows and columns on each side.
    edges : sequence
        See `pad_globe`.

    Returns
    -------
    Tensor, shape (..., lat, lon)
        What each border got is added to where it came from.

    Examples
    --------
    >>> fold_border(torch.ones(3, 4), 1, (True, "edge", "edge")).tolist()
    [[6.0, 6.0]]
    """
    wrap, north, south = edges
    order, parts = order_of(grad), [size, grad.shape[-2] - 2 * size, size]
    top, middle, bottom = (
        _fold_columns(rows, size, bool(wrap), order) for rows in grad.split(parts, -2)
    )
    for rows, rule, last in ((top, str(north), False), (bottom, str(south), True)):
        start = _first_row_beyond(middle, size, rule, last=last)
        if start is None:
            edge = middle[..., -1:, :] if last else middle[..., :1, :]
            edge += rows.sum(-2, keepdim=True)
        else:
            origin = middle[..., start : start + size, :]
            origin += rows.roll(-(rows.shape[-1] // 2), -1).flip(-2)
    return middle


def _fold_columns(
    grad: torch.Tensor, size: int, wrap: bool, order: torch.memory_format
) -> torch.Tensor:
    """Take the columns beyond the edges off, and add them to their origin."""
    west, east = grad[..., :size], grad[..., -size:]
    inner = grad[..., size:-size].clone(memory_format=order)
    if wrap:
        inner[..., -size:] += west
        inner[..., :size] += east
    else:
        inner[..., :1] += west.sum(-1, keepdim=True)
        inner[..., -1:] += east.sum(-1, keepdim=True)
    return inner


def order_of(x: torch.Tensor) -> torch.memory_format:
    """Tell in which order a tensor has its numbers in memory.

    Parameters
    ----------
    x : Tensor
        Of any shape.

    Returns
    -------
    torch.memory_format
        channels_last, or contiguous_format: rows and columns last.

    Examples
    --------
    >>> order_of(torch.zeros(2, 3, 4, 5).to(memory_format=torch.channels_last))
    torch.channels_last
    """
    last = x.dim() == 4 and not x.is_contiguous()
    last = last and x.is_contiguous(memory_format=torch.channels_last)
    return torch.channels_last if last else torch.contiguous_format


def _rows_beyond(x: torch.Tensor, size: int, rule: str, *, last: bool = False) -> torch.Tensor:
    """Take the rows that lie before the first row of a field, or after its last one."""
    start = _first_row_beyond(x, size, rule, last=last)
    if start is None:
        row = x[..., -1:, :] if last else x[..., :1, :]
        return row.expand(*x.shape[:-2], size, x.shape[-1])
    return x[..., start : start + size, :].flip(-2).roll(x.shape[-1] // 2, -1)


def _first_row_beyond(x: torch.Tensor, size: int, rule: str, *, last: bool) -> int | None:
    """Find the first of the rows that lie beyond the pole; None where the edge is repeated."""
    first = {"half": 0, "pole": 1}.get(rule)
    if first is None or x.shape[-2] < size + first:
        return None
    return x.shape[-2] - size - first if last else first
