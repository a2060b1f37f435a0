"""Find named files: shipped tables and checkpoints, and files of the VMF Data Server.

They are looked for in the folder that the environment variable ``TROPDSX_DATA`` names, also as
``.xz`` or ``.gz``, then in the package or the cache; only :func:`fetch` goes to the network.
"""

from __future__ import annotations

import gzip
import hashlib
import lzma
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tropdsx.errors import AssetError, CheckpointError

__all__ = [
    "ASSETS",
    "SHIPPED",
    "Asset",
    "asset_path",
    "fetch",
    "find_asset",
    "find_path",
    "list_assets",
]

SHIPPED = ("default", "heldout")
"""Names of the checkpoints that come with the package."""

_CODES = "https://vmf.geo.tuwien.ac.at/codes/"
_OROGRAPHY = "https://vmf.geo.tuwien.ac.at/station_coord_files/"
_COMPRESSED = {".xz": lzma.open, ".gz": gzip.open}


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


def list_assets() -> dict[str, Path | None]:
    """List all names, each with the place of its file on this machine.

    Returns
    -------
    dict
        Path by name; None where the file is not here.

    Examples
    --------
    >>> list_assets()["climatology"].name
    'climatology.nc'
    """
    return {name: _find_local(asset) for name, asset in ASSETS.items()}


def find_asset(name: str) -> Path | None:
    """Look for a named asset on this machine, without the network.

    Parameters
    ----------
    name : str
        As for :func:`asset_path`.

    Returns
    -------
    pathlib.Path or None
        None if it is not here; else the file, which may end in ``.xz`` or ``.gz``.

    Raises
    ------
    AssetError
        The name is unknown.

    Examples
    --------
    >>> find_asset("geoid").name
    'geoid.nc'
    """
    return _find_local(_known(name))


def asset_path(name: str) -> Path:
    """Find a named asset on this machine, which must be here.

    Parameters
    ----------
    name : str
        One of the names that :func:`list_assets` gives.

    Returns
    -------
    Path
        As from :func:`find_asset`.

    Raises
    ------
    AssetError
        The name is unknown, or the file is not here; the text says which file to put where.

    Examples
    --------
    >>> asset_path("orography_1deg").name
    'orography_1deg.nc'
    """
    path = find_asset(name)
    if path is None:
        raise AssetError(_missing(name, ASSETS[name]))
    return path


def fetch(name: str) -> Path:
    """Find a named asset, downloading it into the cache if need be.

    What was downloaded is checked: by its sha256, or else by the shape of its numbers.

    Parameters
    ----------
    name : str
        One that :func:`list_assets` knows.

    Returns
    -------
    Path
        The file on this machine, as it was found or downloaded.

    Raises
    ------
    AssetError
        The name is unknown, there is no connection, or the download is not the file expected.

    Examples
    --------
    >>> fetch("climatology").name  # it comes with the package
    'climatology.nc'
    """
    asset = _known(name)
    path = _find_local(asset)
    if path is not None:
        return path
    if asset.url is None:
        raise AssetError(_missing(name, asset))
    import pooch

    try:
        pooch.retrieve(
            asset.url,
            known_hash=None,
            fname=asset.filename,
            path=_cache(),
            progressbar=False,
            processor=lambda file, _action, _pooch: _keep_if_expected(name, Path(file)),
        )
    except AssetError:
        raise
    # requests' errors are OSErrors; pooch adds ValueError for a URL it cannot take.
    except (OSError, ValueError) as error:
        msg = f"{_missing(name, asset)} (download failed: {type(error).__name__})"
        raise AssetError(msg) from error
    return _cache() / asset.filename


def _known(name: str) -> Asset:
    if name not in ASSETS:
        msg = f"unknown asset {name!r}; known are {', '.join(ASSETS)}"
        raise AssetError(msg)
    return ASSETS[name]


def _find_local(asset: Asset) -> Path | None:
    return next((path for path in _places(asset) if path.is_file()), None)


def _places(asset: Asset) -> Iterator[Path]:
    """Paths to look at, in order: a user's own folder comes before all."""
    folder = os.environ.get("TROPDSX_DATA")
    if folder:
        for suffix in ("", *_COMPRESSED):
            yield Path(folder) / f"{Path(asset.filename).name}{suffix}"
    if asset.url is None:
        yield Path(__file__).parent / asset.filename
    else:
        yield _cache() / asset.filename


def _cache() -> Path:
    import pooch

    return Path(pooch.os_cache("tropdsx"))


def _missing(name: str, asset: Asset) -> str:
    if asset.url is None:
        return f"{name} ({asset.about}) should ship with tropdsx but {asset.filename} is missing"
    return (
        f"{name} ({asset.about}) is not on this machine: download {asset.url} and put it as "
        f"{asset.filename} into {_cache()}, or into a folder named by TROPDSX_DATA"
    )


def _keep_if_expected(name: str, path: Path) -> str:
    """Keep a download only if it is the file expected (a login page is not)."""
    asset = ASSETS[name]
    data = path.read_bytes()
    digest = hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()
    # The server may correct a file: right in shape is accepted, what it holds goes to provenance.
    if digest == asset.sha256 or _fits(data, asset.values):
        return str(path)
    path.unlink()
    rows, columns = asset.values
    shape = f"{rows} rows of {columns}" if columns else f"{rows}"
    msg = f"what {asset.url} gave is not {name}: expected {shape} numbers; nothing was kept"
    raise AssetError(msg)


def _fits(data: bytes, values: tuple[int, int]) -> bool:
    """Whether text holds that many rows of numbers, or (columns 0) that many numbers in all."""
    rows, columns = values
    try:
        lines = [line.split() for line in data.decode("ascii").splitlines()]
        table = [list(map(float, line)) for line in lines if line and not line[0].startswith("%")]
    except ValueError:
        return False
    if columns:
        return len(table) == rows and all(len(line) == columns for line in table)
    # The VMF1 file has a header of six numbers: range and step.
    return sum(map(len, table)) in (rows, rows + 6)


def find_path(model: str | Path) -> Path:
    """Find a checkpoint by its path, or by the name of a shipped one, without loading it.

    Parameters
    ----------
    model : str or Path
        "default", "heldout" (trained without the epochs that its scores are of), or a file.

    Returns
    -------
    Path
        An existing file; what it holds is not checked.

    Raises
    ------
    CheckpointError
        If there is no shipped checkpoint of this name, and no such file either.

    Examples
    --------
    >>> find_path("default").name
    'default.safetensors'
    """
    path = Path(model)
    if path.is_file():
        return path
    if str(model) in SHIPPED:
        try:
            return asset_path(str(model))
        except AssetError as error:
            raise CheckpointError(str(error)) from error
    msg = (
        f"no checkpoint {str(model)!r}: accepted are 'default', 'heldout', 'none' for physics "
        "alone, or the path of a .safetensors (or TropDS .pth) file"
    )
    raise CheckpointError(msg)
