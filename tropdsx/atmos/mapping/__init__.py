"""Mapping functions and gradients: from the delay at the zenith to that along a slant."""
