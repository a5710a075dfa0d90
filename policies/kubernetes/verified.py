"""Admission by digest: a namespace takes the images that a stack has verified, and no other.

The API server verifies no signature. It compares digests with a list that the stack wrote after it had verified each:
https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#parameter-resources
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from policies.kubernetes.admission import policy
from policies.kubernetes.written import Written
from provider.signatures import Reference

NAME = "verified-images"
"""Of the list."""

RULE = Written(
    name="model-image-verified",
    severity="high",
    must="A pod of a service must run images whose signature the stack has verified, since whoever may make pods "
    "decides otherwise what runs.",
    fix="deploy it by the stack, which verifies the image and adds its digest to the ConfigMap verified-images",
    containers="has(c.image) && has(params.data) && params.data.exists(digest, c.image.endsWith('@sha256:' + digest))",
)
"""None of policies/cel: what it compares with, a preview does not have."""


def listed(images: Iterable[str], namespace: str) -> dict[str, Any]:
    """The ConfigMap of these references, each by digest; call it with what `verify` has returned for, and nothing else.

    A replica of the generation before may start again while the next one comes up, so the list has both.
    """
    found = map(Reference.parse, images)
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": NAME, "namespace": namespace},
        # A key may hold no colon, so the algorithm is left to the expression.
        "data": {each.digest.removeprefix("sha256:"): each.name for each in found},
    }


def manifests(namespaces: Mapping[str, Any], namespace: str, ending: str = "") -> Iterator[dict[str, Any]]:
    """The policy and its binding, for the namespaces that the label selector means; the list is in `namespace`."""
    made, binding = policy(RULE, namespaces, ending)
    made["spec"]["paramKind"] = {"apiVersion": "v1", "kind": "ConfigMap"}
    # With no list nothing was verified.
    binding["spec"]["paramRef"] = {"name": NAME, "namespace": namespace, "parameterNotFoundAction": "Deny"}
    yield made
    yield binding
