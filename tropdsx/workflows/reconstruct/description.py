"""What a reconstruction says of itself: names, units, the stations, and how it was made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.quantities import QUANTITIES
from tropdsx.pipeline.options import Options
from tropdsx.workflows.reconstruct.oi.screening import Flag, Screening
from tropdsx.write.parameters import python_call, summarise_parameter, to_json

__all__ = [
    "add_parameters",
    "describe_analysis",
    "spell_call",
    "station_variables",
]

_USUAL = {"method": "oi", "epochs": "grid", "quantiles": [], "station_heights": "auto"}
_COMMENT = (
    "standard deviation of the error of the total delay as the covariance of observation minus "
    "background gives it; the hydrostatic delay counts as free of error"
)
_LEARNED = (
    "standard deviation of the error of the total delay as a network gives it, calibrated on the "
    "epochs of its validation and on stations that were left out, where there are enough (see the "
    "notes); the hydrostatic delay counts as free of error"
)
_ATTRIBUTES = {
    "ztd_sigma": {"units": "m", "comment": _COMMENT},
    "zwd_sigma": {"units": "m", "comment": _COMMENT},
    "stations_used": {
        "units": "1",
        "long_name": "number of stations used",
        "comment": "stations that report, with a covariance above 5 % of the variance",
        "coverage_content_type": "qualityInformation",
    },
    "sigma_gain": {
        "units": "m",
        "long_name": "fall of the root mean square of ztd_sigma with one more station here",
        "coverage_content_type": "qualityInformation",
    },
    "ztd_member": {
        "units": "m",
        "long_name": "zenith total delay of a member of the ensemble",
        "coverage_content_type": "modelResult",
    },
    "ztd_denoising": {
        "units": "m",
        "long_name": "mean zenith total delay of the members as a step of the sampler saw it",
        "coverage_content_type": "modelResult",
    },
    "ztd_quantile": {
        "units": "m",
        "long_name": "quantile of the zenith total delay",
        "coverage_content_type": "modelResult",
    },
}


def describe_analysis(fine: xr.Dataset, *, learned: bool = False) -> xr.Dataset:
    """Give the variables of an analysis their names and units.

    Parameters
    ----------
    fine : Dataset
        With ``ztd``, ``ztd_sigma`` and the others.
    learned : bool, default False
        Whether sigma is that of a network.

    Returns
    -------
    Dataset
        The same values.

    Examples
    --------
    >>> describe_analysis(xr.Dataset({"ztd": 2.4, "ztd_sigma": 0.01})).ztd_sigma.units
    'm'
    """
    fine = fine.copy(deep=False)  # attributes are this copy's own
    for name in ("zhd", "zwd", "ztd"):
        if name in fine:
            fine[name].attrs = QUANTITIES[name].attributes | fine[name].attrs
    for name, attrs in _ATTRIBUTES.items():
        if name in fine:
            told = {"comment": _LEARNED} if learned and name.endswith("_sigma") else {}
            fine[name].attrs = attrs | told
    if "zwd_rmse" in fine:
        fine["zwd_rmse"].attrs["comment"] = "of the background, before stations were added"
    return fine


def station_variables(
    compared: xr.Dataset, screening: Screening, scale: NDArray[np.float64]
) -> xr.Dataset:
    """Lay out what is known of the stations beside the fields.

    Parameters
    ----------
    compared : Dataset
        Of :func:`~tropdsx.workflows.reconstruct.residuals.find_residuals`.
    screening : Screening
        What is used of it, divided by the scale.
    scale : ndarray, shape (n,)
        Of the stations [1].

    Returns
    -------
    Dataset
        ``station_residual``, ``station_loo_residual``, ``station_loo_sigma`` [m] and
        ``station_flag`` (time, station), ``station_bias`` and ``station_bias_sigma`` (station)
        [m], with the name and the place of each station; empty where there are no stations.
    """
    if not compared.sizes["station"]:
        return xr.Dataset()
    values = {
        "station_residual": (
            compared["residual"].to_numpy(),
            "observed minus background zenith total delay",
        ),
        "station_loo_residual": (
            screening.error * scale,
            "observed zenith total delay minus the analysis without the station",
        ),
        "station_loo_sigma": (
            screening.sigma * scale,
            "expected standard deviation of the residual without the station",
        ),
    }
    dims = ("time", "station")
    quality = {"coverage_content_type": "qualityInformation"}
    fields = {
        name: (dims, each.astype(np.float32), {"units": "m", "long_name": text} | quality)
        for name, (each, text) in values.items()
    }
    meanings = " ".join(flag.name.lower() for flag in Flag)
    numbers = np.array([int(flag) for flag in Flag], np.int8)
    attrs = {"long_name": "use of the observation", "flag_values": numbers} | quality
    flags = {"station_flag": (dims, screening.flags, attrs | {"flag_meanings": meanings})}
    lasting = {
        "station_bias": (screening.bias.offset, "median residual minus that of other stations"),
        "station_bias_sigma": (screening.bias.sigma, "expected standard deviation of the bias"),
    }
    constant = {
        name: (
            "station",
            (each * scale).astype(np.float32),
            {"units": "m", "long_name": text} | quality,
        )
        for name, (each, text) in lasting.items()
    }
    coords = {"time": compared["time"]} | _places(compared)
    return xr.Dataset(fields | flags | constant, coords)


def _places(compared: xr.Dataset) -> dict[str, Any]:
    attrs = {
        "lat": {"units": "degrees_north", "long_name": "latitude of the station"},
        "lon": {"units": "degrees_east", "long_name": "longitude of the station"},
        "height": {"units": "m", "long_name": "ellipsoidal height of the station"},
    }
    found = {
        f"station_{name}": ("station", compared[name].to_numpy(), about)
        for name, about in attrs.items()
    }
    names = ("station", compared["station"].to_numpy(), {"long_name": "name of the station"})
    return {"station_name": names} | found


def add_parameters(
    fine: xr.Dataset,
    screening: Screening,
    stations: Any,
    observations: Any,
    said: dict[str, Any],
) -> xr.Dataset:
    """Add to the recorded parameters what only a reconstruction has.

    Parameters
    ----------
    fine : Dataset
        With the provenance of its background.
    screening : Screening
        With the covariance that was used.
    stations, observations
        As the caller gave them.
    said : dict
        The other parameters.

    Returns
    -------
    Dataset
        The same values.
    """
    more = said | {"covariance": asdict(screening.covariance)}
    sources = {"stations": stations, "observations": observations}
    sources |= {name: said.get(name) for name in ("where", "estimates")}
    for name, given in sources.items():
        if given is not None:
            frame = hasattr(given, "columns")
            more[name] = summarise_parameter(given.to_xarray() if frame else given)
    found = json.loads(fine.attrs["tropdsx_parameters"]) | more
    return fine.assign_attrs(tropdsx_parameters=to_json(found))


def spell_call(
    stations: Any,
    observations: Any,
    said: Mapping[str, Any],
    covariance: Any,
    options: Options | None,
) -> str:
    """Spell the call that would do a reconstruction again.

    Parameters
    ----------
    stations, observations
        As the caller gave them.
    said : mapping
        What the caller chose of the reconstruction.
    covariance : Covariance or None
        As the caller gave it.
    options : Options or None
        Of the background.

    Returns
    -------
    str
        One line of Python; objects in memory appear as the names of their types.

    Examples
    --------
    >>> spell_call("sites.csv", "ztd.csv", {"epochs": "stations"}, None, Options(model=None))
    "ds.tropds.reconstruct('sites.csv', 'ztd.csv', epochs='stations', model=None)"
    """
    given = {**said, "covariance": covariance, **vars(options or Options())}
    usual = {each.name: each.default for each in fields(Options)} | _USUAL
    return python_call(
        "ds.tropds.reconstruct",
        [each for each in (stations, observations) if each is not None],
        given,
        usual,
    )
