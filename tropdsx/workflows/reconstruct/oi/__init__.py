"""Optimal interpolation on arrays: covariances, stations that know of each other, estimates."""
