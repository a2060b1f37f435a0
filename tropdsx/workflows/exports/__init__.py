"""Files of delays become files of other programs."""
