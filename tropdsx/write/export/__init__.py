"""Labelled delays as the files that GNSS, VLBI and InSAR software reads."""
