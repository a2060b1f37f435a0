"""List the named files: what they hold, where they come from, and how they are told apart."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ASSETS", "SHIPPED", "Asset"]

SHIPPED = ("default", "heldout", "stations")
"""Names of the checkpoints that come with the package."""

_CODES = "https://vmf.geo.tuwien.ac.at/codes/"
_OROGRAPHY = "https://vmf.geo.tuwien.ac.at/station_coord_files/"


@dataclass(frozen=True)
class Asset:
    """Name, content and origin of a file.

    Attributes
    ----------
    filename : str
        Its name in a folder; for shipped files the path inside this folder of the package.
    about : str
        What it holds.
    url : str or None
        Where it comes from; None for files that ship with tropdsx.
    sha256 : str or None
        Of the text with plain line feeds: the server sends CR LF, copies elsewhere have LF.
    values : tuple of int
        Rows of numbers and numbers in a row, without header; (n, 0) for n numbers in any rows.

    Examples
    --------
    >>> geoid = ASSETS["geoid"]
    >>> geoid.filename, geoid.url is None
    ('tables/geoid.nc', True)
    """

    filename: str
    about: str
    url: str | None = None
    sha256: str | None = None
    values: tuple[int, int] = (0, 0)


def _vmf(url: str, name: str, about: str, values: tuple[int, int], sha256: str = "") -> Asset:
    return Asset(name, about, url + name, sha256 or None, values)


ASSETS = {
    "orography_1deg": Asset("tables/orography_1deg.nc", "ellipsoidal heights, global 1 degree"),
    "climatology": Asset("tables/climatology.nc", "monthly temperature and vapour scale height"),
    "geoid": Asset("tables/geoid.nc", "geoid above the ellipsoid (EGM2008), global 1 degree"),
    "default": Asset("weights/default.safetensors", "default checkpoint"),
    "heldout": Asset(
        "weights/heldout.safetensors", "the default network before its last training on all epochs"
    ),
    "stations": Asset(
        "weights/stations.safetensors", "learned mean for reconstructions with stations"
    ),
    "gpt3_5": _vmf(
        _CODES,
        "gpt3_5.grd",
        "GPT3 coefficients, 5 degrees",
        (2592, 64),
        "082debad99e240ef434d6b14ee93bac981ee30d99caebaadbbaa7ab3c3e492d9",
    ),
    # No sha256: these bytes were not at hand when this table was made; rows and columns decide.
    "gpt3_1": _vmf(_CODES, "gpt3_1.grd", "GPT3 coefficients, 1 degree", (64800, 64)),
    "gpt2_5": _vmf(_CODES, "gpt2_5.grd", "GPT2 coefficients, 5 degrees", (2592, 34)),
    "gpt2_5w": _vmf(_CODES, "gpt2_5w.grd", "GPT2w coefficients, 5 degrees", (2592, 44)),
    "orography_ell": _vmf(
        _OROGRAPHY,
        "orography_ell",
        "ellipsoidal heights of the VMF1 grid, 2 x 2.5 degrees",
        (13195, 0),
        "ed199b341cb9b3358af62cb16148222fbefd339bbab3edfbd31adaa10685c25c",
    ),
    "orography_ell_5x5": _vmf(
        _OROGRAPHY,
        "orography_ell_5x5",
        "ellipsoidal heights of the VMF3 grid, 5 degrees",
        (2592, 0),
        "7f27310979fd0011eb219181d9db72f69e6e74da254b9069e7345a5f2b730d69",
    ),
    "orography_ell_1x1": _vmf(
        _OROGRAPHY,
        "orography_ell_1x1",
        "ellipsoidal heights of the VMF3 grid, 1 degree",
        (64800, 0),
        "39715d4c9810deb6f88e30570256ec0b38348d3f465c87b7b0e67f2c1c69f0c4",
    ),
}
