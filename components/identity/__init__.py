"""What an identity is: the account that a service's pods run as."""

from dataclasses import dataclass
from typing import Protocol

import pulumi


@dataclass(frozen=True, kw_only=True)
class IdentityArgs:
    service: str
    namespace: pulumi.Input[str]
    owner: str
    """The stack, as in naming.OWNER."""


class Identity(Protocol):
    """A service account in the cluster, bound to whatever the platform lets it reach."""

    service_account: pulumi.Output[str]
    """Its name; known once every binding stands, so a pod that names it can use them."""
