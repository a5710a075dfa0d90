"""The entry: one Gateway for all services of a stack, one Envoy behind it, one address in front."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components import naming
from components.addons import GatewayController, redirect
from components.cluster import Door
from components.objects import CONTAINER_SECURITY, POD_SECURITY, Document, Manifest, document, metadata
from components.service.routing import ACCEPTED

PORT = 8080
"""Of the listener, and so of Envoy's container: above 1023, where Envoy Gateway shifts no numbers."""
METRICS_PORT = 19001

DRAIN_S, DRAIN_AT_LEAST_S = 10, 2
"""How long a stopping Envoy may take to finish its requests. The default, 60 s, sets a grace period of 360 s."""

MEMORY = "256Mi"
"""Of one Envoy: it measured 72 MiB under the load test; Envoy Gateway makes it shed load before this limit."""
HELPER_MEMORY = "96Mi"


@dataclass(frozen=True, kw_only=True)
class EntryArgs:
    owner: str
    namespace: pulumi.Input[str]
    """Of the services: routes attach from here, and from nowhere else."""
    namespace_name: str
    """The same, as it is known at plan time."""
    door: Door


class Entry(pulumi.ComponentResource):
    """A Gateway with one HTTP listener, to which each service adds its route; one more where the door is public."""

    url: pulumi.Output[str]
    """`http://host:port`, or `https://host`; answers from the moment it is known."""
    gateway: pulumi.Output[str]
    """Name of the Gateway, in the services' namespace."""
    pods: str
    """Host name that lists every Envoy, for the scraper."""

    def __init__(
        self,
        name: str,
        args: EntryArgs,
        controller: GatewayController,
        image: pulumi.Input[str] | None,
        opts: pulumi.ResourceOptions | None = None,
    ):
        """`image` is Envoy's; None takes the one that the controller was released with."""
        super().__init__("tradewind:addons:Entry", name, None, opts)
        labels = naming.labels(naming.GATEWAY, args.owner, "entry")
        meta = metadata(naming.GATEWAY, args.namespace, labels)
        proxy = Manifest(
            f"{name}-proxy",
            document("gateway.envoyproxy.io/v1alpha1", "EnvoyProxy", meta, spec=_proxy(image)),
            pulumi.ResourceOptions(parent=self, depends_on=controller.ready),
        )
        more = [redirect.listener(controller.namespace)] if args.door.https_host else []
        gateway = Manifest(
            f"{name}-gateway",
            document(
                "gateway.networking.k8s.io/v1",
                "Gateway",
                metadata(naming.GATEWAY, args.namespace, labels, {"pulumi.com/waitFor": "condition=Programmed"}),
                spec=_gateway(controller.gateway_class, more),
            ),
            pulumi.ResourceOptions(parent=self, depends_on=[proxy]),
        )
        envoys = {
            "gateway.envoyproxy.io/owning-gateway-name": naming.GATEWAY,
            "gateway.envoyproxy.io/owning-gateway-namespace": args.namespace,
        }
        # Beside the Envoys, which stand in the controller's namespace; so the name says whose entry it is.
        front = naming.fitted(naming.GATEWAY, args.namespace_name, limit=naming.LABEL_LIMIT - len("-pods"))
        called, ports = front, {"http": (80, PORT)}
        marked = Manifest(
            f"{name}-callers",
            document(
                "gateway.envoyproxy.io/v1alpha1",
                "ClientTrafficPolicy",
                metadata(naming.GATEWAY, args.namespace, labels),
                spec=_callers(),
            ),
            pulumi.ResourceOptions(parent=self, depends_on=[gateway]),
        )
        ready: list[pulumi.Resource] = [gateway, marked]
        if host := args.door.https_host:
            # Not the internal one's, whose balancer would be its address for a while when the stack goes public.
            called = naming.fitted(naming.GATEWAY, args.namespace_name, "public")
            ports = {"https": (443, PORT), "http": (80, redirect.PORT)}
            away = redirect.route_spec(host, naming.GATEWAY, args.namespace, redirect.LISTENER)
            route = Manifest(
                f"{name}-redirect",
                document(
                    "gateway.networking.k8s.io/v1",
                    "HTTPRoute",
                    metadata(front, controller.namespace, labels, ACCEPTED),
                    spec=away,
                ),
                pulumi.ResourceOptions(parent=self, depends_on=[gateway]),
            )
            ready.append(route)
        service = Manifest(
            f"{name}-service",
            document(
                "v1",
                "Service",
                metadata(called, controller.namespace, labels, args.door.annotations),
                spec=args.door.service_spec(envoys, ports),
            ),
            pulumi.ResourceOptions(parent=self, depends_on=ready),
        )
        pods = naming.pods_service(front)
        Manifest(
            f"{name}-pods",
            document(
                "v1",
                "Service",
                metadata(pods, controller.namespace, labels, {"pulumi.com/skipAwait": "true"}),
                spec={
                    "clusterIP": "None",
                    "publishNotReadyAddresses": True,
                    "selector": envoys,
                    "ports": [{"name": "metrics", "port": METRICS_PORT}],
                },
            ),
            pulumi.ResourceOptions(parent=self, depends_on=controller.ready),
        )
        self.pods = naming.host(pods, controller.namespace)
        self.url = args.door.address(service)
        self.gateway = gateway.id.apply(lambda _: naming.GATEWAY)
        self.register_outputs({"url": self.url})


