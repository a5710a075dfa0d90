"""What a cluster is: a provider that every object goes through, and the doors by which callers outside reach it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

import pulumi

from components.objects import Document, Manifest


@dataclass(frozen=True, kw_only=True)
class Door:
    """How one Service is opened to callers outside the cluster."""

    service_type: Literal["NodePort", "LoadBalancer", "ClusterIP"]
    address: Callable[[Manifest], pulumi.Output[str]]
    """The URL, without a path, of the Service once it is open; makes what callers find it by, where there is more."""
    node_port: pulumi.Input[int] | None = None
    """Fixed where something outside already points at it; else the API server chooses."""
    annotations: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    load_balancer_class: str | None = None
    """Which of the cluster's controllers opens a LoadBalancer; None: its default."""
    https_host: str | None = None
    """The one host name of callers, where a load balancer ends TLS and leaves it to the entry to send others there."""

    def service_spec(self, selector: Mapping[str, pulumi.Input[str]], ports: Mapping[str, tuple[int, int]]) -> Document:
        """Of the Service that is opened. `ports` by name: what callers see where there is a host name, its target."""
        entries: list[Document] = [
            {"name": name, "port": port, "targetPort": target, "protocol": "TCP"}
            for name, (port, target) in ports.items()
        ]
        if self.node_port is not None:
            [entry] = entries
            entry["nodePort"] = self.node_port
        spec: Document = {"type": self.service_type, "selector": dict(selector), "ports": entries}
        if self.load_balancer_class:
            spec["loadBalancerClass"] = self.load_balancer_class
        return spec


@dataclass(frozen=True, kw_only=True)
class GivenCluster:
    """A cluster that somebody else runs, as given.read_given found it."""

    kubeconfig: str
    """Its text, cut to the one context."""
    context: str
    host: str
    """An address of a node, by which NodePorts are reached."""


class Cluster(Protocol):
    """A Kubernetes cluster with room for model services."""

    kubeconfig: pulumi.Output[str]
    """Its text; secret."""
    context: pulumi.Output[str]
    scope: pulumi.ResourceOptions
    """Options of every component that puts objects into this cluster."""
    shared_with: str | None
    """This stack's name where other stacks or people use the cluster too: per-stack namespaces then carry it."""
    entry_door: Door
