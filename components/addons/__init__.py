"""What every cluster needs beside the services: KEDA scales, Prometheus measures, Envoy Gateway is the entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pulumi

from components import naming

CONTROLLER = "gateway.envoyproxy.io/gatewayclass-controller"
"""The name by which a GatewayClass asks for Envoy Gateway."""


@dataclass(frozen=True, kw_only=True)
class AddonArgs:
    owner: str
    """The stack, as in naming.OWNER."""
    installed: bool = False
    """The cluster has it from someone else: it is used as it is, and nothing of it becomes ours."""


@dataclass(frozen=True, kw_only=True)
class Existing:
    """Parts that another stack, or a person, installed."""

    keda: bool = False
    gateway_api: bool = False
    envoy_gateway: bool = False
    envoy_gateway_namespace: str = naming.ENVOY_GATEWAY_NAMESPACE
    gateway_class: str | None = None
    """One that Envoy Gateway serves."""


class GatewayController(Protocol):
    """Envoy Gateway, however it came into the cluster."""

    namespace: str
    """Where it runs, and puts the Envoys of every Gateway."""
    gateway_class: str
    ready: Sequence[pulumi.Resource]
    """What a Gateway depends on."""
