"""Parameters of SINEX_TRO: what they are called there and here, and in which units files have them.

SINEX_TRO 2.00 (Pacione and Dousa, IGS Troposphere Working Group): a column holds the value in SI
units times the number that TROPO PARAMETER UNITS gives, so "1e+03" beside a delay means mm.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tropdsx.errors import OutputError

__all__ = [
    "PARAMETERS",
    "STDDEV",
    "Parameter",
    "check_names",
    "sigma_name",
    "spell_epoch",
    "time_system_of",
]

STDDEV = "STDDEV"
"""The column of the standard deviation of the parameter before it."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of SINEX_TRO.

    Attributes
    ----------
    code : str
        As files call it.
    name : str
        As a Dataset calls it.
    unit : str
        Of the Dataset, and of the file where its factor is 1.
    long_name : str
        For the attributes.
    factor : float
        What is written is the value times this; also what version 1 means without saying so.
    width, digits : int
        How it is written.

    Examples
    --------
    >>> PARAMETERS["TROTOT"].name, PARAMETERS["TROTOT"].text(2.30123)
    ('ztd', ' 2301.23')
    """

    code: str
    name: str
    unit: str
    long_name: str
    factor: float = 1e3
    width: int = 8
    digits: int = 2

    @property
    def units_text(self) -> str:
        """Factor as files spell it."""
        return "1" if self.factor == 1 else f"{self.factor:.0e}"

    @property
    def format(self) -> str:
        """Printf format of a value that is scaled already."""
        return f"%{self.width}.{self.digits}f"

    def text(self, value: float) -> str:
        """Write a value [`unit`]."""
        return self.format % (value * self.factor)


def _gradients() -> list[Parameter]:
    parts = (("TOT", "", "total"), ("DRY", "_hydrostatic", "hydrostatic"), ("WET", "_wet", "wet"))
    return [
        Parameter(
            f"TG{way[0].upper()}{code}",
            f"gradient_{way}{suffix}",
            "m",
            f"{part} delay gradient, towards {way}",
            digits=3,
        )
        for code, suffix, part in parts
        for way in ("north", "east")
    ]


_TABLE = (
    Parameter("TROTOT", "ztd", "m", "zenith total delay"),
    Parameter("TRODRY", "zhd", "m", "zenith hydrostatic delay"),
    Parameter("TROHYD", "zhd", "m", "zenith hydrostatic delay"),
    Parameter("TROWET", "zwd", "m", "zenith wet delay"),
    Parameter("TRWET", "zwd", "m", "zenith wet delay"),
    *_gradients(),
    Parameter("IWV", "iwv", "kg m-2", "vertically integrated water vapour", 1.0),
    Parameter("PRESS", "pressure", "hPa", "pressure", 1.0),
    Parameter("TEMDRY", "temperature", "K", "air temperature", 1.0),
    Parameter("HUMREL", "relative_humidity", "percent", "relative humidity", 1.0),
    Parameter("WMTEMP", "mean_temperature", "K", "mean temperature of the water vapour", 1.0),
    # As the Nevada Geodetic Laboratory and version 0.01 call them; 1 mm of water is 1 kg m-2.
    Parameter("WVAPOR", "iwv", "kg m-2", "vertically integrated water vapour", 1.0),
    Parameter("PWV", "iwv", "kg m-2", "vertically integrated water vapour", 1.0),
    Parameter("MTEMP", "mean_temperature", "K", "mean temperature of the water vapour", 1.0),
)

PARAMETERS = {each.code: each for each in _TABLE}
"""Each parameter by its code; of two codes of one name the first is written."""


def sigma_name(name: str) -> str:
    """Name the standard deviation of a variable.

    Parameters
    ----------
    name : str
        Such as ``ztd``.

    Returns
    -------
    str
        ``ztd_sigma``.

    Examples
    --------
    >>> sigma_name("ztd")
    'ztd_sigma'
    """
    return f"{name}_sigma"


_SYSTEMS = {"GPS": "G", "GLO": "R", "GAL": "E", "BDT": "C", "QZS": "J", "IRN": "I"}
"""Time systems by the names that RINEX has for them, and their letters in TIME SYSTEM."""


def time_system_of(attrs: Mapping[Any, Any]) -> str:
    """Find what TIME SYSTEM is of a series.

    Parameters
    ----------
    attrs : mapping
        Attributes of a Dataset, with ``time_system`` where its times are not UTC.

    Returns
    -------
    str
        "UTC", or a letter such as "G": GPS time, 18 s ahead of UTC since 2017.

    Examples
    --------
    >>> time_system_of({}), time_system_of({"time_system": "GPS"})
    ('UTC', 'G')
    """
    said = str(attrs.get("time_system", "UTC")).strip().upper()
    return _SYSTEMS.get(said, said)


def check_names(names: Iterable[str]) -> None:
    """Refuse names of stations that SINEX_TRO cannot hold.

    Parameters
    ----------
    names : iterable of str
        Of all stations.

    Raises
    ------
    OutputError
        The text names the first, and says what is accepted.

    Examples
    --------
    >>> check_names(["WTZR", "ZIMM00CHE"])
    """
    bad = [name for name in names if not re.fullmatch(r"[!-~]{1,9}", name)]
    if bad:
        more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
        msg = (
            f"station '{bad[0]}'{more} has a name that SINEX_TRO cannot hold; accepted are 1 to 9 "
            "characters without blanks, such as WTZR00DEU. Rename it in the table, or by "
            "ds.assign_coords(station=...)"
        )
        raise OutputError(msg)


def spell_epoch(time: np.datetime64) -> str:
    """Write an epoch as YYYY:DDD:SSSSS, to the second.

    Parameters
    ----------
    time : datetime64
        In the time system of the file.

    Returns
    -------
    str

    Examples
    --------
    >>> spell_epoch(np.datetime64("2021-01-30T06"))
    '2021:030:21600'
    """
    whole = time.astype("datetime64[s]")
    day = whole.astype("datetime64[D]")
    year = whole.astype("datetime64[Y]")
    of_year = int((day - year.astype("datetime64[D]")).astype(int)) + 1
    return f"{year!s}:{of_year:03d}:{int((whole - day).astype(int)):05d}"
