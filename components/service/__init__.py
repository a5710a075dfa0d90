"""A model service: from its card to replicas behind the entry, alike on every platform."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pulumi
from pydantic import BaseModel

from components import naming
from components.admission import VerifiedImages, VerifiedImagesArgs
from components.capacity import Capacity, Measurements, doubt
from components.card import Card
from components.identity import IdentityArgs
from components.objects import Document, Manifest, document, metadata
from components.planning import require_reaction, require_wake
from components.platforms import Platform
from components.service import access, routing, scaling, workload
from components.service.waiting_room import WaitingRoom, WaitingRoomArgs
from provider.resources import Image


@dataclass(frozen=True, kw_only=True)
class ModelServiceArgs:
    card: Card
    measurements: Measurements
    """Of a replica: those of the platform's own machines are taken, under its own limits."""


class ModelService(pulumi.ComponentResource):
    """One Bento, served: image, workload, scaler, identity, route and policies."""

    url: pulumi.Output[str]
    """`<entry>/<name>`; known once replicas are ready and the entry has the route."""
    namespace: str
    image: pulumi.Output[str]
    """By digest."""
    summary: Mapping[str, Any]
    """What the stack gives out for this service: components/outputs.schema.json."""

    def __init__(
        self,
        name: str,
        args: ModelServiceArgs,
        platform: Platform,
        holds: Image | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ):
        """`holds` is the program of waiting rooms, for a card whose scale.min is 0."""
        super().__init__(
            "tradewind:service:ModelService", name, None, pulumi.ResourceOptions.merge(platform.scope, opts)
        )
        card, self._name, self._platform = args.card, name, platform
        size, selector = platform.sizes[card.size], platform.node_selector
        capacity = args.measurements.on(platform.processor, card).under(size.cpu_limit)
        if told := doubt(capacity, platform.processor):
            pulumi.log.info(told, self)
        require_reaction(card, capacity, platform.scaler_sync_s)
        require_wake(card, capacity)
        self._labels = naming.labels(card.name, platform.owner, "service")
        self.namespace = platform.namespace
        image = platform.image(card.name, f"bento:bentos/{card.name}")
        self.image = image.ref

        who = IdentityArgs(
            service=card.name,
            namespace=platform.services_namespace,
            owner=platform.owner,
            secrets=card.secrets,
        )
        identity = platform.identity(f"{name}-identity", who, pulumi.ResourceOptions(parent=self))
        place = workload.Place(resources=size, node_selector=selector, abroad=identity.abroad, secrets=identity.secrets)
        pods = workload.deployment_spec(card, self.image, identity.service_account, place, self._labels)
        rules = access.network_policy_spec(card, platform.callers, platform.ways_out)
        before: list[pulumi.Resource] = [self._object("policy", "networking.k8s.io/v1", "NetworkPolicy", rules)]
        if platform.verifies:
            lists = [image.verified, *([holds.verified] if holds else [])]
            before.append(self._admitted(pulumi.Output.all(*lists).apply(lambda found: list(chain(*found)))))
        replicas = self._object(
            "replicas", "apps/v1", "Deployment", pods, {**declared(card, capacity), naming.IMAGE: self.image}, before
        )
        self._object("budget", "policy/v1", "PodDisruptionBudget", access.disruption_budget_spec(card))
        # At zero no pod is behind it, and an update would wait for one.
        unawaited = None if card.scale.min else {"pulumi.com/skipAwait": "true"}
        service = self._object(
            "service", "v1", "Service", workload.service_spec(card, routing.PORT), unawaited, [replicas]
        )
        self._object(
            "pods",
            "v1",
            "Service",
            workload.pods_service_spec(card),
            {"pulumi.com/skipAwait": "true"},
            object_name=naming.pods_service(card.name),
        )
        self._object(
            "scaler",
            "keda.sh/v1alpha1",
            "ScaledObject",
            scaling.scaled_object_spec(card, capacity, platform.prometheus),
            {
                "pulumi.com/waitFor": "condition=Ready",
                naming.SCALER_SYNC: f"{platform.scaler_sync_s:g}",
                **({} if card.scale.min else {naming.HELD_BY: naming.waiting_room(card.name)}),
            },
            [replicas, *platform.scaler_ready, *self._waiting_rooms(card, capacity, service, holds)],
        )
        # The policy before its route, which would balance and refuse by Envoy's defaults for a moment.
        traffic = self._object(
            "traffic",
            "gateway.envoyproxy.io/v1alpha1",
            "BackendTrafficPolicy",
            routing.traffic_policy_spec(card, capacity),
            after=[service, *platform.entry_ready],
        )
        refusal = self._object(
            "refusal",
            "gateway.envoyproxy.io/v1alpha1",
            "EnvoyExtensionPolicy",
            routing.refusal_spec(card, capacity),
            after=platform.entry_ready,
        )
        route = self._object(
            "route",
            "gateway.networking.k8s.io/v1",
            "HTTPRoute",
            routing.route_spec(card, platform.gateway),
            routing.ACCEPTED,
            [traffic, refusal],
        )
        self.url = pulumi.Output.all(platform.entry, route.id).apply(lambda both: routing.url(both[0], card))
        self.summary = {
            "url": self.url,
            "namespace": self.namespace,
            "image": self.image,
            "replicas": {"min": card.scale.least, "max": card.scale.max},
        }
        self.register_outputs({"url": self.url, "image": self.image})

    def _waiting_rooms(
        self, card: Card, capacity: Capacity, service: Manifest, holds: Image | None
    ) -> Sequence[WaitingRoom]:
        """One where there may be no replica; before the scaler, which takes the last one away."""
        if card.scale.min:
            return ()
        assert holds is not None
        platform = self._platform
        args = WaitingRoomArgs(
            card=card,
            capacity=capacity,
            owner=platform.owner,
            namespace=platform.services_namespace,
            image=holds.ref,
            service=service.spec.apply(lambda spec: spec["clusterIP"]),
            callers=platform.callers,
            node_selector=platform.node_selector,
        )
        return [WaitingRoom(f"{self._name}-waiting-room", args, pulumi.ResourceOptions(parent=self))]

    def _admitted(self, images: pulumi.Output[Sequence[str]]) -> VerifiedImages:
        platform = self._platform
        listed = VerifiedImagesArgs(
            owner=platform.owner,
            service=self._labels["app.kubernetes.io/name"],
            namespace=platform.namespace,
            services_namespace=platform.services_namespace,
            images=images,
        )
        return VerifiedImages(f"{self._name}-images", listed, pulumi.ResourceOptions(parent=self))

    def _object(
        self,
        part: str,
        api_version: str,
        kind: str,
        spec: Document,
        annotations: Mapping[str, pulumi.Input[str]] | None = None,
        after: Sequence[pulumi.Resource] = (),
        object_name: str | None = None,
    ) -> Manifest:
        """One object in the services' namespace, called like the service where nothing else is said."""
        space = self._platform.services_namespace
        meta = metadata(object_name or self._labels["app.kubernetes.io/name"], space, self._labels, annotations)
        opts = pulumi.ResourceOptions(parent=self, depends_on=list(after))
        return Manifest(f"{self._name}-{part}", document(api_version, kind, meta, spec=spec), opts)


def declared(card: Card, capacity: Capacity) -> dict[str, str]:
    """Annotations that say what was promised, on the object itself: policies compare it with what runs."""
    parts = {naming.CARD_LOAD: card.load, naming.CARD_SLO: card.slo, naming.CARD_SCALE: card.scale}
    return {key: _json(part) for key, part in parts.items()} | {naming.CAPACITY: _json(capacity)}


def _json(part: BaseModel) -> str:
    return json.dumps(part.model_dump(mode="json", exclude_defaults=True), sort_keys=True)
