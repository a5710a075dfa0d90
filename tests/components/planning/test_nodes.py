"""Nodes for a number of replicas."""

import pytest

from components.planning.nodes import Room, node, nodes

SMALL = Room(0.1, 0.25)


@pytest.mark.parametrize(
    ("replicas", "of", "fewest"),
    [
        (0, Room(2, 8), 0),
        (1, Room(2, 8), 1),
        (20, Room(2, 8), 1),  # 0.1 does not go into 2 a whole number of times in binary
        (21, Room(2, 8), 2),
        (9, Room(2, 1), 3),  # memory is full first
        (221, Room(64, 256), 3),  # the kubelet's bound
    ],
)
def test_the_fewest_nodes_that_hold_the_replicas(replicas: int, of: Room, fewest: int):
    assert nodes(replicas, SMALL, of) == fewest


def test_a_node_that_is_too_small_is_told_with_the_fix():
    with pytest.raises(
        ValueError, match=r"requests 0.1 cores and 0.25 GiB, and a node has 2 cores and 0.2 GiB. To fix: "
    ):
        nodes(1, SMALL, Room(2, 0.2))


def test_a_node_is_written_as_cores_and_gib():
    assert node("4x16") == Room(4, 16) and node("0.5x1.5") == Room(0.5, 1.5)
    for wrong in ("4", "4x", "x16", "4x16Gi", "-1x2"):
        with pytest.raises(ValueError, match=f"NODE={wrong}: is no node. To fix: write cores and GiB"):
            node(wrong)
