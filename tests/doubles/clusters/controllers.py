"""The controllers that do not run in a rehearsal: each reports what the real one would, after what that would check."""

import functools
from collections.abc import Callable, Mapping

from airgap.kubernetes_provider.cluster import Cluster
from tests.doubles.clusters import gateways, load_balancers, machines, mounting, nodes, proxies, routes, scaling
from tests.doubles.clusters.stage import Stage
from tests.doubles.clusters.where import Where

__all__ = ["PLAYS", "Where", "play"]

ADDONS: Mapping[str, Callable[[Stage], None]] = {
    "GatewayClass": gateways.classes,
    "Gateway": gateways.gateways,
    "HTTPRoute": routes.routes,
    "BackendTrafficPolicy": routes.policies,
    "ScaledObject": scaling.scaled_objects,
}
"""Of what our stacks install, on every cloud alike."""


def _both(*acts: Callable[[Stage], None]) -> Callable[[Stage], None]:
    """Two controllers of one kind, each of which looks at its own."""

    def act(stage: Stage) -> None:
        for each in acts:
            each(stage)

    return act


PLAYS: Mapping[str, Mapping[str, Callable[[Stage], None]]] = {
    "aws": {
        "CustomResourceDefinition": _both(nodes.definitions, mounting.of_eks),
        "NodeClass": nodes.classes,
        "NodePool": nodes.pools,
        "Service": functools.partial(load_balancers.services, opened=load_balancers.of_eks),
        **ADDONS,
    },
    "gcp": {
        "CustomResourceDefinition": _both(proxies.definitions, mounting.of_gke),
        "Node": machines.autopilot,
        "Service": functools.partial(load_balancers.services, opened=load_balancers.of_gke),
        **ADDONS,
        "GatewayClass": _both(gateways.classes, proxies.classes),
        "Gateway": _both(gateways.gateways, proxies.gateways),
        "HTTPRoute": _both(routes.routes, proxies.http_routes),
    },
}
"""Kinds by cloud, in the order in which one stands on another: a pass takes a new stack as far as it can come."""


def play(cluster: Cluster, where: Where) -> None:
    """One pass; it writes nothing where nothing changed. Raises ApiError and Unreachable, after which to try again."""
    stage = Stage(cluster, where)
    for kind, act in PLAYS[where.kind].items():
        if kind not in where.unplayed:
            act(stage)