def _gateway(gateway_class: str, more: Sequence[Document] = ()) -> Document:
    listener = {"name": "http", "protocol": "HTTP", "port": PORT, "allowedRoutes": {"namespaces": {"from": "Same"}}}
    parameters = {"group": "gateway.envoyproxy.io", "kind": "EnvoyProxy", "name": naming.GATEWAY}
    return {
        "gatewayClassName": gateway_class,
        "infrastructure": {"parametersRef": parameters},
        "listeners": [listener, *more],
    }


def _callers() -> Document:
    # By these Envoy tells its own refusal, x-envoy-overloaded, from a service's 503: components/service/routing.py.
    return {
        "targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": naming.GATEWAY}],
        "headers": {"enableEnvoyHeaders": True},
    }


def _proxy(image: pulumi.Input[str] | None) -> Document:
    quick = {"periodSeconds": 1, "failureThreshold": 60}
    # Both containers write files: Envoy a socket, its shutdown manager the mark that connections are drained.
    tmp = {"volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}]}  # noqa: S108
    envoy = {"name": "envoy", "startupProbe": quick, "readinessProbe": {"periodSeconds": 2, "failureThreshold": 3}}
    helper = {
        "name": "shutdown-manager",
        "startupProbe": quick,
        "env": [{"name": "GOMEMLIMIT", "value": "48MiB"}],
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"cpu": "200m", "memory": HELPER_MEMORY}},
    }
    pod = {
        "containers": [{**envoy, **tmp}, {**helper, **tmp}],
        "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "16Mi"}}],
    }
    security = {**{key: value for key, value in POD_SECURITY.items() if key != "fsGroup"}, **CONTAINER_SECURITY}
    deployment = {
        "replicas": 1,
        "container": {
            **({} if image is None else {"image": image}),
            "securityContext": security,
            "resources": {"requests": {"cpu": "100m", "memory": "96Mi"}, "limits": {"cpu": "1", "memory": MEMORY}},
        },
        # What EnvoyProxy has no field for.
        "patch": {"type": "StrategicMerge", "value": {"spec": {"template": {"spec": pod}}}},
    }
    return {
        # One worker thread: it carries thousands of small requests a second, and each thread costs memory.
        "concurrency": 1,
        "shutdown": {"drainTimeout": f"{DRAIN_S}s", "minDrainDuration": f"{DRAIN_AT_LEAST_S}s"},
        "provider": {
            "type": "Kubernetes",
            "kubernetes": {
                "envoyDeployment": deployment,
                # Our own Service in front of the Envoys has the port that callers know.
                "envoyService": {"type": "ClusterIP"},
            },
        },
    }
