"""Derive delays, water vapour, mapping factors and slants from labelled weather data."""
