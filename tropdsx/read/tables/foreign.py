"""Text that is no table of one line of headings, told by its first lines, and the way out."""

from __future__ import annotations

import re

from tropdsx.read.series.formats import format_of

__all__ = ["describe_binary", "describe_foreign"]

_MAGIC = {
    b"PK\x03\x04": "a spreadsheet or ZIP archive; save the sheet as CSV, or unpack it",
    b"\xd0\xcf\x11\xe0": "an Excel workbook; save the sheet as CSV",
    b"\x89HDF": "HDF5 or NetCDF; accepted is a table of text",
    b"CDF": "NetCDF; accepted is a table of text",
    b"GRIB": "GRIB; accepted is a table of text",
    b"PAR1": "Parquet; give its DataFrame (pandas.read_parquet), or save it as CSV",
    b"MATLAB": "a MATLAB file; save the table as CSV (writetable)",
    b"\x93NUMPY": "a NumPy array; save it as CSV, with headings",
    b"<": "a web page (a failed download?)",
}
_PROFILES = "profiles, not stations or delays; see tropdsx.zenith_delays for levels of a model"
_KINDS = (
    (r"#[A-Z]{2}[A-Z0-9]\w{8} \d{4} \d{2} \d{2} ", f"IGRA soundings: {_PROFILES}"),
    (r".*Observations at \d{2}Z \d{2} \w{3} \d{4}", f"a sounding of Wyoming: {_PROFILES}"),
    (
        r"\$(POS|VELACC|CLK|ION|TROP|SAT),",
        "a status file of RTKLIB; write its lines $TROP as a table gps_week,sow,ztd",
    ),
    (
        r"%\s*program\s*:\s*RTK",
        "positions of RTKLIB, without delays; its status file (.stat) has them, in lines $TROP",
    ),
    (
        r"(INFO|OUTPUT)\s+(gLAB|\d{4}\s+\d{1,3}\s)",
        "results of gLAB; write its delays as a table station,time,ztd_m",
    ),
    (r"%=TMS", "SINEX of positions in time, without delays; SINEX_TRO has them"),
    (r"TROPO_PATH_DELAY", "path delays of VLBI observations, along rays and not at the zenith"),
    (
        r"LOCAL GEODETIC DATUM:",
        "coordinates of stations; tropdsx.read_stations reads them",
    ),
    (r".{60}(RINEX VERSION|CRINEX)", "RINEX; `tropdsx pwv` reads meteorological data"),
)
"""Patterns of a line, and what such a file is."""
_LINES = 12


def describe_binary(data: bytes) -> str | None:
    """Tell what is no text, or a web page, by its first bytes.

    Parameters
    ----------
    data : bytes
        All of it, or its beginning.

    Returns
    -------
    str or None
        What it is and what to do; None of what may be a table.

    Examples
    --------
    >>> describe_binary(b"CDF...")
    'NetCDF; accepted is a table of text'
    """
    start = data[:4096].lstrip()
    return next((what for magic, what in _MAGIC.items() if start.startswith(magic)), None)


def describe_foreign(text: str) -> str | None:
    """Tell text of other formats by its first lines.

    Parameters
    ----------
    text : str
        All of it, or its beginning.

    Returns
    -------
    str or None
        What it is and what to do; None of what may be a table.

    Examples
    --------
    >>> describe_foreign("$TROP,2200,280800.000,1,1,2.4012,0.0012")[:24]
    'a status file of RTKLIB;'
    >>> describe_foreign("station,lat,lon,height") is None
    True
    """
    if text[:4000].lstrip()[:1] in ("[", "{"):
        return "JSON; write a table station,lat,lon,height"
    if (series := format_of(text[:8192])) is not None:
        return f"a series of stations, which tropdsx.open_series reads as {series.name}"
    for line in text[:4000].splitlines()[:_LINES]:
        for pattern, what in _KINDS:
            if re.match(pattern, line):
                return what
    return None
