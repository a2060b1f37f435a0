"""Spellings: which of them mean one unit, and what the sea is described by."""
