"""Whole stacks of each platform, recorded: what a person would write for one, and one service on it."""

import importlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pytest

from components.cluster import kind as kind_of_docker
from components.platforms.settings import StackSettings
from components.service import ModelService, ModelServiceArgs
from tests.components.born_on_gcp import NUMBER, PROJECT
from tests.components.recording import ACCOUNT, EKS_ISSUER, Engine, run
from tests.components.samples import a_capacity, a_card

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


SECRETS = ("api-token", "signing-key")

Others = Mapping[str, Mapping[str, Any]]
"""What other stacks have given out, by name."""


def deployed(
    kind: str, stack: str, others: Others | None = None, secrets: Sequence[str] = (), **written: Any
) -> Engine:
    """`<kind>-prod` is of the tier prod, any other of dev; `secrets` are those of its one service."""
    if kind == "local":
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(kind_of_docker, "usable", lambda: False)
            return _recorded(kind, stack, written, others, secrets)
    tier = "prod" if stack.endswith("-prod") else "dev"
    return _recorded(kind, stack, {"tier": tier, **written}, others, secrets)


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


def _recorded(kind: str, stack: str, written: dict[str, Any], others: Others | None, secrets: Sequence[str]) -> Engine:
    settings = StackSettings(stack=stack, written={"kind": kind, **WRITTEN[kind], **written})
    open_platform = importlib.import_module(f"components.platforms.{kind}").open_platform

    def program() -> dict[str, Any]:
        platform = open_platform(settings, ["embedder"], bool(secrets))
        if settings.layer == "platform":
            return {"services": {}, "platform": platform.outputs, "handover": platform.handover}
        card = a_card(secrets=list(secrets))
        service = ModelService("embedder", ModelServiceArgs(card=card, capacity=a_capacity()), platform)
        return {"services": {"embedder": service.summary}, "platform": platform.outputs}

    return run(program, stack=stack, others=others)
