"""What files call the fields of a weather model, by the role that they play."""

from __future__ import annotations

from tropdsx.cf.variables import Names

__all__ = ["AT_GROUND", "COLUMN", "HEIGHTS", "HUMIDITY", "NUMBERED", "ON_LEVELS", "PRESSURE_AXES"]


def _names(text: str, standard: str = "", *long_names: str) -> Names:
    return Names(tuple(text.split()), tuple(standard.split()), long_names)


#: ECMWF, CF, NCEP and THREDDS, NOMADS, NCL, codes of ECMWF as cdo names them.
HUMIDITY = {
    "specific": _names(
        "q hus specific_humidity shum qv spfh spfhprs specific_humidity_isobaric "
        "spfh_p0_l100_gll0 var133",
        "specific_humidity",
        "specific humidity",
    ),
    "vapour_pressure": _names(
        "e water_vapour_pressure vapour_pressure vapor_pressure",
        "water_vapor_partial_pressure_in_air",
    ),
    "relative": _names(
        "r hur rh relative_humidity rhum rhprs relative_humidity_isobaric rh_p0_l100_gll0 var157",
        "relative_humidity",
        "relative humidity",
    ),
}
"""Measures of humidity, best first."""

ON_LEVELS = {
    "temperature": _names(
        "t ta temperature air_temperature tmp temp air tmpprs temperature_isobaric "
        "tmp_p0_l100_gll0 var130",
        "air_temperature",
        "temperature",
        "air temperature",
    ),
    **HUMIDITY,
    "geopotential": _names(
        "z gh geopotential zg hgt geopotential_height phi hgtprs geopotential_height_isobaric "
        "hgt_p0_l100_gll0 var129 var156",
        # H of MERRA-2, geopotential heights whatever they are called
        "geopotential geopotential_height edge_heights mid_layer_heights",
        "geopotential",
        "geopotential height",
        "edge_heights",
        "mid_layer_heights",
    ),
    "pressure": _names(
        "p pres pressure air_pressure pfull plev", "air_pressure", "pressure", "air pressure"
    ),
    "height": _names(
        "height h altitude height_ell zgeo z_mc", "height_above_reference_ellipsoid altitude"
    ),
}
"""Fields on the levels."""

AT_GROUND = {
    "surface pressure": _names(
        "sp surface_pressure ps psfc pres_surface aps pres_sfc pressfc pressure_surface "
        "pres_p0_l1_gll0 var134 pres pressure p",
        "surface_air_pressure",
        "surface pressure",
    ),
    "log pressure": _names("lnsp var152", "", "logarithm of surface pressure"),
    "surface temperature": _names(
        "t2m 2t t_2m tas temperature_2m 2m_temperature var_2t tmp2m t2 var167",
        "",
        "2 metre temperature",
        "2 meter temperature",
        "2m temperature",
        "2-meter air temperature",
    ),
    "dew point": _names(
        "d2m 2d tdps dewpoint_2m td2m td_2m 2m_dewpoint_temperature dewpoint_temperature_2m "
        "var_2d dpt2m var168",
        "",
        "2 metre dewpoint temperature",
        "2 meter dewpoint temperature",
    ),
    "surface specific": _names("sh2 2sh q2 q2m qv2m huss spfh2m 2m_specific_humidity"),
    "surface relative": _names("r2 2r hurs rh2m 2m_relative_humidity relative_humidity_2m"),
    "ground": _names(
        "orography z_surface orog zsfc hsurf phis surface_geopotential geopotential_surface "
        "geopotential_at_surface gh_surface hgt_surface zg_surface phi_surface surface_height "
        "hgtsfc geopotential_height_surface topography_c z_sfc geosp zsurf "
        "z geopotential gh var129",
        "surface_altitude height_above_reference_ellipsoid surface_geopotential",
        "surface geopotential",
        "surface geopotential height",
        "orography",
    ),
}
"""Fields of the ground, which have no level."""

COLUMN = {
    "column of water vapour": _names(
        "tcwv pwat tciwv prw tqv pr_wtr precipitable_water iwv pwv pwatclm "
        "total_column_water_vapour total_column_water_vapor precipitable_water_entire_atmosphere "
        "precipitable_water_entire_atmosphere_single_layer pwat_p0_l200_gll0 pwat_p0_l200_ggl0 "
        "integrated_water_vapour integrated_water_vapor var137",
        "atmosphere_mass_content_of_water_vapor atmosphere_water_vapor_content "
        "lwe_thickness_of_atmosphere_mass_content_of_water_vapor "
        "lwe_thickness_of_atmosphere_water_vapor_content",
        "total column water vapour",
        "total column water vapor",
        "total column vertically-integrated water vapour",
        "total column integrated water vapour",
        "total precipitable water vapor",
        "precipitable water",
        "water vapor path",
    ),
    "sea level pressure": _names(
        "msl prmsl mslet mslp psl slp mean_sea_level_pressure sea_level_pressure prmslmsl "
        "pressure_reduced_to_msl_msl prmsl_p0_l101_gll0 var151",
        "air_pressure_at_mean_sea_level air_pressure_at_sea_level",
        "mean sea level pressure",
        "pressure reduced to msl",
        "sea level pressure",
    ),
}
"""What stands in for levels where there are none."""

HEIGHTS = ON_LEVELS["height"].aliases
"""What a coordinate of heights is called."""

PRESSURE_AXES = (
    "pressure_level",
    "plev",
    "pressure",
    "isobaric",
    "level",
    "lev",
    "levels",
    "lv_isbl0",
)
"""What a coordinate of pressures is called, which then needs no unit."""

NUMBERED = ("model_level", "model level", "hybrid", "sigma", "eta_level", "eta level")
"""Words by which attributes or names of a coordinate say that it numbers model levels."""
