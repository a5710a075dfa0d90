"""GKE Autopilot: Google runs control plane and nodes, all of them private; secrets and disks under the stack's key."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_gcp as gcp

from components import naming
from components.cluster import Door, cloud
from components.identity.peers import gke_issuer
from components.network.gcp import PODS, SERVICES, GcpNetwork
from components.secrets.gcp import GcpKey

VERSION = "1.34"
"""Of a Kubernetes that Envoy Gateway supports: components/addons/versions.py."""

LOGS = ("SYSTEM_COMPONENTS", "WORKLOADS", "APISERVER", "CONTROLLER_MANAGER", "SCHEDULER")
METRICS = ("SYSTEM_COMPONENTS", "APISERVER", "CONTROLLER_MANAGER", "SCHEDULER")

NODE_ROLE = "roles/container.defaultNodeServiceAccount"
"""Logs and metrics, and no image: https://cloud.google.com/kubernetes-engine/docs/how-to/service-accounts#default-gke-service-agent"""

UPKEEP = {
    # Two nights a week: GKE asks for 48 hours in any 32 days.
    # https://cloud.google.com/kubernetes-engine/docs/concepts/maintenance-windows-and-exclusions
    "recurring_window": {
        "start_time": "2026-01-03T01:00:00Z",
        "end_time": "2026-01-03T07:00:00Z",
        "recurrence": "FREQ=WEEKLY;BYDAY=SA,SU",
    },
    # Patches come by themselves; the next minor version comes with VERSION, when the add-ons support it.
    "maintenance_exclusions": [
        {
            "exclusion_name": "minor-versions",
            "start_time": "2026-01-01T00:00:00Z",
            "exclusion_options": {"scope": "NO_MINOR_UPGRADES", "end_time_behavior": "UNTIL_END_OF_SUPPORT"},
        }
    ],
}

TOKEN = ("gke-gcloud-auth-plugin", "--use_application_default_credentials")
"""The credentials that the provider of Google Cloud uses too, whatever gcloud is logged in as."""

ENTRY_ANNOTATIONS = {"networking.gke.io/load-balancer-type": "Internal"}
"""https://cloud.google.com/kubernetes-engine/docs/how-to/internal-load-balancing"""


@dataclass(frozen=True, kw_only=True)
class GcpClusterArgs:
    owner: str
    """The stack, as in naming.OWNER."""
    project: str
    region: str
    network_cidr: str
    """Who may reach the API endpoint inside the network."""
    admin_cidrs: Sequence[str] = ()
    """Who may reach it from outside; none: it is private."""
    protect: bool = False
    gateways: bool = False
    """GKE's own controller of Gateways, by which Google's proxies stand before a Service."""
    secrets: bool = False
    """GKE's add-on that mounts what Secret Manager keeps."""


