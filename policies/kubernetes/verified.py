"""Admission by digest: a service's pods take the images that its stack has verified, and no other.

The API server verifies no signature. It compares digests with a list that the stack wrote after it had verified each:
https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#parameter-resources
Pods alone are bound: who makes them asks again, so a list that comes a moment late refuses no update.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from components.naming import waiting_room
from policies.kubernetes.admission import policy
from policies.kubernetes.written import Written
from provider.signatures import Reference

RULE = Written(
    name="model-image-verified",
    kinds=("Pod",),
    severity="high",
    must="A pod of a service must run images whose signature the stack has verified, since whoever may make pods "
    "decides otherwise what runs.",
    fix="deploy it by the stack, which verifies the image and adds its digest to the service's list",
    containers="has(c.image) && has(params.data) && params.data.exists(digest, c.image.endsWith('@sha256:' + digest))",
)
"""None of policies/cel: what it compares with, a preview does not have."""

OF_NOBODY = RULE.model_copy(update={"containers": "false"})
"""For pods of no service: nothing of theirs was verified."""

NAME_LABEL = "app.kubernetes.io/name"
"""Which service a pod says it is of; whoever lies is held to that one's list."""


def list_name(service: str) -> str:
    """Of the ConfigMap."""
    return f"{service}-verified-images"


def digests(images: Iterable[str]) -> dict[str, str]:
    """The data of a service's list; call it with what `verify` has returned for, and nothing else.

    A replica of an image before may start again while the next one comes up, so a list has those too.
    """
    # A key may hold no colon, so the algorithm is left to the expression.
    return {each.digest.removeprefix("sha256:"): each.name for each in map(Reference.parse, images)}


def of_service(service: str, namespace: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The policy and its binding, for pods that are called as that service's, or as its waiting room's."""
    made, binding = policy(RULE, _only(namespace), f".{namespace}.{service}")
    made["spec"]["paramKind"] = {"apiVersion": "v1", "kind": "ConfigMap"}
    # With no list nothing was verified.
    binding["spec"]["paramRef"] = {
        "name": list_name(service),
        "namespace": namespace,
        "parameterNotFoundAction": "Deny",
    }
    binding["spec"]["matchResources"]["objectSelector"] = {"matchExpressions": [_called("In", [service])]}
    return made, binding


def of_nobody(services: Sequence[str], namespace: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same for all other pods."""
    made, binding = policy(OF_NOBODY, _only(namespace), f".{namespace}")
    if services:
        binding["spec"]["matchResources"]["objectSelector"] = {"matchExpressions": [_called("NotIn", services)]}
    return made, binding


def _called(operator: str, services: Sequence[str]) -> dict[str, Any]:
    return {"key": NAME_LABEL, "operator": operator, "values": [*services, *map(waiting_room, services)]}


def _only(namespace: str) -> dict[str, Any]:
    return {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
