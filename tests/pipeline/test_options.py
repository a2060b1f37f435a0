"""Options of a downscaling, and what is recorded of them."""


def test_arrays_given_are_recorded_by_content(coarse):
    a, b = (
        coarse.tropds.downscale(5.0, orography=coarse.orography + k, model=None).attrs[
            "tropdsx_parameters"
        ]
        for k in (0.0, 1.0)
    )
    assert a != b
