"""Delays as InSAR services give them."""
