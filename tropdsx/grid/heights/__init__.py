"""Heights of a grid: in metres, above the ellipsoid, one terrain for all epochs, and plausible."""
