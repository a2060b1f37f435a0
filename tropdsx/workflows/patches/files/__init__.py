"""Patches out of files, and into stores and folders."""
