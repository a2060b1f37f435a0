"""Rays: what of a delay depends on their direction."""
