"""Prometheus: one scrape a second of the stack's own services and entry, kept for the scaler and for load tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import yaml

from components import naming
from components.cluster import Door
from components.objects import (
    CONTAINER_SECURITY,
    POD_SECURITY,
    Document,
    Manifest,
    account,
    content_hash,
    document,
    metadata,
)

PORT = 9090
SERVICE_PORT = 3000
RETENTION = {"time": "2h", "size": "256MB"}
"""Enough for a load test and its report; the record of a service belongs in a store outside the cluster."""
LOOKBACK = "5s"
"""How long a replica that is gone still counts; by default it is five minutes."""
RESOURCES = {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"cpu": "1", "memory": "384Mi"}}
GO_MEMORY = "192MiB"

BENTO_METRICS = "bentoml_service_request_(in_progress|total|duration_seconds_.*)"
ENVOY_METRICS = (
    "envoy_cluster_(upstream_rq_(active|retry|retry_success|pending_active|xx|timeout)|membership_(healthy|total))"
)


@dataclass(frozen=True, kw_only=True)
class PrometheusArgs:
    owner: str
    namespace: pulumi.Input[str]
    namespace_name: str
    """The same, as it is known at plan time."""
    services: Sequence[str]
    services_namespace: str
    envoys: str
    """Host name that lists the entry's Envoys."""
    envoys_port: int


class Prometheus(pulumi.ComponentResource):
    """A Prometheus of the stack's own: no other scrapes each second, which the reaction time of the scaler rests on."""

    url: pulumi.Output[str]
    """Outside the cluster."""
    address: str
    """Inside it, for the scaler."""
    ready: Sequence[pulumi.Resource]

    def __init__(
        self,
        name: str,
        args: PrometheusArgs,
        image: pulumi.Input[str],
        door: Door,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("tradewind:addons:Prometheus", name, None, opts)
        labels = naming.labels(naming.PROMETHEUS, args.owner, "monitoring")
        meta = metadata(naming.PROMETHEUS, args.namespace, labels)
        config = yaml.safe_dump(scrape_config(args), sort_keys=False)
        mounted = Manifest(
            f"{name}-config",
            document("v1", "ConfigMap", meta, data={"prometheus.yml": config}),
            pulumi.ResourceOptions(parent=self),
        )
        runs_as = account(f"{name}-account", meta, pulumi.ResourceOptions(parent=self))
        server = Manifest(
            f"{name}-server",
            document("apps/v1", "Deployment", meta, spec=_server(image, labels, content_hash(config))),
            pulumi.ResourceOptions(parent=self, depends_on=[mounted, runs_as]),
        )
        service = Manifest(
            f"{name}-service",
            document(
                "v1",
                "Service",
                metadata(naming.PROMETHEUS, args.namespace, labels, door.annotations),
                spec=door.service_spec(naming.selector(naming.PROMETHEUS), {"http": (PORT, PORT)}),
            ),
            pulumi.ResourceOptions(parent=self, depends_on=[server]),
        )
        self.address = f"http://{naming.host(naming.PROMETHEUS, args.namespace_name)}:{PORT}"
        self.url = door.address(service)
        self.ready = [server, service]
        self.register_outputs({"url": self.url, "address": self.address})


def scrape_config(args: PrometheusArgs) -> dict[str, Any]:
    """Targets come from DNS: Debian's Prometheus is built without discovery by the API server."""

    def job(name: str, host: str, port: int, path: str, kept: str) -> dict[str, Any]:
        return {
            "job_name": name,
            "metrics_path": path,
            # The final dot spares the search through the pod's DNS suffixes.
            "dns_sd_configs": [{"names": [f"{host}."], "type": "A", "port": port, "refresh_interval": "1s"}],
            "relabel_configs": [{"target_label": "app", "replacement": name}],
            "metric_relabel_configs": [{"source_labels": ["__name__"], "regex": kept, "action": "keep"}],
        }

    bentos = [
        job(
            each,
            naming.host(naming.pods_service(each), args.services_namespace),
            SERVICE_PORT,
            "/metrics",
            BENTO_METRICS,
        )
        for each in args.services
    ]
    return {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "scrape_configs": [*bentos, job("entry", args.envoys, args.envoys_port, "/stats/prometheus", ENVOY_METRICS)],
    }


def _server(image: pulumi.Input[str], labels: dict[str, str], config_hash: pulumi.Input[str]) -> Document:
    ready = {"httpGet": {"path": "/-/ready", "port": PORT}, "periodSeconds": 1}
    return {
        "replicas": 1,
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": naming.selector(naming.PROMETHEUS)},
        "template": {
            "metadata": {"labels": labels, "annotations": {naming.CONTENT_HASH: config_hash}},
            "spec": {
                "serviceAccountName": naming.PROMETHEUS,
                "automountServiceAccountToken": False,
                "enableServiceLinks": False,
                "securityContext": POD_SECURITY,
                "containers": [
                    {
                        "name": "prometheus",
                        "image": image,
                        "imagePullPolicy": "IfNotPresent",
                        "args": [
                            "--config.file=/etc/prometheus/prometheus.yml",
                            "--storage.tsdb.path=/data",
                            f"--storage.tsdb.retention.time={RETENTION['time']}",
                            f"--storage.tsdb.retention.size={RETENTION['size']}",
                            f"--web.listen-address=:{PORT}",
                            f"--query.lookback-delta={LOOKBACK}",
                        ],
                        "env": [{"name": "GOMEMLIMIT", "value": GO_MEMORY}],
                        "ports": [{"name": "http", "containerPort": PORT}],
                        "securityContext": CONTAINER_SECURITY,
                        "resources": RESOURCES,
                        "startupProbe": {**ready, "failureThreshold": 60},
                        "readinessProbe": ready,
                        "livenessProbe": {
                            "httpGet": {"path": "/-/healthy", "port": PORT},
                            "periodSeconds": 10,
                            "timeoutSeconds": 5,
                        },
                        "volumeMounts": [
                            {"name": "config", "mountPath": "/etc/prometheus", "readOnly": True},
                            {"name": "data", "mountPath": "/data"},
                        ],
                    }
                ],
                "volumes": [
                    {"name": "config", "configMap": {"name": naming.PROMETHEUS}},
                    {"name": "data", "emptyDir": {"sizeLimit": "512Mi"}},
                ],
            },
        },
    }
