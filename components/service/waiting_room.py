"""The waiting room of a service that may be at zero: what holds its requests until a replica is ready.

Envoy answers 503 where no endpoint is healthy. So the waiting room is one more endpoint of the service, never a ready
one: Envoy sends to those only when there is no other (`panicThreshold` in routing.py).
docs/decisions/20261129-at-zero-a-waiting-room-holds.md
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components import naming
from components.capacity import Capacity
from components.card import Card
from components.objects import (
    CONTAINER_SECURITY,
    POD_SECURITY,
    Document,
    Manifest,
    account,
    document,
    in_namespace,
    metadata,
)
from components.planning.queue import held, queue_length, retry_after_s
from components.service import workload
from components.service.routing import PORT

LISTENS, HEALTH = 8080, 8081
REPLICAS = 2
RESOURCES = {"requests": {"cpu": "20m", "memory": "32Mi"}, "limits": {"cpu": "500m", "memory": "128Mi"}}
GO_MEMORY = "96MiB"
HELD_BYTES = 32 << 20
"""Bodies that one replica of the room keeps at a time; reading may take as much again."""


@dataclass(frozen=True, kw_only=True)
class WaitingRoomArgs:
    card: Card
    capacity: Capacity
    owner: str
    """The stack, as in naming.OWNER."""
    namespace: pulumi.Input[str]
    image: pulumi.Input[str]
    service: pulumi.Input[str]
    """Cluster IP of the service's own Service, which leads to ready replicas alone."""
    callers: Sequence[str]
    """Namespaces that may connect."""
    node_selector: Mapping[str, str]


class WaitingRoom(pulumi.ComponentResource):
    """Two small pods that hold requests, and the endpoint by which the entry finds them."""

    def __init__(self, name: str, args: WaitingRoomArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("tradewind:service:WaitingRoom", name, None, opts)
        called = naming.waiting_room(args.card.name)
        labels = naming.labels(called, args.owner, "waiting-room")
        meta = metadata(called, args.namespace, labels)

        def made(part: str, api_version: str, kind: str, spec: Document, *after: pulumi.Resource) -> Manifest:
            opts = pulumi.ResourceOptions(parent=self, depends_on=list(after))
            return Manifest(f"{name}-{part}", document(api_version, kind, meta, spec=spec), opts)

        rules = made("policy", "networking.k8s.io/v1", "NetworkPolicy", network_policy_spec(args.card, args.callers))
        runs_as = account(f"{name}-account", meta, pulumi.ResourceOptions(parent=self))
        pods = made("replicas", "apps/v1", "Deployment", deployment_spec(args, labels), rules, runs_as)
        budget = {"maxUnavailable": 1, "selector": {"matchLabels": naming.selector(called)}}
        made("budget", "policy/v1", "PodDisruptionBudget", budget)
        ports = [{"name": "http", "port": PORT, "targetPort": LISTENS}]
        service = made("service", "v1", "Service", {"selector": naming.selector(called), "ports": ports}, pods)
        address = service.spec.apply(lambda spec: spec["clusterIP"])
        of_service = {**labels, "kubernetes.io/service-name": args.card.name, MANAGED_BY: "tradewind.dev"}
        Manifest(
            f"{name}-endpoint",
            document(
                "discovery.k8s.io/v1",
                "EndpointSlice",
                metadata(called, args.namespace, of_service),
                **endpoint_slice(address),
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
"""Kubernetes' own controller leaves the slices of others alone:
https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#management"""


def endpoint_slice(address: pulumi.Input[str]) -> Document:
    """Neither ready nor serving: kube-proxy and DNS pass it over, and Envoy Gateway tells Envoy that it is draining."""
    conditions = {"ready": False, "serving": False, "terminating": False}
    return {
        "addressType": "IPv4",
        "endpoints": [{"addresses": [address], "conditions": conditions}],
        "ports": [{"name": "http", "port": PORT, "protocol": "TCP"}],
    }


def network_policy_spec(card: Card, callers: Sequence[str]) -> Document:
    """Requests from the callers' namespaces; no way out but to the service's replicas, not even to DNS."""
    return {
        "podSelector": {"matchLabels": naming.selector(naming.waiting_room(card.name))},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [
            {"from": [in_namespace(each) for each in callers], "ports": [{"port": LISTENS, "protocol": "TCP"}]}
        ],
        "egress": [
            {
                "to": [{"podSelector": {"matchLabels": naming.selector(card.name)}}],
                "ports": [{"port": workload.PORT, "protocol": "TCP"}],
            }
        ],
    }


def deployment_spec(args: WaitingRoomArgs, labels: Mapping[str, str]) -> Document:
    called = naming.waiting_room(args.card.name)
    ready = {"httpGet": {"path": "/healthz", "port": HEALTH}}
    return {
        "replicas": REPLICAS,
        "selector": {"matchLabels": naming.selector(called)},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
        "template": {
            "metadata": {"labels": dict(labels)},
            "spec": {
                "serviceAccountName": called,
                "automountServiceAccountToken": False,
                "enableServiceLinks": False,
                "securityContext": POD_SECURITY,
                "terminationGracePeriodSeconds": workload.DRAIN_S + args.card.slo.timeout_s + workload.ENDING_S,
                "topologySpreadConstraints": [workload.spread(called)],
                "containers": [
                    {
                        "name": "room",
                        "image": args.image,
                        "imagePullPolicy": "IfNotPresent",
                        "env": _environment(args),
                        "ports": [
                            {"name": "http", "containerPort": LISTENS},
                            {"name": "health", "containerPort": HEALTH},
                        ],
                        "securityContext": CONTAINER_SECURITY,
                        "resources": RESOURCES,
                        "startupProbe": {**ready, "periodSeconds": 1, "failureThreshold": 30},
                        "readinessProbe": {**ready, "periodSeconds": 1},
                        "livenessProbe": {**ready, "periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 3},
                        "lifecycle": {"preStop": {"sleep": {"seconds": workload.DRAIN_S}}},
                    }
                ],
                **({"nodeSelector": dict(args.node_selector)} if args.node_selector else {}),
            },
        },
    }


def _environment(args: WaitingRoomArgs) -> list[Document]:
    """As airgap/go/waiting-room/room/settings.go reads it."""
    card, capacity = args.card, args.capacity
    inside = held(card, capacity)
    found = {
        "TARGET": pulumi.Output.concat("http://", args.service, f":{PORT}"),
        "READY_PATH": workload.READY_PATH,
        # The entry opens no more connections to it than to a replica. The rest may come from an entry that is replaced.
        "MOST_HELD": f"{inside + queue_length(card, capacity)}",
        # Of both: half of what a replica may hold, beside what the entry sends to it itself from its first second on.
        "FORWARDED_AT_ONCE": f"{max(1, inside // (2 * REPLICAS))}",
        "MAX_BODY_BYTES": f"{workload.MAX_BODY_BYTES}",
        "HELD_BYTES": f"{HELD_BYTES}",
        "TIMEOUT_S": f"{card.slo.timeout_s}",
        "RETRY_AFTER_S": f"{retry_after_s(card, capacity)}",
        "GOMEMLIMIT": GO_MEMORY,
    }
    return [{"name": name, "value": value} for name, value in found.items()]
