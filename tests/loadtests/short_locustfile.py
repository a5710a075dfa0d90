"""The load test itself, with phases of seconds instead of minutes."""

from loadtests import shapes

shapes.SHAPES["swell"] = (
    shapes.Phase("calm", 3, 0, 0),
    shapes.Phase("rise", 1, 0, 1),
    shapes.Phase("surge", "scale_up_s", 1, 1),
    shapes.Phase("plateau", 6, 1, 1),
    shapes.Phase("ebb", "scale_down_s", 0, 0),
)

from loadtests.locustfile import *  # noqa: E402, F403