class GcpCluster(pulumi.ComponentResource):
    """Control plane in three zones, nodes as pods need them; Autopilot's Dataplane V2 enforces network policies."""

    kubeconfig: pulumi.Output[str]
    """Its text; secret. It asks gke-gcloud-auth-plugin for each session and holds no credential."""
    context: pulumi.Output[str]
    shared_with: str | None = None
    nodes: pulumi.Output[str]
    """IAM member that nodes pull images as."""
    workload_pool: pulumi.Output[str]
    """What IAM calls the cluster's service accounts after; known once there is one."""
    issuer: str
    """https:// address of whoever signs the tokens of its service accounts."""

    def __init__(
        self,
        name: str,
        args: GcpClusterArgs,
        network: GcpNetwork,
        key: GcpKey,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("tradewind:cluster:GcpCluster", name, None, opts)
        self._name, self._args, self._mine = name, args, pulumi.ResourceOptions(parent=self)
        cluster_name = naming.fitted("tradewind", args.owner, limit=naming.GCP_CLUSTER_LIMIT)
        self.issuer = gke_issuer(args.project, args.region, cluster_name)
        account, may_run = self._node_account()
        self.nodes = account.member
        gke = gcp.container.Cluster(
            f"{name}-gke",
            name=cluster_name,
            project=args.project,
            location=args.region,
            enable_autopilot=True,
            deletion_protection=args.protect,
            min_master_version=VERSION,
            release_channel={"channel": "REGULAR"},
            maintenance_policy=UPKEEP,  # pyright: ignore[reportArgumentType]
            network=network.id,
            subnetwork=network.subnet,
            ip_allocation_policy={"cluster_secondary_range_name": PODS, "services_secondary_range_name": SERVICES},
            # What Autopilot has anyway, written down: it is what enforces network policies.
            datapath_provider="ADVANCED_DATAPATH",
            private_cluster_config={
                "enable_private_nodes": True,
                "enable_private_endpoint": not args.admin_cidrs,
                "private_endpoint_subnetwork": network.endpoints,
            },
            master_authorized_networks_config=admitted(args.network_cidr, args.admin_cidrs),
            database_encryption={"state": "ENCRYPTED", "key_name": key.id},
            cluster_autoscaling={
                "auto_provisioning_defaults": {
                    "service_account": account.email,
                    # Its roles say what it may do; narrower scopes would be a second, hidden list.
                    "oauth_scopes": ["https://www.googleapis.com/auth/cloud-platform"],
                    "boot_disk_kms_key": key.id,
                }
            },
            node_pool_auto_config={"node_kubelet_config": {"insecure_kubelet_readonly_port_enabled": "FALSE"}},
            # Else Envoy Gateway brings the CRDs, in the version that it was tested with.
            gateway_api_config={"channel": "CHANNEL_STANDARD" if args.gateways else "CHANNEL_DISABLED"},
            secret_manager_config={"enabled": True} if args.secrets else None,
            security_posture_config={"mode": "BASIC"},
            binary_authorization={"evaluation_mode": "PROJECT_SINGLETON_POLICY_ENFORCE"},
            logging_config={"enable_components": list(LOGS)},
            monitoring_config={"enable_components": list(METRICS), "managed_prometheus": {"enabled": True}},
            resource_labels=naming.tags(args.owner),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[may_run], protect=args.protect),
        )
        # Each Autopilot cluster is in the project's one pool; there is none before the project's first cluster.
        self.workload_pool = gke.id.apply(lambda _: f"{args.project}.svc.id.goog")
        authority = gke.master_auth.cluster_ca_certificate
        entry = f"gke_{args.project}_{args.region}_{cluster_name}"
        facts = pulumi.Output.all(gke.name, entry, pulumi.Output.concat("https://", gke.endpoint), authority)
        self.kubeconfig = pulumi.Output.secret(facts.apply(lambda known: cloud.kubeconfig(*known, command=TOKEN)))
        self.context = pulumi.Output.from_input(cluster_name)
        provider = cloud.provider(f"{name}-kubernetes", self.kubeconfig, self.context, self._mine)
        self.scope = pulumi.ResourceOptions(providers=[provider])
        self.entry_door = Door(
            service_type="LoadBalancer",
            address=lambda service: service.status.apply(cloud.load_balancer_url),
            annotations=ENTRY_ANNOTATIONS,
        )
        self.register_outputs({"context": self.context})

    def _node_account(self) -> tuple[gcp.serviceaccount.Account, gcp.projects.IAMMember]:
        """Nodes as themselves, not as the project's default account, which may change everything."""
        args = self._args
        account = gcp.serviceaccount.Account(
            f"{self._name}-nodes",
            account_id=naming.fitted("tradewind", args.owner, "nodes", limit=naming.GCP_ACCOUNT_LIMIT),
            display_name=f"Nodes of the Tradewind stack {args.owner}",
            project=args.project,
            opts=self._mine,
        )
        may_run = gcp.projects.IAMMember(
            f"{self._name}-nodes-role", project=args.project, role=NODE_ROLE, member=account.member, opts=self._mine
        )
        return account, may_run


def admitted(network_cidr: str, admin_cidrs: Sequence[str]) -> Any:
    """Authorized networks: without them everybody is, and machines of other people in Google Cloud are by default."""
    named = {network_cidr: "network", **dict.fromkeys(admin_cidrs, "administrators")}
    return {
        "cidr_blocks": [{"cidr_block": cidr, "display_name": name} for cidr, name in named.items()],
        "gcp_public_cidrs_access_enabled": False,
        "private_endpoint_enforcement_enabled": True,
    }
