"""Time series of delays at stations, as GNSS software writes them."""
