"""The replicas of a service: a Deployment whose pods start quickly, leave politely and may do nothing but serve."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components import naming, secrets
from components.card import Card
from components.identity import FILES, Abroad
from components.objects import CONTAINER_SECURITY, POD_SECURITY, Document, content_hash
from components.platforms import Resources

PORT = 3000
READY_PATH = "/readyz"

DRAIN_S = 6
"""A leaving replica serves on for so long: Envoy needs a second or two to hear that it leaves."""
ENDING_S = 15
"""For BentoML to end after that, beyond the longest request."""

STEADY_S = 2
"""A new replica must stay ready so long before an old one leaves."""

TMP_LIMIT = "64Mi"

MAX_BODY_BYTES = 4 << 20
"""Of one request; a service refuses what is larger. Envoy passes bodies on as they come, and so has no limit to set."""

ENVIRONMENT: Mapping[str, str] = {
    # Without it a replica with no way out waits for the network: ready after 23 s instead of 3.
    "BENTOML_DO_NOT_TRACK": "true",
    "BENTOML_HOME": "/tmp/bentoml",  # noqa: S108, the pod's own
    "HOME": "/tmp",  # noqa: S108
    "MAX_BODY_BYTES": str(MAX_BODY_BYTES),
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """What a platform gives each replica."""

    resources: Resources
    node_selector: Mapping[str, str]
    abroad: Abroad
    secrets: Document | None = None
    """As in Identity."""


def deployment_spec(
    card: Card,
    image: pulumi.Input[str],
    service_account: pulumi.Input[str],
    place: Place,
    labels: dict[str, str],
) -> Document:
    """Without `replicas`: that field is the scaler's."""
    return {
        "selector": {"matchLabels": naming.selector(card.name)},
        "minReadySeconds": STEADY_S,
        "progressDeadlineSeconds": 180,
        "revisionHistoryLimit": 3,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
        "template": {
            "metadata": {"labels": labels, **_noted(card)},
            "spec": {
                "serviceAccountName": service_account,
                "automountServiceAccountToken": False,
                "enableServiceLinks": False,
                "securityContext": POD_SECURITY,
                "terminationGracePeriodSeconds": DRAIN_S + card.slo.timeout_s + ENDING_S,
                "topologySpreadConstraints": [spread(card.name)],
                "containers": [_container(card, image, place)],
                "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": TMP_LIMIT}}, *_files(place)],
                **({"nodeSelector": dict(place.node_selector)} if place.node_selector else {}),
            },
        },
    }


def _noted(card: Card) -> Document:
    """Of which secrets the pods have files: a cloud's volume is called the same whatever is in it."""
    return {"annotations": {naming.CONTENT_HASH: content_hash(*sorted(card.secrets))}} if card.secrets else {}


MOUNTED = {"abroad": FILES, "secrets": secrets.FILES}
"""Where the containers find each volume of files."""


def _files(place: Place) -> list[Document]:
    """The volumes that a pod only reads."""
    abroad = {"projected": {"sources": list(place.abroad.files)}} if place.abroad.files else None
    found = {"abroad": abroad, "secrets": place.secrets}
    return [{"name": name, **source} for name, source in found.items() if source]


def spread(name: str) -> Document:
    """Pods of this name over the nodes, as far as there is room."""
    return {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": naming.selector(name)},
    }


def _container(card: Card, image: pulumi.Input[str], place: Place) -> Document:
    ready, resources = {"path": READY_PATH, "port": PORT}, place.resources
    mounts: list[Document] = [{"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108
    mounts += [{"name": each["name"], "mountPath": MOUNTED[each["name"]], "readOnly": True} for each in _files(place)]
    return {
        "name": card.name,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "env": [{"name": key, "value": value} for key, value in {**ENVIRONMENT, **place.abroad.environment}.items()],
        "ports": [{"name": "http", "containerPort": PORT}],
        "securityContext": CONTAINER_SECURITY,
        "resources": {
            "requests": {"cpu": resources.cpu_request, "memory": resources.memory_request},
            "limits": {"cpu": resources.cpu_limit, "memory": resources.memory_limit},
        },
        # Probes share the event loop with requests and the CPU with the model: at the limit an answer takes seconds,
        # and a busy replica must not be called a broken one.
        "startupProbe": {"httpGet": ready, "periodSeconds": 1, "timeoutSeconds": 3, "failureThreshold": 120},
        "readinessProbe": {"httpGet": ready, "periodSeconds": 1, "timeoutSeconds": 3, "failureThreshold": 10},
        "livenessProbe": {
            "httpGet": {"path": "/livez", "port": PORT},
            "periodSeconds": 10,
            "timeoutSeconds": 5,
            "failureThreshold": 6,
        },
        # Needs no shell in the image, unlike an exec hook.
        "lifecycle": {"preStop": {"sleep": {"seconds": DRAIN_S}}},
        "volumeMounts": mounts,
    }


def service_spec(card: Card, port: int) -> Document:
    """The ready replicas under one name."""
    return {
        "selector": naming.selector(card.name),
        "ports": [{"name": "http", "port": port, "targetPort": PORT}],
    }


def pods_service_spec(card: Card) -> Document:
    """Every replica, ready or not: what the scraper lists, since one that is too busy to be ready counts most."""
    return {
        "clusterIP": "None",
        "publishNotReadyAddresses": True,
        "selector": naming.selector(card.name),
        "ports": [{"name": "http", "port": PORT, "targetPort": PORT}],
    }
