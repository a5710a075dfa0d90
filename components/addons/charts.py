"""Add-ons from their published charts, for clusters that reach them: pinned versions, and only what the stack uses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components import naming
from components.addons.envoy_gateway import gateway_class
from components.addons.prometheus import LOOKBACK, PORT, RESOURCES, RETENTION, PrometheusArgs, scrape_config
from components.addons.versions import USED
from components.objects import CONTAINER_SECURITY, POD_SECURITY, RESTRICTED, SDK_VERSION, Manifest, document, metadata

TIMEOUT_S = 600
"""Of one release: nodes may have to be bought first."""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Where a chart is published, and which of its versions is taken."""

    chart: str
    """Its name, or an oci:// address."""
    version: str
    repository: str | None = None


KEDA = Chart(chart="keda", version="2.18.0", repository="https://kedacore.github.io/charts")
ENVOY_GATEWAY = Chart(chart="oci://docker.io/envoyproxy/gateway-helm", version=f"v{USED.envoy_gateway}")
KEDA_VALUES = {
    "rbac": {"enabledCustomScaledRefKinds": False},
    "permissions": {part: {"restrict": {"secret": True}} for part in ("operator", "metricServer")},
}
"""To scale Deployments and StatefulSets alone, and to read secrets in no namespace but its own."""
PROMETHEUS = Chart(
    chart="prometheus", version="29.45.2", repository="https://prometheus-community.github.io/helm-charts"
)


class Release(pulumi.CustomResource):
    """A helm.v3.Release, written as its inputs are; see objects.Manifest for why the SDK's class is not used."""

    def __init__(
        self,
        name: str,
        chart: Chart,
        release: str,
        namespace: pulumi.Input[str],
        values: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None = None,
    ):
        """`release` is its name in the cluster, fixed, so that an interrupted install is found again."""
        inputs = {
            "name": release,
            "chart": chart.chart,
            "version": chart.version,
            "namespace": namespace,
            "values": dict(values),
            "atomic": True,
            "cleanupOnFail": True,
            "timeout": TIMEOUT_S,
            "maxHistory": 3,
            **({"repositoryOpts": {"repo": chart.repository}} if chart.repository else {}),
        }
        ours = pulumi.ResourceOptions(version=SDK_VERSION)
        super().__init__("kubernetes:helm.sh/v3:Release", name, inputs, pulumi.ResourceOptions.merge(ours, opts))


class Published(pulumi.ComponentResource):
    """KEDA, Envoy Gateway and Prometheus, each a release; together they are a platform's scaler, entry and eyes."""

    namespace = naming.ENVOY_GATEWAY_NAMESPACE
    gateway_class = naming.GATEWAY_CLASS
    ready: Sequence[pulumi.Resource]
    """What a Gateway depends on."""
    scaler_ready: Sequence[pulumi.Resource]
    """What a ScaledObject depends on."""

    def __init__(self, name: str, owner: str, opts: pulumi.ResourceOptions | None = None):
        super().__init__("tradewind:addons:Published", name, None, opts)
        mine = pulumi.ResourceOptions(parent=self)
        scaler = self._space(name, naming.KEDA_NAMESPACE, owner)
        self._keda = Release(f"{name}-keda", KEDA, "keda", scaler, KEDA_VALUES, mine)
        gateway = Release(
            f"{name}-envoy-gateway",
            ENVOY_GATEWAY,
            "envoy-gateway",
            self._space(name, self.namespace, owner),
            {},
            mine,
        )
        after = pulumi.ResourceOptions(parent=self, depends_on=[gateway])
        self.ready = [gateway, gateway_class(f"{name}-class", self.gateway_class, owner, after)]
        self.register_outputs({})

    def _space(self, name: str, namespace: str, owner: str) -> pulumi.Output[str]:
        labels = naming.labels(namespace, owner, "addons") | RESTRICTED
        made = Manifest(
            f"{name}-namespace-{namespace}",
            document("v1", "Namespace", metadata(namespace, None, labels)),
            pulumi.ResourceOptions(parent=self),
        )
        return made.id.apply(lambda _: namespace)

    def watch(self, name: str, args: PrometheusArgs) -> str:
        """Prometheus for these services, with the stack's own scrape each second; its address inside the cluster."""
        release = Release(
            f"{name}-release",
            PROMETHEUS,
            naming.PROMETHEUS,
            args.namespace,
            prometheus_values(args),
            pulumi.ResourceOptions(parent=self),
        )
        self.scaler_ready = [self._keda, release]
        return f"http://{naming.host(naming.PROMETHEUS, args.namespace_name)}:{PORT}"


def prometheus_values(args: PrometheusArgs) -> dict[str, Any]:
    """The server alone, configured as the one that we run ourselves elsewhere."""
    config = scrape_config(args)
    return {
        **{part: {"enabled": False} for part in UNUSED_PARTS},
        "server": {
            "fullnameOverride": naming.PROMETHEUS,
            "global": config["global"],
            "retention": RETENTION["time"],
            "retentionSize": RETENTION["size"],
            "extraArgs": {"query.lookback-delta": LOOKBACK},
            "persistentVolume": {"enabled": False},
            "service": {"servicePort": PORT},
            "resources": RESOURCES,
            "containerSecurityContext": CONTAINER_SECURITY,
            "securityContext": POD_SECURITY,
        },
        "configmapReload": {"prometheus": {"enabled": False}},
        "serverFiles": {"prometheus.yml": {"rule_files": [], "scrape_configs": config["scrape_configs"]}},
    }


UNUSED_PARTS = ("alertmanager", "kube-state-metrics", "prometheus-node-exporter", "prometheus-pushgateway")
