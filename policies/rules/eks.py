"""EKS clusters: who reaches the API server, what it encrypts, what it tells, and how long it is looked after."""

from typing import Any

from policies.checks import both, given, holds, includes, not_false, one_of, true, when
from policies.rule import Rule
from policies.values import looked_after, wide

CLUSTER = ("aws:eks/cluster:Cluster",)
NODES = "aws:eks/nodeGroup:NodeGroup"
CONTROL_PLANE_LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")


def _closed(cidrs: Any) -> bool:
    """Nothing set is 0.0.0.0/0."""
    return given(cidrs) and not any(map(wide, cidrs))


endpoint_closed = Rule(
    name="eks-endpoint-closed",
    on=CLUSTER,
    severity="critical",
    answers=("CIS EKS 5.4.1", "CKV_AWS_38"),
    must="The public endpoint of an EKS cluster must answer named networks alone, since every flaw of the API server "
    "is otherwise open to the Internet.",
    fix="set vpcConfig.endpointPublicAccess to false, or publicAccessCidrs to the administrators' own addresses",
    check=when("vpcConfig.endpointPublicAccess", not_false, then=holds("vpcConfig.publicAccessCidrs", _closed)),
)

endpoint_private = Rule(
    name="eks-endpoint-private",
    on=CLUSTER,
    severity="high",
    answers=("CIS EKS 5.4.2",),
    must="An EKS cluster must have its private endpoint, so that nodes and their secrets never go over the Internet.",
    fix="set vpcConfig.endpointPrivateAccess to true",
    check=holds("vpcConfig.endpointPrivateAccess", true),
)

secrets_by_own_key = Rule(
    name="eks-secrets-by-own-key",
    on=CLUSTER,
    severity="high",
    answers=("CIS EKS 5.3.1", "CKV_AWS_58"),
    must="An EKS cluster must encrypt its secrets by a key of yours, so that a copy of etcd tells nothing.",
    fix="set encryptionConfig with resources [secrets] and the ARN of a KMS key",
    check=both(
        holds("encryptionConfig.provider.keyArn", given), holds("encryptionConfig.resources", includes("secrets"))
    ),
)

logs_complete = Rule(
    name="eks-logs-complete",
    on=CLUSTER,
    severity="medium",
    answers=("CIS EKS 2.1.1", "CKV_AWS_37"),
    must="An EKS cluster must write all five logs of its control plane, since what no log tells nobody can look into.",
    fix=f"set enabledClusterLogTypes to {', '.join(CONTROL_PLANE_LOGS)}",
    check=holds("enabledClusterLogTypes", includes(*CONTROL_PLANE_LOGS)),
)

version_supported = Rule(
    name="eks-version-supported",
    on=(*CLUSTER, NODES),
    severity="high",
    answers=("CKV_AWS_339",),
    must="Clusters and nodes must run Kubernetes 1.32 or later, since older ones get no fixes nor tests of the entry.",
    fix="set version to one of components/addons/versions.py, and upgrade one minor version at a time",
    check=holds("version", looked_after),
)

support_standard = Rule(
    name="eks-support-standard",
    on=CLUSTER,
    severity="low",
    must="An EKS cluster must be upgraded when standard support ends, since extended support lets it grow old at six "
    "times the price.",
    fix="set upgradePolicy.supportType to STANDARD",
    check=holds("upgradePolicy.supportType", one_of("STANDARD")),
)

entries_only = Rule(
    name="eks-entries-only",
    on=CLUSTER,
    severity="high",
    must="An EKS cluster must know its users by access entries alone, since whoever can edit the ConfigMap aws-auth "
    "makes themselves an administrator and no log of AWS tells.",
    fix="set accessConfig.authenticationMode to API",
    check=holds("accessConfig.authenticationMode", one_of("API")),
)

creator_without_rights = Rule(
    name="eks-creator-without-rights",
    on=CLUSTER,
    severity="medium",
    must="An EKS cluster must not make its creator an administrator, since whoever happened to run the first update "
    "keeps every right without anybody having written it down.",
    fix="set accessConfig.bootstrapClusterCreatorAdminPermissions to false, and write access entries",
    tiers=("prod",),
    check=holds("accessConfig.bootstrapClusterCreatorAdminPermissions", one_of(False, "false")),
)

deletion_refused = Rule(
    name="eks-deletion-refused",
    on=CLUSTER,
    severity="high",
    must="An EKS cluster of production must refuse to be deleted, so that one wrong command does not end all services.",
    fix="set deletionProtection to true",
    tiers=("prod",),
    check=holds("deletionProtection", true),
)

RULES = [
    endpoint_closed,
    endpoint_private,
    secrets_by_own_key,
    logs_complete,
    version_supported,
    support_standard,
    entries_only,
    creator_without_rights,
    deletion_refused,
]
