"""The same numbers as the networks of :mod:`tropdsx.nn`, with less work on a CPU."""
