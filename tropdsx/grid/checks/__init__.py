"""What heights, delays and temperatures cannot be: each held against physics and shipped maps."""
