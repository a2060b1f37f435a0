"""The formats of series of delays at stations, each told by its first lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import xarray as xr

from tropdsx.read.series.bernese_trp import is_bernese_trp, read_bernese_trp
from tropdsx.read.series.cost716 import is_cost716, read_cost716
from tropdsx.read.series.programs.csrs_ppp import is_csrs_ppp, read_csrs_ppp
from tropdsx.read.series.programs.gamit import is_gamit_met, read_gamit_met
from tropdsx.read.series.programs.gipsy import is_gipsy, read_gipsy
from tropdsx.read.series.programs.pride import is_pride, read_pride
from tropdsx.read.series.programs.vmf_sites import is_vmf_sites, read_vmf_sites
from tropdsx.read.series.sinex_blocks import is_sinex
from tropdsx.read.series.sinex_tro import read_sinex_tro

__all__ = ["FORMATS", "Format", "format_of"]


class Format(NamedTuple):
    """One format of series.

    Attributes
    ----------
    name : str
        What it is called.
    is_it : callable
        Tells it by the first lines of a text.
    read : callable
        Reads a file of it.

    Examples
    --------
    >>> FORMATS[1].name, FORMATS[1].is_it("COST-716 V2.2a")
    ('COST-716', True)
    """

    name: str
    is_it: Callable[[str], bool]
    read: Callable[[Path], xr.Dataset]


FORMATS = (
    Format("SINEX_TRO", is_sinex, read_sinex_tro),
    Format("COST-716", is_cost716, read_cost716),
    Format("Bernese TRP", is_bernese_trp, read_bernese_trp),
    Format("PRIDE PPP-AR (ztd_)", is_pride, read_pride),
    Format("CSRS-PPP (.pos)", is_csrs_ppp, read_csrs_ppp),
    Format("GipsyX and GIPSY (.tdp)", is_gipsy, read_gipsy),
    Format("GAMIT (met_)", is_gamit_met, read_gamit_met),
    Format("site-wise VMF", is_vmf_sites, read_vmf_sites),
)
"""What :func:`~tropdsx.open_series` reads, in the order in which it is tried."""


def format_of(head: str) -> Format | None:
    """Tell the format of a series by its first lines.

    Parameters
    ----------
    head : str
        The first lines.

    Returns
    -------
    Format or None
        None of what is no series that is read here.

    Examples
    --------
    >>> format_of("%=TRO 2.00 GOP").name, format_of("station,time,ztd")
    ('SINEX_TRO', None)
    """
    return next((each for each in FORMATS if each.is_it(head)), None)
