"""Workload identity federation of Google Cloud: which callers a token makes, and whom they may impersonate.

https://cloud.google.com/iam/docs/workload-identity-federation
https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity
"""

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.doubles.permissions.cel import Unevaluable, evaluate
from tests.doubles.permissions.decision import Decision
from tests.doubles.permissions.gcp import A_TIME, Caller, Request, Resource, decide

CLAIMS = frozenset({"assertion.*"})
MAPPED = CLAIMS | {"google.subject", "google.groups", "attribute.*"}
SUBJECT_LIMIT_BYTES = 127
_KEY = re.compile(r"google\.(subject|groups)|attribute\.[a-z0-9_]{1,100}")


class Refused(Exception):
    """The Security Token Service gives no token for these claims."""


@dataclass(frozen=True, kw_only=True)
class Provider:
    """An OIDC provider of a workload identity pool.

    https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers
    """

    pool: str
    """projects/NUMBER/locations/global/workloadIdentityPools/POOL"""
    name: str
    issuer: str
    mapping: Mapping[str, str]
    """Google's attribute to the CEL that reads it from the assertion."""
    audiences: Sequence[str] = ()
    condition: str = ""
    """CEL over assertion, google and attribute; empty is true."""

    def __post_init__(self) -> None:
        if "google.subject" not in self.mapping:
            raise ValueError("Provider.mapping must have google.subject")
        for key in self.mapping:
            if not _KEY.fullmatch(key):
                raise ValueError(f"Provider.mapping: {key!r} is no attribute of Google's")

    def accepted(self) -> Sequence[str]:
        whole = f"//iam.googleapis.com/{self.pool}/providers/{self.name}"
        return self.audiences or (whole, f"https:{whole}")


def federated(provider: Provider, claims: Mapping[str, Any]) -> Caller:
    """The members that a token with `claims` stands for; its signature and times count as checked. Raises Refused."""
    if claims.get("iss") != provider.issuer:
        raise Refused(f"the issuer is {claims.get('iss')!r}, not {provider.issuer!r}")
    heard = claims.get("aud", [])
    if not set([heard] if isinstance(heard, str) else heard) & set(provider.accepted()):
        raise Refused(f"the audience {heard!r} is not allowed")
    mapped = {key: _mapped(key, expression, claims) for key, expression in provider.mapping.items()}
    if provider.condition and not _condition_holds(provider.condition, claims, mapped):
        raise Refused("the attribute condition is not true")
    subject = mapped["google.subject"]
    if not subject or len(subject.encode()) > SUBJECT_LIMIT_BYTES:
        raise Refused(f"google.subject must have 1 to {SUBJECT_LIMIT_BYTES} bytes, got {len(subject.encode())}")
    own, all_of = (
        f"principal://iam.googleapis.com/{provider.pool}",
        f"principalSet://iam.googleapis.com/{provider.pool}",
    )
    attributes = {key: value for key, value in mapped.items() if key.startswith("attribute.")}
    return Caller(
        frozenset(
            [f"{own}/subject/{subject}", f"{all_of}/*"]
            + [f"{all_of}/group/{each}" for each in mapped.get("google.groups", [])]
            + [f"{all_of}/{key}/{value}" for key, value in attributes.items()]
        )
    )


def gke_pod(project: str, number: str, namespace: str, service_account: str) -> Caller:
    """A pod of a cluster in `project` (whose number is `number`), under Workload Identity Federation for GKE.

    https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity#kubernetes-resources-iam-policies
    """
    pool = f"iam.googleapis.com/projects/{number}/locations/global/workloadIdentityPools/{project}.svc.id.goog"
    return Caller(
        frozenset(
            {
                f"principal://{pool}/subject/ns/{namespace}/sa/{service_account}",
                f"principalSet://{pool}/namespace/{namespace}",
                f"serviceAccount:{project}.svc.id.goog[{namespace}/{service_account}]",
            }
        )
    )


def may_impersonate(
    provider: Provider, claims: Mapping[str, Any], service_account: Resource, time: datetime.datetime = A_TIME
) -> Decision:
    """Whether a token with `claims` becomes an access token of the service account, by the bindings on and above it."""
    try:
        caller = federated(provider, claims)
    except Refused as refusal:
        return Decision(False, str(refusal))
    permission = "iam.serviceAccounts.getAccessToken"
    return decide(Request(caller=caller, permission=permission, resource=service_account, time=time))


def _mapped(key: str, expression: str, claims: Mapping[str, Any]) -> Any:
    try:
        value = evaluate(expression, CLAIMS, {"assertion": claims})
    except Unevaluable as error:
        raise Refused(f"{key} cannot be mapped: {error}") from None
    if not isinstance(value, list if key == "google.groups" else str):
        raise Refused(f"{key} maps to {value!r}, of another type than Google takes")
    return value


def _condition_holds(condition: str, claims: Mapping[str, Any], mapped: Mapping[str, Any]) -> bool:
    nested: dict[str, dict[str, Any]] = {"google": {}, "attribute": {}}
    for key, value in mapped.items():
        root, _, name = key.partition(".")
        nested[root][name] = value
    try:
        answer = evaluate(condition, MAPPED, {"assertion": claims, **nested})
    except Unevaluable:
        return False
    if not isinstance(answer, bool):
        raise ValueError(f"{condition!r} must be true or false, got {answer!r}")
    return answer
