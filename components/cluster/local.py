"""A cluster on one Linux machine: the one that the stack names, else kind, else the node that is built here."""

from collections.abc import Callable
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from airgap.node.layout import SCALER_SYNC_S
from components.cluster import Door, GivenCluster
from components.cluster import kind as kinds
from components.cluster.kind import Kind
from components.objects import Document, Manifest
from components.planning import DEFAULT_SYNC_S
from components.processor import processor
from provider.resources import Node


@dataclass(frozen=True, kw_only=True)
class LocalClusterArgs:
    stack: str
    given: GivenCluster | None = None
    """None: the choice is ours."""
    registry: str | None = None
    """Of the given cluster: `host:port`, the same name for who pushes and for the nodes that pull."""


class LocalCluster(pulumi.ComponentResource):
    """Kubernetes where the stack says, else where this machine can have it; registry and doors beside it."""

    kubeconfig: pulumi.Output[str]
    """Its text; secret."""
    context: pulumi.Output[str]
    registry: pulumi.Output[str]
    """`host:port` to which images are pushed, and from which the nodes pull."""
    processor: str | None
    """Of its nodes: this machine's, but for a given cluster, which may run anywhere."""
    scaler_sync_s: float = DEFAULT_SYNC_S
    """Seconds between two looks of the autoscaler; whoever runs a given cluster may have set another."""

    def __init__(self, name: str, args: LocalClusterArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("tradewind:cluster:LocalCluster", name, None, opts)
        self.shared_with = args.stack if args.given else None
        self.processor = None if args.given else processor()
        node: Node | None = None
        if args.given:
            self._use_given(args.given, args.registry or "")
        elif kinds.usable():
            self._use_kind(Kind(f"tradewind-{args.stack}"))
        else:
            node = self._use_node(name, args.stack)
        provider = k8s.Provider(
            f"{name}-kubernetes",
            kubeconfig=self.kubeconfig,
            context=self.context,
            enable_server_side_apply=True,
            # A changed file keeps its name and its object; pods follow by the hash that they carry.
            enable_config_map_mutable=True,
            enable_secret_mutable=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        transforms = [gone_with(node)] if node else []
        self.scope = pulumi.ResourceOptions(providers=[provider], transformations=transforms)
        self.register_outputs({"context": self.context, "registry": self.registry})

    def _use_given(self, given: GivenCluster, registry: str) -> None:
        self.kubeconfig = pulumi.Output.secret(given.kubeconfig)
        self.context = pulumi.Output.from_input(given.context)
        self.registry = pulumi.Output.from_input(registry)
        # A NodePort that the API server chooses, at a node's own address: needs no load balancer in the cluster.
        self.entry_door = self.prometheus_door = Door(
            service_type="NodePort",
            address=lambda service: pulumi.Output.format("http://{0}:{1}", given.host, service.spec.apply(node_port)),
        )

    def _use_kind(self, kind: Kind) -> None:
        self.kubeconfig = kind.kubeconfig(pulumi.runtime.is_dry_run())
        self.context = pulumi.Output.from_input(kind.context)
        self.registry = pulumi.Output.from_input(kind.registry)
        self.entry_door = _fixed_door(kinds.ENTRY_NODE_PORT, f"http://127.0.0.1:{kinds.ENTRY_PORT}")
        self.prometheus_door = _fixed_door(kinds.PROMETHEUS_NODE_PORT, f"http://127.0.0.1:{kinds.PROMETHEUS_PORT}")

    def _use_node(self, name: str, stack: str) -> Node:
        node = Node(f"{name}-node", stack=stack, opts=pulumi.ResourceOptions(parent=self))
        self.kubeconfig = pulumi.Output.secret(node.kubeconfig)
        self.context, self.registry = node.context, node.registry
        self.scaler_sync_s = SCALER_SYNC_S
        self.entry_door = _fixed_door(node.entry_node_port, node.entry)
        self.prometheus_door = _fixed_door(node.prometheus_node_port, node.prometheus)
        return node


def node_port(service_spec: Document) -> int:
    """The port that the API server chose for a NodePort Service."""
    return int(service_spec["ports"][0]["nodePort"])


def _fixed_door(node_port: pulumi.Input[int], url: pulumi.Input[str]) -> Door:
    return Door(service_type="NodePort", node_port=node_port, address=lambda service: _once_open(service, url))


def _once_open(service: Manifest, url: pulumi.Input[str]) -> pulumi.Output[str]:
    return pulumi.Output.all(service.id, url).apply(lambda both: both[1])


def gone_with(node: Node) -> Callable[[pulumi.ResourceTransformationArgs], pulumi.ResourceTransformationResult | None]:
    """Marks what lives in the node as gone with it, so that a destroy does not delete a hundred objects one by one."""

    def transform(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if not args.type_.startswith("kubernetes:"):
            return None
        opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(deleted_with=node))
        return pulumi.ResourceTransformationResult(props=args.props, opts=opts)

    return transform
