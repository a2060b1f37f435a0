"""Profiles of the air: their integrals, and the columns of a weather model."""
