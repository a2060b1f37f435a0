"""The zero of heights: the geoid above the ellipsoid, and which of the two a height counts from."""

from tropdsx.geoid.undulation import geoid_undulation

__all__ = ["geoid_undulation"]
