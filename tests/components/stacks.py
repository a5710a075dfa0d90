"""Whole stacks of each platform, recorded: what a person would write for one, and one service on it."""

import importlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pytest

from components.cluster import kind as kind_of_docker
from components.identity import IdentityArgs
from components.platforms.settings import StackSettings
from components.service import ModelService, ModelServiceArgs
from provider.signatures.keys import public_key
from provider.x509 import new_key
from tests.components.born_on_gcp import NUMBER, PROJECT
from tests.components.recording import ACCOUNT, EKS_ISSUER, Engine, run
from tests.components.samples import AT_ZERO, a_card, measured

WRITTEN: dict[str, dict[str, Any]] = {
    "local": {},
    "aws": {"account": ACCOUNT, "region": "eu-west-1"},
    "gcp": {"project": PROJECT, "region": "europe-west1"},
}

GKE_ISSUER = f"https://container.googleapis.com/v1/projects/{PROJECT}/locations/europe-west1/clusters/tradewind-gcp-dev"
PEERS: dict[str, dict[str, str]] = {
    "aws": {"issuer": GKE_ISSUER, "project_number": NUMBER},
    "gcp": {"issuer": EKS_ISSUER, "account": ACCOUNT},
}
"""What aws-dev and gcp-dev know each other by."""

PUBLIC = {"public_access": "true", "domain": "ai.example.com", "dns_zone": "example.com"}
"""What a stack is told that everybody may call; the zone is there, in the doubles too."""


SIGNING_KEY = public_key(new_key())

SECRETS = ("api-token", "signing-key")

Others = Mapping[str, Mapping[str, Any]]
"""What other stacks have given out, by name."""


def deployed(
    kind: str,
    stack: str,
    others: Others | None = None,
    secrets: Sequence[str] = (),
    beside: Sequence[str] = (),
    card: Mapping[str, Any] | None = None,
    **written: Any,
) -> Engine:
    """`<kind>-prod` is of the tier prod, any other of dev; `secrets` are those of each of its services, `card` what its
    service's says besides.

    Of the services `beside` the first one their identities alone are made: the rest needs a Bento.
    """
    if kind == "local":
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(kind_of_docker, "usable", lambda: False)
            return _recorded(kind, stack, written, others, secrets, beside, card)
    tier = "prod" if stack.endswith("-prod") else "dev"
    return _recorded(kind, stack, {"tier": tier, **written}, others, secrets, beside, card)


def platform_alone(kind: str, **written: Any) -> Engine:
    """`<kind>-dev` without its services, which another stack may make."""
    return deployed(kind, f"{kind}-dev", layer="platform", **written)


def services_alone(kind: str, outputs: Mapping[str, Any], **written: Any) -> Engine:
    """`<kind>-services`, on a `<kind>-dev` that has given out `outputs`."""
    on = {"layer": "services", "platform": f"{kind}-dev"}
    return deployed(kind, f"{kind}-apps", {f"{kind}-dev": outputs}, **on, **written)


@cache
def plain(kind: str, stack: str) -> Engine:
    """The same with nothing else written, recorded once for all tests of a process; they only read it."""
    return deployed(kind, stack)


@cache
def peered(kind: str) -> Engine:
    """aws-dev or gcp-dev, as the other's peer."""
    return deployed(kind, f"{kind}-dev", peer=PEERS[kind])


@cache
def public(kind: str) -> Engine:
    """aws-dev or gcp-dev, open to everybody."""
    return deployed(kind, f"{kind}-dev", **PUBLIC)


@cache
def secretive(kind: str) -> Engine:
    """`<kind>-dev`, whose service has SECRETS."""
    return deployed(kind, f"{kind}-dev", secrets=SECRETS)


@cache
def signed(kind: str) -> Engine:
    """`<kind>-dev`, whose images are signed."""
    return deployed(kind, f"{kind}-dev", signing_key=SIGNING_KEY)


@cache
def at_zero(kind: str, stack: str) -> Engine:
    """The same with a service that has no replica while nobody calls it, and signed images."""
    return deployed(kind, stack, card=AT_ZERO, signing_key=SIGNING_KEY)


@cache
def apart(kind: str) -> Engine:
    """The services alone, on a platform that another stack has made."""
    return services_alone(kind, platform_alone(kind).outputs)


@cache
def crowded(kind: str) -> Engine:
    """`<kind>-prod` with two services, both with SECRETS, and on a cloud with a peer and open to everybody."""
    more = {} if kind == "local" else {"peer": PEERS[kind], **PUBLIC}
    return deployed(kind, f"{kind}-prod", secrets=SECRETS, beside=["ranker"], **more)


def _recorded(
    kind: str,
    stack: str,
    written: dict[str, Any],
    others: Others | None,
    secrets: Sequence[str],
    beside: Sequence[str],
    card: Mapping[str, Any] | None,
) -> Engine:
    settings = StackSettings(stack=stack, written={"kind": kind, **WRITTEN[kind], **written})
    open_platform = importlib.import_module(f"components.platforms.{kind}").open_platform

    def program() -> dict[str, Any]:
        platform = open_platform(settings, ["embedder", *beside], bool(secrets))
        if settings.layer == "platform":
            return {"services": {}, "platform": platform.outputs, "handover": platform.handover}
        args = ModelServiceArgs(card=a_card(secrets=list(secrets), **(card or {})), measurements=measured())
        at_zero = args.card.scale.min == 0
        holds = platform.image("waiting-room", "platform:waiting-room") if at_zero else None
        service = ModelService("embedder", args, platform, holds)
        for name in beside:
            space, owner = platform.services_namespace, platform.owner
            who = IdentityArgs(service=name, namespace=space, owner=owner, secrets=list(secrets))
            platform.identity(f"{name}-identity", who, platform.scope)
        return {"services": {"embedder": service.summary}, "platform": platform.outputs}

    return run(program, as_config(settings.written), stack, others)


def as_config(written: Mapping[str, Any]) -> dict[str, str]:
    """As the engine keeps what a person writes: texts, and JSON for what is more."""
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in written.items()}
