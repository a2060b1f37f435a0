"""What a reconstruction estimates of a whole period, for parts of it."""
