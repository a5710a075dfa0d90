"""Conditions of Google's IAM: to which part of a resource a role is limited. Plain functions over plain data.

https://cloud.google.com/iam/docs/conditions-attribute-reference
"""

import json
import re

from components.identity.peers import subject

READS = "roles/storage.objectViewer"

POOL_MEMBER = re.compile(r"serviceAccount:[^\s\[\]*]+\.svc\.id\.goog\[[a-z0-9-]+/[a-z0-9-]+\]")

Condition = dict[str, str]


def pods(pool: str, namespace: str, service_account: str) -> str:
    """The member that is the pods of one Kubernetes service account; see workload_pool of a cluster."""
    member = f"serviceAccount:{pool}[{namespace}/{service_account}]"
    if not POOL_MEMBER.fullmatch(member):
        raise ValueError(f"{member!r} is no service account of a cluster. To fix: give pool, namespace and name.")
    return member


MAPPED = {"google.subject": "assertion.sub"}
"""Of a token to what bindings call its bearer."""


def services_of(namespace: str) -> str:
    """The condition of a provider: a token of a service account of this namespace; of which one, each binding says."""
    return f"assertion.sub.startsWith({_text(f'system:serviceaccount:{namespace}:')})"


def peers_pods(pool: str, namespace: str, service_account: str) -> str:
    """The member that is the pods of one service account of a federated cluster; `pool` is the whole name of its pool.

    https://cloud.google.com/iam/docs/principal-identifiers
    """
    return f"principal://iam.googleapis.com/{pool}/subject/{subject(namespace, service_account)}"


def own_model(bucket: str, service: str) -> Condition:
    """The artifacts of one service, and no other's; a list only of what begins with their folder.

    A list is asked of the bucket, whose name says nothing of the folder: its `prefix` is looked at instead.
    https://cloud.google.com/iam/docs/conditions-attribute-reference#api-attributes-storage
    """
    reads = f"resource.name.startsWith({_text(f'projects/_/buckets/{bucket}/objects/models/{service}/')})"
    prefix = 'api.getAttribute("storage.googleapis.com/objectListPrefix", "")'
    lists = f"{prefix}.startsWith({_text(f'models/{service}/')})"
    return {"title": "own-model", "description": f"Artifacts of {service}", "expression": f"{reads} || {lists}"}


def one_cache(instance: str) -> Condition:
    """One cache of the project's, by its id."""
    return {
        "title": "one-cache",
        "description": "The cache of this stack",
        "expression": f"resource.name == {_text(instance)}",
    }


def _text(value: str) -> str:
    """A text of CEL, whatever is in it."""
    return json.dumps(value)
