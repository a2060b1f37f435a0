"""What a file says in its attributes: discovery, extents, bounds, grid mapping, references."""
