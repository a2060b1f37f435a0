"""tropdsx: downscale tropospheric zenith delays to the real terrain."""

__version__ = "0.1.0"
