"""Integrals over the levels of an atmosphere."""
