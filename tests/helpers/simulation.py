"""The grid and epochs of the tests of the simulator."""

import numpy as np

LAT, LON = np.arange(88.0, -89.0, -4.0), np.arange(2.0, 360.0, 4.0)


EPOCH = np.datetime64("2022-07-01T12", "ns")


def flat(lat=LAT, lon=LON):
    return np.zeros((lat.size, lon.size))


def six_hourly(start, count):
    return np.datetime64(start, "ns") + np.arange(count) * np.timedelta64(6, "h")
