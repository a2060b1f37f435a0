"""Delays of a total column of water vapour, for files that hold no levels."""
