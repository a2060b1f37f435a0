"""Series of delays at stations: from a grid to what a GNSS or VLBI analysis reads."""
