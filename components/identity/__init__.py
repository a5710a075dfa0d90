"""What an identity is: the account that a service's pods run as."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Protocol

import pulumi

from components.naming import DNS_LABEL, LABEL_LIMIT, SERVICE_NAME_LIMIT
from components.objects import Document
from components.validation import InvalidFile


@dataclass(frozen=True, kw_only=True)
class IdentityArgs:
    service: str
    namespace: pulumi.Input[str]
    owner: str
    """The stack, as in naming.OWNER."""
    secrets: Sequence[str] = ()
    """Names of what its pods read as files: components/secrets/README.md."""

    def __post_init__(self) -> None:
        _require_label("service", self.service, SERVICE_NAME_LIMIT)
        if isinstance(self.namespace, str):
            _require_label("namespace", self.namespace, LABEL_LIMIT)


FILES = "/var/run/secrets/tradewind"
"""Where a pod finds the files of Abroad."""
TOKEN = "token"  # noqa: S105, a name
TOKEN_S = 3600
"""How long a token is good; the kubelet writes a new one when four fifths of it are over."""


@dataclass(frozen=True, kw_only=True)
class Abroad:
    """What the SDKs of a pod find another cloud by: no key, nothing for its code to do. Empty where there is none."""

    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    files: Sequence[Document] = ()
    """Sources of a projected volume: https://kubernetes.io/docs/concepts/storage/projected-volumes/"""


class Identity(Protocol):
    """A service account in the cluster, bound to whatever the platform lets it reach."""

    service_account: pulumi.Output[str]
    """Its name; known once every binding stands, so a pod that names it can use them."""
    abroad: Abroad
    secrets: Document | None
    """Source of a volume with a file a secret, None where it has none: https://kubernetes.io/docs/concepts/storage/volumes/"""


def token_file(audience: pulumi.Input[str]) -> Document:
    """A source of Abroad: a token of the pod's service account that only whoever is called `audience` takes."""
    return {"serviceAccountToken": {"path": TOKEN, "audience": audience, "expirationSeconds": TOKEN_S}}


def require_apart(file: str, called: Mapping[str, str]) -> None:
    """InvalidFile where a cloud would call the identities of two services alike; `called` has its name of each.

    One would have all that the other may do.
    """
    problems = [
        f"services must have identities of their own, and {one!r} and {other!r} are both called {called[one]!r}. "
        "To fix: rename one of them and its folder."
        for one, other in combinations(called, 2)
        if called[one] == called[other]
    ]
    if problems:
        raise InvalidFile(file, problems)


def _require_label(field: str, value: str, limit: int) -> None:
    if not DNS_LABEL.fullmatch(value) or len(value) > limit:
        raise ValueError(
            f"IdentityArgs.{field} must be a DNS label of at most {limit} characters, got {value!r}. "
            "To fix: give the name of one that the cluster has."
        )
