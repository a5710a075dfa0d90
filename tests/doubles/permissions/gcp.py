"""What Google IAM would answer to a request, from the role bindings on a resource and on all above it.

https://cloud.google.com/iam/docs/allow-policies
"""

import datetime
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tests.doubles.permissions.cel import Unevaluable, evaluate
from tests.doubles.permissions.decision import Decision

ATTRIBUTES = frozenset({"resource.name", "resource.type", "resource.service", "request.time", "api.*"})
NAMED = frozenset({"storage", "cloudkms", "secretmanager", "container", "logging", "dns", "compute", "memorystore"})
"""Services whose resources have a resource.name; in a condition on any other, that part never grants.

https://cloud.google.com/iam/docs/conditions-attribute-reference#resource-name, and for memorystore
https://cloud.google.com/memorystore/docs/valkey/access-control.
"""
A_TIME = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
"""Of a request, where no condition asks for it."""
_MEMBERS = ("user", "serviceAccount", "group", "domain", "principal", "principalSet")
_EVERYONE = ("allUsers", "allAuthenticatedUsers")
_BASIC = ("roles/owner", "roles/editor", "roles/viewer")


class UnknownRole(ValueError):
    """A role without a row in gcp_roles.yaml."""


@dataclass(frozen=True, kw_only=True)
class Binding:
    """A role for some members, where a condition (CEL, or nothing) is true."""

    role: str
    members: Sequence[str]
    condition: str = ""

    def __post_init__(self) -> None:
        for member in self.members:
            if member not in _EVERYONE and member.partition(":")[0] not in _MEMBERS:
                raise ValueError(f"Member {member!r} is not judged here. To fix: add its kind to gcp.py.")
        if self.condition and (self.role in _BASIC or set(self.members) & set(_EVERYONE)):
            raise ValueError(f"{self.role}: Google takes no condition on a basic role, nor for {_EVERYONE}")


@dataclass(frozen=True, kw_only=True)
class Resource:
    """`name` is relative and in the form of its service's conditions: a bucket is projects/_/buckets/NAME.

    https://cloud.google.com/iam/docs/conditions-resource-attributes
    """

    name: str
    type: str
    """Such as storage.googleapis.com/Object."""
    parent: "Resource | None" = None
    bindings: Sequence[Binding] = ()

    def lineage(self) -> Iterator["Resource"]:
        yield self
        if self.parent:
            yield from self.parent.lineage()

    def attributes(self) -> dict[str, str]:
        service = self.type.partition("/")[0]
        named = {"name": self.name} if service.partition(".")[0] in NAMED else {}
        return {"type": self.type, "service": service, **named}


@dataclass(frozen=True)
class Caller:
    """All the member names that mean one caller: itself, and the groups and sets it is in."""

    members: frozenset[str]

    def named_in(self, binding: Binding) -> bool:
        # A federated identity is no Google account, so it is in allUsers alone.
        account = any(each.startswith("user:") or each.endswith(".gserviceaccount.com") for each in self.members)
        everyone = {"allUsers", "allAuthenticatedUsers"} if account else {"allUsers"}
        return bool((self.members | everyone) & set(binding.members))


@dataclass(frozen=True, kw_only=True)
class Request:
    caller: Caller
    permission: str
    resource: Resource
    """That the permission is checked on: storage.objects.list is asked of the bucket, not of an object."""
    time: datetime.datetime = A_TIME
    api: Mapping[str, str] = field(default_factory=dict)
    """What conditions read by api.getAttribute, such as storage.googleapis.com/objectListPrefix."""


def account(email: str, *groups: str) -> Caller:
    """A user or a service account, and the e-mail addresses of groups that it is in."""
    kind = "serviceAccount" if email.endswith(".gserviceaccount.com") else "user"
    domain = [] if kind == "serviceAccount" else [f"domain:{email.partition('@')[2]}"]
    return Caller(frozenset([f"{kind}:{email}", *domain, *(f"group:{each}" for each in groups)]))


@functools.cache
def roles() -> Mapping[str, frozenset[str]]:
    rows = yaml.safe_load(Path(__file__).with_name("gcp_roles.yaml").read_text())
    return {role: frozenset(permissions) for role, permissions in rows.items()}


def decide(request: Request) -> Decision:
    """Raises UnknownRole for a role without a row, on any resource above, and ValueError for a permission in no row."""
    granting = []
    for resource in request.resource.lineage():
        for binding in resource.bindings:
            if binding.role not in roles():
                raise UnknownRole(f"{binding.role} on {resource.name}: no row. To fix: add it to gcp_roles.yaml.")
            # Before the member is asked for: a condition that is not judged must not hide behind another's name.
            if _holds(binding, request) and binding.role in _roles_with(request.permission):
                granting += [f"{binding.role} on {resource.name}"] if request.caller.named_in(binding) else []
    if request.permission not in frozenset().union(*roles().values()):
        raise ValueError(f"{request.permission!r} is in no role of gcp_roles.yaml: is it spelled right?")
    return Decision(True, granting[0]) if granting else Decision(False, "no binding grants it")


def _roles_with(permission: str) -> set[str]:
    return {role for role, permissions in roles().items() if permission in permissions}


def _holds(binding: Binding, request: Request) -> bool:
    if not binding.condition:
        return True
    values = {"resource": request.resource.attributes(), "request": {"time": request.time}, "api": request.api}
    try:
        answer = evaluate(binding.condition, ATTRIBUTES, values)
    except Unevaluable:
        return False
    if not isinstance(answer, bool):
        raise ValueError(f"{binding.condition!r} must be true or false, got {answer!r}")
    return answer
