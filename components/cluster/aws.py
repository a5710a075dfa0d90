"""EKS Auto Mode: AWS runs control plane and nodes; access entries, no aws-auth; secrets under the stack's key."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components import naming
from components.cluster import Door, cloud
from components.identity.aws_policies import trust_service
from components.network.aws import AwsNetwork
from components.objects import Manifest
from components.secrets.aws import AwsKey

VERSION = "1.34"
"""Of a Kubernetes that Envoy Gateway supports: components/addons/versions.py."""

SERVICE_CIDR = "172.20.0.0/16"
"""Of the cluster's Services; no network of the stack may overlap it."""

CONTROL_PLANE_LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")
LOG_DAYS = 90

CLUSTER_POLICIES = (
    "AmazonEKSClusterPolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
)
"""What Auto Mode needs: https://docs.aws.amazon.com/eks/latest/userguide/auto-cluster-iam-role.html"""

NODE_POLICIES = ("AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly")
"""Nodes pull images and push none: https://docs.aws.amazon.com/eks/latest/userguide/auto-create-node-role.html"""

LOAD_BALANCER = "service.beta.kubernetes.io/aws-load-balancer"
"""What the annotations of a load balancer begin with."""
ENTRY_ANNOTATIONS = {f"{LOAD_BALANCER}-scheme": "internal", f"{LOAD_BALANCER}-nlb-target-type": "ip"}
LOAD_BALANCER_CLASS = "eks.amazonaws.com/nlb"
"""Auto Mode's own controller."""


@dataclass(frozen=True, kw_only=True)
class AwsClusterArgs:
    owner: str
    """The stack, as in naming.OWNER."""
    region: str
    admin_cidrs: Sequence[str] = ()
    """Who may reach the API endpoint from outside the network; none: it is private."""
    protect: bool = False
    architecture: str = cloud.ARCHITECTURE


