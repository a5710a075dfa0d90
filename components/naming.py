"""Names, labels and annotations: fixed by what a thing is, never random, so that a second run finds the first's."""

import hashlib
import re

LABEL_LIMIT = 63
"""Namespaces, Services and label values: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names"""

SERVICE_NAME_LIMIT = 40
"""Characters of a service's name: `<name>-pods` and KEDA's `keda-hpa-<name>` must fit a label."""

AWS_ROLE_LIMIT = 64
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
AWS_BUCKET_LIMIT = 63
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""
AWS_CLUSTER_LIMIT = 100
"""https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html"""
AWS_CACHE_LIMIT = 40
"""Of ElastiCache's names: https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html"""

GCP_ACCOUNT_LIMIT = 30
"""Of a service account's id, six at least: https://cloud.google.com/iam/docs/service-accounts-create"""
GCP_TITLE_LIMIT = 100
"""Of a service account's display name: https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts"""
GCP_POOL_TITLE_LIMIT = 32
"""Of a workload identity pool: https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools"""
GCP_CLUSTER_LIMIT = 40
"""https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters"""
GCP_BUCKET_LIMIT = 63
"""https://cloud.google.com/storage/docs/buckets#naming"""
GCP_CACHE_LIMIT = 63
"""Of Memorystore for Valkey: https://cloud.google.com/memorystore/docs/valkey/create-instances"""
GCP_NAME_LIMIT = 63
"""Of networks and all within them, key rings and keys, repositories: https://cloud.google.com/compute/docs/naming-resources"""

DNS_LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
STACK_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""A stack's name goes into buckets, networks and caches; ElastiCache's names have no two hyphens in a row."""

PODS = "-pods"
WAITING_ROOM = "-waiting-room"
SERVICE_PARTS = {PODS: "the list of another service's pods", WAITING_ROOM: "another service's waiting room"}
"""What ends the names of objects beside a service's own, and what they are."""
SERVICE_NAMES_TAKEN = (
    # Objects of the services' namespace, and the account of its pods that name none.
    *("closed-by-default", "default"),
    # Roles and accounts of the cluster's own, called as a service's are.
    *("control", "nodes"),
    # Images of the platform's own, beside those of services.
    *("envoy", "envoy-gateway", "keda", "prometheus", "valkey", "waiting-room"),
)

KEDA_NAMESPACE = "keda"
ENVOY_GATEWAY_NAMESPACE = "envoy-gateway-system"
ROOMS = ("models", "cache", "monitoring")
"""Namespaces that each stack has for itself."""

GATEWAY = "entry"
GATEWAY_CLASS = "tradewind"
CACHE = "cache"
PROMETHEUS = "prometheus"

OWNER = "tradewind.dev/owner"
"""Label: the stack that made the object. What carries another owner, or none, is used and never changed."""

CARD_LOAD = "tradewind.dev/load"
CARD_SLO = "tradewind.dev/slo"
CARD_SCALE = "tradewind.dev/scale"
CAPACITY = "tradewind.dev/capacity"
IMAGE = "tradewind.dev/image"
SCALER_SYNC = "tradewind.dev/scaler-sync-s"
HELD_BY = "tradewind.dev/waiting-room"
"""Annotation of a scaler that may leave no replica: the Deployment that holds requests meanwhile."""
CONTENT_HASH = "tradewind.dev/content-hash"
"""Annotation on a pod template: changes when a mounted file does, so that the pods take the new one."""


def fitted(*parts: str, limit: int = LABEL_LIMIT) -> str:
    """The parts joined by `-`; cut to `limit`, with a hash of the whole in place of the tail."""
    whole = "-".join(parts)
    if len(whole) <= limit:
        return whole
    tail = hashlib.sha256(whole.encode()).hexdigest()[:6]
    return f"{whole[: limit - len(tail) - 1].rstrip('-')}-{tail}"


def namespace(room: str, shared_with: str | None = None) -> str:
    """A stack's namespace for one room; `shared_with` is the stack's name in a cluster that others use too."""
    if room not in ROOMS:
        raise ValueError(f"room must be one of {', '.join(ROOMS)}, got {room!r}")
    return fitted(room, shared_with) if shared_with else room


OWNER_TAG = "tradewind-owner"
RESOURCE_TAG = "tradewind-resource"
"""Tag of what a cloud names itself: its name in the program, by which `make recover` finds it."""


def tags(owner: str) -> dict[str, str]:
    """What each resource of a cloud carries, where it can carry anything; whoever pays reads the bill by it."""
    return {OWNER_TAG: owner, "tradewind-managed-by": "pulumi"}


def selector(name: str) -> dict[str, str]:
    """The one label by which Services, policies and load tests find the pods of `name`; never changes."""
    return {"app.kubernetes.io/name": name}


def labels(name: str, owner: str, component: str) -> dict[str, str]:
    """What each object of `name` carries; `component` says which part it is, as in `service`, `cache`."""
    return {
        **selector(name),
        "app.kubernetes.io/component": component,
        "app.kubernetes.io/part-of": "tradewind",
        "app.kubernetes.io/managed-by": "pulumi",
        OWNER: owner,
    }


def host(service: str, namespace: str) -> str:
    """A Service's full name inside the cluster."""
    return f"{service}.{namespace}.svc.cluster.local"


def pods_service(name: str) -> str:
    """The headless Service that lists every pod of `name`, ready or not."""
    return f"{name}{PODS}"


def waiting_room(name: str) -> str:
    """Of what holds requests for `name` while it is at zero."""
    return f"{name}{WAITING_ROOM}"
