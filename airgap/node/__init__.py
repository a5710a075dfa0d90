"""A whole Kubernetes node on this machine, of parts that package registries serve, beside whatever else runs here.

`ensure` brings it up, or heals it, and says how to reach it; `stop` leaves nothing of it but the cache.
"""

from airgap.node.layout import NodeSpec
from airgap.node.lifecycle import NodeFacts, ensure, prepare, status, stop
from airgap.node.residue import leftovers

__all__ = ["NodeFacts", "NodeSpec", "ensure", "leftovers", "prepare", "status", "stop"]
