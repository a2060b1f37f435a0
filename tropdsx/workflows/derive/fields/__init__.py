"""Fields of a weather model as files bring them: their names, values, epochs and nodes, GRIB."""
