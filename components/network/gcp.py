"""A VPC of its own: nodes and pods in one private subnet, a NAT to leave by, Google's services reached without it."""

import ipaddress

import pulumi
import pulumi_gcp as gcp

from components import naming
from components.network import NetworkArgs, quarters

SERVICE_CIDR = "172.20.0.0/20"
"""Of the cluster's Services, seen inside it alone; no network of the stack may overlap it."""

PODS, SERVICES = "pods", "services"
"""Names of the subnet's secondary ranges."""

WEBHOOKS = ("443", "6443", "8443", "9443", "10250")
"""Where the control plane calls into the cluster: kubelets, and the add-ons' webhooks and metrics adapters.

https://cloud.google.com/kubernetes-engine/docs/how-to/private-clusters#add_firewall_rules
"""

CLOSED_PRIORITY = 65534
"""Before the rule that every network ends with, which logs nothing; after all that opens something."""


class GcpNetwork(pulumi.ComponentResource):
    """One network in one region, whose subnet spans its zones; nothing in it has a public address.

    The NAT stands outside any zone, so `way_out_per_zone` changes nothing here.
    """

    id: pulumi.Output[str]
    subnet: pulumi.Output[str]
    """Nodes, pods and internal load balancers."""
    endpoints: pulumi.Output[str]
    """A small subnet for the addresses of what Google runs: the control plane, caches."""
    cache_ready: pulumi.Output[str]
    """`id`, known once caches may place their addresses in `endpoints`."""

    def __init__(
        self,
        name: str,
        args: NetworkArgs,
        project: str,
        region: str,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("tradewind:network:GcpNetwork", name, None, opts)
        self._name, self._owner, self._project, self._region = name, args.owner, project, region
        self._mine = pulumi.ResourceOptions(parent=self)
        nodes, pods, last = ranges(args.cidr)
        vpc = gcp.compute.Network(
            f"{name}-vpc",
            name=self._called(),
            project=project,
            auto_create_subnetworks=False,
            routing_mode="REGIONAL",
            opts=self._mine,
        )
        self._vpc = vpc.id
        subnet = self._subnet("nodes", nodes, {PODS: str(pods), SERVICES: SERVICE_CIDR})
        endpoints = self._subnet("endpoints", last, {})
        self.subnet, self.endpoints = subnet.id, endpoints.id
        self._close(str(last))
        out = self._way_out(subnet)
        policy = gcp.networkconnectivity.ServiceConnectionPolicy(
            f"{name}-cache-policy",
            name=self._called("cache"),
            project=project,
            location=region,
            network=vpc.id,
            service_class="gcp-memorystore",
            psc_config={"subnetworks": [endpoints.id]},
            labels=naming.tags(args.owner),
            opts=self._mine,
        )
        self.id = pulumi.Output.all(vpc.id, out.id).apply(lambda ids: ids[0])
        self.cache_ready = pulumi.Output.all(self.id, policy.id).apply(lambda ids: ids[0])
        self.register_outputs({"id": self.id})

    def _called(self, *what: str) -> str:
        return naming.fitted("tradewind", self._owner, *what, limit=naming.GCP_NAME_LIMIT)

    def _subnet(self, kind: str, cidr: object, secondary: dict[str, str]) -> gcp.compute.Subnetwork:
        return gcp.compute.Subnetwork(
            f"{self._name}-{kind}",
            name=self._called(kind),
            project=self._project,
            region=self._region,
            network=self._vpc,
            ip_cidr_range=str(cidr),
            secondary_ip_ranges=[{"range_name": key, "ip_cidr_range": value} for key, value in secondary.items()],
            private_ip_google_access=True,
            # Every flow, a minute's packets in one line.
            log_config={
                "aggregation_interval": "INTERVAL_1_MIN",
                "flow_sampling": 1.0,
                "metadata": "INCLUDE_ALL_METADATA",
            },
            opts=self._mine,
        )

    def _way_out(self, subnet: gcp.compute.Subnetwork) -> gcp.compute.RouterNat:
        """For nodes and pods alone; what the endpoints' subnet holds answers and never calls."""
        router = gcp.compute.Router(
            f"{self._name}-router",
            name=self._called(),
            project=self._project,
            region=self._region,
            network=self._vpc,
            opts=self._mine,
        )
        return gcp.compute.RouterNat(
            f"{self._name}-nat",
            name=self._called(),
            project=self._project,
            region=self._region,
            router=router.name,
            nat_ip_allocate_option="AUTO_ONLY",
            source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
            subnetworks=[{"name": subnet.id, "source_ip_ranges_to_nats": ["ALL_IP_RANGES"]}],
            # Many pods share a node's ports; those that need more get more.
            enable_dynamic_port_allocation=True,
            enable_endpoint_independent_mapping=False,
            log_config={"enable": True, "filter": "ALL"},
            opts=self._mine,
        )

    def _close(self, control_plane: str) -> None:
        """Nothing in but what GKE opens for its own nodes and load balancers, and the control plane's calls."""
        gcp.compute.Firewall(
            f"{self._name}-closed",
            name=self._called("closed"),
            description="Nothing in that no other rule allows; what is refused is logged",
            project=self._project,
            network=self._vpc,
            direction="INGRESS",
            priority=CLOSED_PRIORITY,
            source_ranges=["0.0.0.0/0"],
            denies=[{"protocol": "all"}],
            log_config={"metadata": "INCLUDE_ALL_METADATA"},
            opts=self._mine,
        )
        gcp.compute.Firewall(
            f"{self._name}-control-plane",
            name=self._called("control-plane"),
            description="The control plane to kubelets, webhooks and metrics adapters",
            project=self._project,
            network=self._vpc,
            direction="INGRESS",
            source_ranges=[control_plane],
            allows=[{"protocol": "tcp", "ports": list(WEBHOOKS)}],
            log_config={"metadata": "INCLUDE_ALL_METADATA"},
            opts=self._mine,
        )


def ranges(cidr: str) -> tuple[ipaddress.IPv4Network, ipaddress.IPv4Network, ipaddress.IPv4Network]:
    """Of nodes, a quarter; of pods, a half; of endpoints, a sixteenth of the quarter between them.

    Autopilot gives each node 64 addresses of the pods': a /16 carries 512 nodes, a /20 carries 32.
    https://cloud.google.com/kubernetes-engine/docs/concepts/alias-ips#cluster_sizing
    """
    nodes, between, pods, _ = quarters(cidr)
    [endpoints, *_] = between.subnets(prefixlen_diff=4)
    return nodes, pods.supernet(), endpoints
