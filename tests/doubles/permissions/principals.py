"""Who asks AWS, and how the Principal element of a policy names them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.doubles.permissions.conditions import texts

Kind = Literal["AWS", "Service", "Federated"]
Grant = Literal["directly", "role", "account"]
"""How a policy names a caller: as itself, by the role whose session it is, or by its whole account."""

STRONGEST_FIRST: tuple[Grant, ...] = ("directly", "role", "account")


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Its ARN as a user or role, a service such as ec2.amazonaws.com, or the ARN of an OIDC provider."""

    name: str
    kind: Kind = "AWS"
    session: str = ""
    """Of a role, where a policy names the session itself."""
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind == "AWS" and self._resource.partition("/")[0] not in ("user", "role"):
            raise ValueError(f"Principal.name must be the ARN of a user or a role, got {self.name!r}")

    @property
    def account(self) -> str:
        return self.name.split(":")[4] if self.kind == "AWS" else ""

    @property
    def _resource(self) -> str:
        return self.name.rpartition(":")[2]

    def names(self) -> dict[str, Grant]:
        """What a Principal element may say to mean this caller; an account counts for everyone in it."""
        if self.kind != "AWS":
            return {self.name: "directly"}
        root = f"arn:aws:iam::{self.account}:root"
        if self._resource.startswith("user/"):
            return {self.name: "directly", root: "account"}
        role = self._resource.rpartition("/")[2]
        session = {f"arn:aws:sts::{self.account}:assumed-role/{role}/{self.session}": "directly"}
        return {**(session if self.session else {}), self.name: "role", root: "account"}  # pyright: ignore[reportReturnType]

    def facts(self) -> dict[str, str]:
        """Condition keys that each request of this caller carries."""
        if self.kind != "AWS":
            return {}
        user = {"aws:username": self._resource.rpartition("/")[2]} if self._resource.startswith("user/") else {}
        tags = {f"aws:PrincipalTag/{key}": value for key, value in self.tags.items()}
        return {"aws:PrincipalArn": self.name, "aws:PrincipalAccount": self.account, **user, **tags}


def check(element: Any) -> None:
    """Raises ValueError for a kind of principal that is not judged here, or a wildcard inside of a name."""
    for kind, names in element.items() if isinstance(element, Mapping) else [("AWS", element)]:
        if kind not in ("AWS", "Service", "Federated"):
            raise ValueError(f"Principal {kind!r} is not judged here. To fix: add it to principals.py.")
        for name in texts(names):
            if "*" in name and not (name == "*" and kind == "AWS"):
                raise ValueError(f"Principal {name!r}: a wildcard must be the whole name, and of kind AWS")


def granted(element: Any, caller: Principal) -> Grant | None:
    """The strongest way in which a Principal element names `caller`, or None."""
    means = caller.names()
    found = {means[name] for name in _named(element, caller) if name in means}
    if "*" in _named(element, caller):
        found.add("directly")
    return next((each for each in STRONGEST_FIRST if each in found), None)


def spared(element: Any, caller: Principal, bounded: bool) -> bool:
    """Whether a Deny with this NotPrincipal leaves `caller` alone: each name must be there, and no boundary."""
    return not bounded and set(caller.names()) <= set(_named(element, caller))


def _named(element: Any, caller: Principal) -> list[str]:
    if not isinstance(element, Mapping):
        return texts(element)
    everyone = [name for name in texts(element.get("AWS", [])) if name == "*"]
    return everyone + [_whole(name) for name in texts(element.get(caller.kind, []))]


def _whole(name: str) -> str:
    return f"arn:aws:iam::{name}:root" if name.isdigit() and len(name) == 12 else name
