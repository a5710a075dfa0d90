"""How many nodes replicas fill, by what they request: that is what a scheduler counts, whatever they use."""

import math
import re
from dataclasses import dataclass

from components.validation import InvalidInput

MOST_PODS = 110
"""On a node: the kubelet's own bound, the same on EKS and on GKE Standard."""
WRITTEN = re.compile(r"(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Room:
    """What a replica requests, or a node has."""

    cores: float
    memory_gib: float

    def __str__(self) -> str:
        return f"{self.cores:g} cores and {self.memory_gib:g} GiB"


def node(text: str) -> Room:
    """Of CORESxGIB, as in 4x16; InvalidInput for anything else."""
    if not (found := WRITTEN.fullmatch(text)):
        raise InvalidInput(f"NODE={text}: is no node. To fix: write cores and GiB, as in 4x16.")
    return Room(float(found[1]), float(found[2]))


def nodes(replicas: int, replica: Room, node: Room) -> int:
    """The fewest that hold so many, with nothing else on them; InvalidInput where a node holds not even one."""
    share = min(node.cores / replica.cores, node.memory_gib / replica.memory_gib)
    if not (most := min(MOST_PODS, math.floor(share + 1e-9))):
        raise InvalidInput(f"a replica requests {replica}, and a node has {node}. To fix: name a larger NODE.")
    return math.ceil(replicas / most)
