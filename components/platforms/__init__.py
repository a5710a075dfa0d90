"""What a platform is to the services: capabilities behind Protocols, and a table of what it cannot do."""

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

import pulumi

from components.card import Size
from components.identity import Identity, IdentityArgs
from components.objects import Document
from components.platforms.settings import StackSettings
from components.validation import InvalidInput
from provider.resources import Image


class Feature(Enum):
    """What some platforms cannot do; the value says it in words."""

    NODE_AUTOSCALING = "nodes come and go with the load"
    CLOUD_IDENTITY = "pods reach the cloud's own services by their service account"
    CROSS_CLOUD_IDENTITY = "pods reach another cloud without keys"
    DURABLE_CACHE = "the cache outlives its machine"
    LAYERS = "one stack makes the platform, another the services on it"


@dataclass(frozen=True, kw_only=True)
class Resources:
    """What one replica gets, as Kubernetes quantities."""

    cpu_request: str
    cpu_limit: str
    memory_request: str
    memory_limit: str


class Platform(Protocol):
    """One cluster with all that a model service stands on."""

    kind: str
    lacks: Mapping[Feature, str]
    """Features that it has not, with the reason."""
    sizes: Mapping[Size, Resources]
    node_selector: Mapping[str, str]
    """Labels of the nodes that carry services: the architecture that images are built for. Empty: any node."""
    owner: str
    """The stack, as in naming.OWNER."""
    scope: pulumi.ResourceOptions
    """Options of every component that puts objects into the cluster."""
    namespace: str
    """Of the services, as it is known at plan time."""
    services_namespace: pulumi.Output[str]
    """The same, known once it exists."""
    verifies: bool
    """Whether images are signed by the stack's key, and pods of services admitted by that alone."""
    callers: Sequence[str]
    """Namespaces that may connect to services: the entry's and the scraper's."""
    ways_out: Sequence[Document]
    """Egress rules of a NetworkPolicy that services need to be what their identity lets them; DNS is open anyway."""
    entry: pulumi.Output[str]
    """URL before `/<service>`."""
    gateway: pulumi.Output[str]
    """Name of the Gateway that routes attach to, in the services' namespace."""
    entry_ready: Sequence[pulumi.Resource]
    """What routes and traffic policies depend on."""
    prometheus: str
    """Its address inside the cluster."""
    scaler_ready: Sequence[pulumi.Resource]
    """What a ScaledObject depends on."""
    processor: str | None
    """Of its nodes, as components/processor.py calls it; None where that is not known before."""
    scaler_sync_s: float
    """Seconds between two looks of the autoscaler."""
    outputs: Mapping[str, Any]
    """The stack's output `platform`: components/outputs.schema.json."""
    handover: Mapping[str, Any]
    """The output `handover` of a stack of `layer: platform`, as in handover.py; empty where none can be given."""

    def image(self, name: str, source: str) -> Image:
        """One whose `ref` pods can pull, built where it is missing; see Registry.image."""
        ...

    def identity(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions) -> Identity: ...


def open_platform(settings: StackSettings, services: Sequence[str], secrets: bool = False) -> Platform:
    """The platform of this stack with its add-ons, made or taken from another stack, ready for the named services.

    `secrets`: whether one of these has any.
    """
    return importlib.import_module(f"components.platforms.{settings.kind}").open_platform(settings, services, secrets)


def require(kind: str, lacks: Mapping[Feature, str], features: Iterable[Feature], asked_by: str) -> None:
    """InvalidInput with a line for each feature that the platform lacks."""
    missing = [feature for feature in features if feature in lacks]
    if missing:
        lines = [
            f"{asked_by} needs that {feature.value}; {kind} has it not: {lacks[feature]}. "
            "To fix: choose another platform, or do without."
            for feature in missing
        ]
        raise InvalidInput("\n".join(lines))
