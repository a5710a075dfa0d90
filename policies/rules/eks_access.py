"""Who may do what in an EKS cluster: people by access entries, pods by roles of their own."""

import re
from typing import Any

from policies.checks import both, each, given, holds, none_of, not_true, one_of, when
from policies.rule import Rule

ENTRY = ("aws:eks/accessEntry:AccessEntry",)
POLICY = ("aws:eks/accessPolicyAssociation:AccessPolicyAssociation",)
POD = ("aws:eks/podIdentityAssociation:PodIdentityAssociation",)
ADD_ON = "aws:eks/addon:Addon"
OF_ITS_OWN = holds("serviceAccount", none_of("default", "", "*"))
SYSTEM_NAMESPACES = ("kube-system", "kube-public", "kube-node-lease")


def _of_people(groups: Any) -> bool:
    return not any(str(group).strip().lower().startswith("system:") for group in groups or ())


def _a_role(arn: Any) -> bool:
    return arn is None or re.fullmatch(r"arn:[\w-]+:iam::\d{12}:role/.+", str(arn)) is not None


def _administers(arn: Any) -> bool:
    """AmazonEKSAdminPolicy reads every secret and binds every role, as AmazonEKSClusterAdminPolicy does."""
    return re.search(r"/AmazonEKS(Cluster)?AdminPolicy$", str(arn), re.IGNORECASE) is not None


def _named(namespaces: Any) -> bool:
    return given(namespaces) and not any("*" in str(each) for each in namespaces)


entry_without_system_group = Rule(
    name="eks-entry-without-system-group",
    on=ENTRY,
    severity="critical",
    must="An access entry must not put anybody into a group of Kubernetes' own such as system:masters, which no RBAC "
    "holds back and no one can take away.",
    fix="give kubernetesGroups a group of yours and bind it to a ClusterRole",
    check=holds("kubernetesGroups", _of_people),
)

entry_for_role = Rule(
    name="eks-entry-for-role",
    on=ENTRY,
    severity="high",
    must="An access entry must be for a role, since users and root hold keys that never end.",
    fix="set principalArn to the role that people take through SSO, or a pipeline by OIDC",
    check=holds("principalArn", _a_role),
)

admin_in_namespaces = Rule(
    name="eks-admin-in-namespaces",
    on=POLICY,
    severity="high",
    answers=("CIS EKS 4.1.1",),
    must="Rights of an administrator must be for namespaces by name, since over a whole cluster they are every secret "
    "and every node of it.",
    fix="set accessScope to type namespace and the namespaces' names, or take AmazonEKSEditPolicy or a view policy",
    check=when(
        "policyArn",
        _administers,
        then=both(holds("accessScope.type", one_of("namespace")), holds("accessScope.namespaces", _named)),
    ),
)

pods_by_own_account = Rule(
    name="eks-pods-by-own-account",
    on=(*POD, ADD_ON),
    severity="high",
    answers=("CIS EKS 4.1.5",),
    must="A role must be for a service account of its own, since every pod that names none runs as `default`.",
    fix="make a service account for the workload, and name it in serviceAccount",
    check=both(OF_ITS_OWN, each("podIdentityAssociations", OF_ITS_OWN)),
)

pods_of_no_system = Rule(
    name="eks-pods-of-no-system",
    on=POD,
    severity="high",
    must="A role must not be for pods in a namespace of Kubernetes' own, where add-ons hold rights over the cluster.",
    fix="run the workload in a namespace of its own; give an add-on its role by the add-on's podIdentityAssociations",
    check=holds("namespace", none_of(*SYSTEM_NAMESPACES)),
)

pods_told_apart = Rule(
    name="eks-pods-told-apart",
    on=POD,
    severity="medium",
    must="A pod's session must carry the tags that say whose it is, since a role's trust tells pods apart by them.",
    fix="leave out disableSessionTags",
    check=holds("disableSessionTags", not_true),
)

RULES = [
    entry_without_system_group,
    entry_for_role,
    admin_in_namespaces,
    pods_by_own_account,
    pods_of_no_system,
    pods_told_apart,
]
