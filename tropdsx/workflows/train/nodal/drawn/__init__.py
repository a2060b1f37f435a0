"""Pairs that are drawn anew for each batch: from textures and from moisture fields."""