class AwsCluster(pulumi.ComponentResource):
    """Control plane, node pool and provider; pods in private subnets, network policies enforced."""

    kubeconfig: pulumi.Output[str]
    """Its text; secret. It asks `aws eks get-token` for each session and holds no credential."""
    context: pulumi.Output[str]
    shared_with: str | None = None
    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    issuer: pulumi.Output[str]
    """https:// address of whoever signs the tokens of its service accounts."""

    def __init__(
        self,
        name: str,
        args: AwsClusterArgs,
        network: AwsNetwork,
        key: AwsKey,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("tradewind:cluster:AwsCluster", name, None, opts)
        self._name, self._args, self._mine = name, args, pulumi.ResourceOptions(parent=self)
        cluster_name = naming.fitted("tradewind", args.owner, limit=naming.AWS_CLUSTER_LIMIT)
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            # EKS writes here, and would make it without key and end.
            name=f"/aws/eks/{cluster_name}/cluster",
            kms_key_id=key.arn,
            retention_in_days=LOG_DAYS,
            tags=naming.tags(args.owner),
            opts=self._mine,
        )
        steers = self._role(
            "control",
            trust_service("eks.amazonaws.com", actions=("sts:AssumeRole", "sts:TagSession")),
            CLUSTER_POLICIES,
        )
        # Of EKS' own pools too: it lets that role in by itself; a node class with another would need an access entry.
        self._node_role = self._role("nodes", trust_service("ec2.amazonaws.com"), NODE_POLICIES)
        self._eks = aws.eks.Cluster(
            f"{name}-eks",
            name=cluster_name,
            version=VERSION,
            role_arn=steers,
            deletion_protection=args.protect,
            bootstrap_self_managed_addons=False,
            access_config={"authentication_mode": "API", "bootstrap_cluster_creator_admin_permissions": True},
            # Its own node pools carry nothing of ours but what the system needs: `models` below is bounded.
            compute_config={"enabled": True, "node_pools": ["system"], "node_role_arn": self._node_role},
            storage_config={"block_storage": {"enabled": True}},
            kubernetes_network_config={
                "elastic_load_balancing": {"enabled": True},
                "ip_family": "ipv4",
                "service_ipv4_cidr": SERVICE_CIDR,
            },
            vpc_config={
                "subnet_ids": network.private_subnets,
                "endpoint_private_access": True,
                "endpoint_public_access": bool(args.admin_cidrs),
                "public_access_cidrs": list(args.admin_cidrs) or None,
            },
            encryption_config={"provider": {"key_arn": key.arn}, "resources": ["secrets"]},
            enabled_cluster_log_types=list(CONTROL_PLANE_LOGS),
            upgrade_policy={"support_type": "STANDARD"},
            zonal_shift_config={"enabled": True},
            tags=naming.tags(args.owner),
            # A cluster outside a way out never gets its nodes.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[logs, network], protect=args.protect),
        )
        self.name = self._eks.name
        self.arn = self._eks.arn
        self.issuer = self._eks.identities.apply(issuer_of)
        token = ("aws", "eks", "get-token", "--cluster-name", cluster_name, "--region", args.region, "--output", "json")
        facts = pulumi.Output.all(self._eks.name, self.arn, self._eks.endpoint, self._eks.certificate_authority.data)
        self.kubeconfig = pulumi.Output.secret(facts.apply(lambda known: cloud.kubeconfig(*known, command=token)))
        self.context = pulumi.Output.from_input(cluster_name)
        provider = cloud.provider(f"{name}-kubernetes", self.kubeconfig, self.context, self._mine)
        self.scope = pulumi.ResourceOptions(providers=[provider])
        self._shape_nodes(network)
        self.entry_door = Door(
            service_type="LoadBalancer",
            address=lambda service: service.status.apply(cloud.load_balancer_url),
            annotations=ENTRY_ANNOTATIONS,
            load_balancer_class=LOAD_BALANCER_CLASS,
        )
        self.register_outputs({"context": self.context, "arn": self.arn})

    def _role(self, kind: str, trust: str, policies: Sequence[str]) -> pulumi.Output[str]:
        """ARN of a role, known once it has all its policies."""
        role = aws.iam.Role(
            f"{self._name}-{kind}-role",
            name=naming.fitted("tradewind", self._args.owner, kind, limit=naming.AWS_ROLE_LIMIT),
            assume_role_policy=trust,
            tags=naming.tags(self._args.owner),
            opts=self._mine,
        )
        attached = [
            aws.iam.RolePolicyAttachment(
                f"{self._name}-{kind}-{policy}",
                role=role.name,
                policy_arn=f"arn:aws:iam::aws:policy/{policy}",
                opts=self._mine,
            ).id
            for policy in policies
        ]
        return pulumi.Output.all(role.arn, *attached).apply(lambda all_: all_[0])

    def _shape_nodes(self, network: AwsNetwork) -> None:
        """Nodes of one architecture in the private subnets, with network policies in force."""
        opts = pulumi.ResourceOptions.merge(self.scope, self._mine)
        # Auto Mode enforces no network policy before this says so:
        # https://docs.aws.amazon.com/eks/latest/userguide/auto-net-pol.html
        enforces = Manifest(
            f"{self._name}-network-policies",
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "amazon-vpc-cni", "namespace": "kube-system"},
                "data": {"enable-network-policy-controller": "true"},
            },
            opts,
        )
        group = self._eks.vpc_config.cluster_security_group_id
        node_class = Manifest(
            f"{self._name}-node-class",
            {
                "apiVersion": "eks.amazonaws.com/v1",
                "kind": "NodeClass",
                "metadata": {"name": NODES, "labels": {naming.OWNER: self._args.owner}},
                "spec": {
                    "role": self._node_role.apply(lambda arn: arn.rpartition("/")[2]),
                    "subnetSelectorTerms": [{"id": subnet} for subnet in network.private_subnets],
                    "securityGroupSelectorTerms": [{"id": group}],
                    "networkPolicy": "DefaultAllow",
                    "networkPolicyEventLogs": "Enabled",
                },
            },
            pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[enforces])),
        )
        Manifest(
            f"{self._name}-node-pool",
            {
                "apiVersion": "karpenter.sh/v1",
                "kind": "NodePool",
                "metadata": {"name": NODES, "labels": {naming.OWNER: self._args.owner}},
                "spec": node_pool(self._args.architecture),
            },
            pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[node_class])),
        )


def issuer_of(identities: Sequence[Any]) -> str:
    """The one issuer that a cluster has from its creation on."""
    [[issuer]] = [each.oidcs for each in identities]
    return issuer.issuer


NODES = "models"
"""Name of the node class and the node pool."""

POOL_LIMITS = {"cpu": "64", "memory": "256Gi"}
"""Of all nodes together: a scaler gone wild meets this before the bill does."""


def node_pool(architecture: str) -> dict[str, object]:
    """Spec of a NodePool: current compute families on demand, of one architecture."""
    requirements = {
        "kubernetes.io/arch": [architecture],
        "karpenter.sh/capacity-type": ["on-demand"],
        "eks.amazonaws.com/instance-category": ["c", "m", "r"],
    }
    return {
        "template": {
            "spec": {
                "nodeClassRef": {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": NODES},
                "requirements": [
                    {"key": key, "operator": "In", "values": values} for key, values in requirements.items()
                ],
                "terminationGracePeriod": "1h",
            }
        },
        "disruption": {"consolidationPolicy": "WhenEmptyOrUnderutilized", "consolidateAfter": "2m"},
        "limits": POOL_LIMITS,
    }
