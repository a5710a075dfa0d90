"""Valkey in the cluster: one replica in memory, TLS and password from the first connection on."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components import naming
from components.cache import Auth, CacheArgs
from components.cache.access import told
from components.card import Size
from components.objects import (
    CONTAINER_SECURITY,
    POD_SECURITY,
    Document,
    Manifest,
    account,
    content_hash,
    document,
    in_namespace,
    metadata,
)
from provider.resources import Certificate, Password

PORT = 6379
MEMORY_MIB: dict[Size, int] = {"small": 64, "medium": 256, "large": 1024}
"""What the keys may take; the oldest are evicted beyond it."""
OVERHEAD_MIB = 64
"""For Valkey itself and its connections' buffers, on top."""
FOLDER = "/etc/valkey"


@dataclass(frozen=True, kw_only=True)
class LocalCacheArgs(CacheArgs):
    namespace: pulumi.Input[str]
    """Where it runs."""
    namespace_name: str
    """The same, as it is known at plan time."""


class LocalCache(pulumi.ComponentResource):
    """Valkey that forgets on restart: a cache, not a store."""

    url: pulumi.Output[str]
    ca_bundle: pulumi.Output[str]
    auth: Auth = "password"
    secret: pulumi.Output[str]

    def __init__(
        self, name: str, args: LocalCacheArgs, image: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None
    ):
        super().__init__("tradewind:cache:LocalCache", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        labels = naming.labels(naming.CACHE, args.owner, "cache")
        host = naming.host(naming.CACHE, args.namespace_name)

        password = Password(f"{name}-password", opts=child)
        authority = Certificate(f"{name}-ca", "Tradewind cache authority", is_ca=True, opts=child)
        certificate = Certificate(
            f"{name}-certificate",
            common_name="cache",
            dns_names=[host, "localhost"],
            ca_key=authority.private_key,
            ca_cert=authority.cert,
            opts=child,
        )
        config = {
            "valkey.conf": pulumi.Output.format(
                CONFIG, port=PORT, folder=FOLDER, memory=MEMORY_MIB[args.size], password=password.result
            ),
            "tls.crt": certificate.cert,
            "tls.key": certificate.private_key,
            "ca.crt": authority.cert,
        }
        meta = metadata(naming.CACHE, args.namespace, labels)
        mounted = Manifest(
            f"{name}-config",
            document("v1", "Secret", metadata("cache-config", args.namespace, labels), stringData=config),
            child,
        )
        front = {"selector": naming.selector(naming.CACHE), "ports": [{"name": "rediss", "port": PORT}]}
        valkey = _workload(args.size, image, labels, content_hash(*config.values()))
        runs_as = account(f"{name}-account", meta, child)
        workload = Manifest(
            f"{name}-valkey",
            document("apps/v1", "StatefulSet", meta, spec=valkey),
            pulumi.ResourceOptions(parent=self, depends_on=[mounted, runs_as]),
        )
        service = Manifest(
            f"{name}-service",
            document("v1", "Service", meta, spec=front),
            pulumi.ResourceOptions(parent=self, depends_on=[workload]),
        )
        wall = _network_policy(list(args.readers))
        Manifest(f"{name}-policy", document("networking.k8s.io/v1", "NetworkPolicy", meta, spec=wall), child)
        url = f"rediss://{host}:{PORT}"
        # An output means usable: no reader learns the address before a Valkey answers there.
        self.url = service.id.apply(lambda _: url)
        self.ca_bundle = authority.cert
        access = {"url": url, "ca.crt": authority.cert, "password": password.result}
        self.secret = told(name, args.readers, args.owner, access, child)
        self.register_outputs({"url": self.url, "caBundle": self.ca_bundle, "secret": self.secret})


CONFIG = """\
port 0
tls-port {port}
tls-cert-file {folder}/tls.crt
tls-key-file {folder}/tls.key
tls-ca-cert-file {folder}/ca.crt
tls-auth-clients no
requirepass {password}
protected-mode no
maxmemory {memory}mb
maxmemory-policy allkeys-lru
save ""
appendonly no
dir /data
"""


def _network_policy(readers: Sequence[str]) -> Document:
    """The readers' pods come in, nothing goes out."""
    peers = [in_namespace(reader) for reader in readers]
    ingress = [{"from": peers, "ports": [{"port": PORT, "protocol": "TCP"}]}]
    return {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": ingress}


def _workload(
    size: Size, image: pulumi.Input[str], labels: dict[str, str], config_hash: pulumi.Output[str]
) -> Document:
    probe = {"tcpSocket": {"port": PORT}, "periodSeconds": 2, "timeoutSeconds": 2, "failureThreshold": 5}
    whole = MEMORY_MIB[size] + OVERHEAD_MIB
    return {
        "serviceName": naming.CACHE,
        "replicas": 1,
        "selector": {"matchLabels": naming.selector(naming.CACHE)},
        "template": {
            "metadata": {"labels": labels, "annotations": {naming.CONTENT_HASH: config_hash}},
            "spec": {
                "serviceAccountName": naming.CACHE,
                "automountServiceAccountToken": False,
                "enableServiceLinks": False,
                "securityContext": POD_SECURITY,
                "terminationGracePeriodSeconds": 5,
                "containers": [
                    {
                        "name": "valkey",
                        "image": image,
                        "imagePullPolicy": "IfNotPresent",
                        "args": [f"{FOLDER}/valkey.conf"],
                        "ports": [{"name": "rediss", "containerPort": PORT}],
                        "securityContext": CONTAINER_SECURITY,
                        "resources": {
                            "requests": {"cpu": "20m", "memory": f"{OVERHEAD_MIB}Mi"},
                            "limits": {"cpu": "500m", "memory": f"{whole}Mi"},
                        },
                        "startupProbe": {**probe, "periodSeconds": 1, "failureThreshold": 60},
                        "readinessProbe": probe,
                        "livenessProbe": {**probe, "periodSeconds": 10},
                        "volumeMounts": [
                            {"name": "config", "mountPath": FOLDER, "readOnly": True},
                            {"name": "data", "mountPath": "/data"},
                        ],
                    }
                ],
                "volumes": [
                    {"name": "config", "secret": {"secretName": "cache-config", "defaultMode": 0o440}},
                    {"name": "data", "emptyDir": {"sizeLimit": "64Mi"}},
                ],
            },
        },
    }
