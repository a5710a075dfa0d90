"""What a cache is: a Valkey that pods of the services' namespace reach over TLS, with a password or their identity."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import pulumi

from components.card import Size

Auth = Literal["password", "aws-iam", "gcp-iam"]


@dataclass(frozen=True, kw_only=True)
class CacheArgs:
    readers: Mapping[str, pulumi.Input[str]]
    """Namespaces whose pods may connect, each known at plan time and once it exists; each gets the secret."""
    owner: str
    size: Size = "small"

    def __post_init__(self) -> None:
        if self.size not in get_args(Size):
            sizes = ", ".join(get_args(Size))
            raise ValueError(f"CacheArgs.size must be one of {sizes}, got {self.size!r}. To fix: choose one of these.")


class Cache(Protocol):
    url: pulumi.Output[str]
    """rediss:// address that pods can reach."""
    ca_bundle: pulumi.Output[str]
    """PEM: what a client trusts to accept the cache's certificate; empty where a public authority signed it."""
    auth: Auth
    secret: pulumi.Output[str]
    """Name of the Secret in each reader's namespace: `url`, `ca.crt`, and `password` or the `user` to log in as."""
