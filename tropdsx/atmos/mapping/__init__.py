"""Mapping functions and gradients: from zenith to slant."""
