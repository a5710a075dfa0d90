"""Nodes of GKE: of a pool, of one inside a cluster, of its default pool, and those that GKE adds by itself."""

from collections.abc import Iterator
from typing import Any

from policies.checks import absent, both, given, holds, not_false, one_of, true, when
from policies.inputs import Inputs, steps
from policies.rule import Check, Finding, Rule
from policies.rules.gke import CLUSTER, standard
from policies.rules.iam_gcp import DEFAULT_ACCOUNT
from policies.values import kubernetes

POOL = ("gcp:container/nodePool:NodePool",)
NODES = (*POOL, *CLUSTER)

ADDED = "clusterAutoscaling.autoProvisioningDefaults"

PORT = "insecureKubeletReadonlyPortEnabled"
PORTS = (
    f"nodeConfig.kubeletConfig.{PORT}",
    f"nodePoolDefaults.nodeConfigDefaults.{PORT}",
    f"nodePoolAutoConfig.nodeKubeletConfig.{PORT}",
)
CLOSED_SINCE = (1, 32)
"""Of Kubernetes: https://cloud.google.com/kubernetes-engine/docs/how-to/disable-kubelet-readonly-port"""


def pools(check: Check) -> Check:
    """`check` on each pool: the resource itself, or those of a cluster; Autopilot has none that anyone sets."""

    def each_pool(inputs: Inputs) -> Iterator[Finding]:
        for pool in _pools(inputs):
            yield from check(pool)

    return each_pool


def added(check: Check, *, autopilot: bool = False) -> Check:
    """`check` on what nodes are made from that GKE adds; `autopilot`: it leaves this to the cluster's owner too."""

    def defaults(inputs: Inputs) -> Iterator[Finding]:
        fixed = true(inputs.get("enableAutopilot"))
        if autopilot if fixed else true(inputs.get("clusterAutoscaling.enabled")):
            yield from check(_part(inputs, ADDED))

    return defaults


def machines(check: Check, *, autopilot: bool = False) -> Check:
    """`check` on what each node is made from, whoever adds it."""
    return both(pools(lambda pool: check(_part(pool, "nodeConfig"))), added(check, autopilot=autopilot))


def _pools(inputs: Inputs) -> Iterator[Inputs]:
    if true(inputs.get("enableAutopilot")):
        return
    inside = list(inputs.each("nodePools"))
    yield from inside
    # A cluster's own nodeConfig is that of its default pool, which it has unless told otherwise.
    if not inside and not true(inputs.get("removeDefaultNodePool")):
        yield inputs


def _part(inputs: Inputs, path: str) -> Inputs:
    """What stands at a path, or an empty one there."""
    empty = Inputs({}, inputs.secrets, (*inputs.where, *steps(path)))
    return next(inputs.each(path), empty)


def _own_account(value: Any) -> bool:
    return value not in (None, "", "default") and not DEFAULT_ACCOUNT.fullmatch(str(value))


def _port_closed(inputs: Inputs) -> Iterator[Finding]:
    found = [(part, path) for part in (inputs, *inputs.each("nodePools")) for path in PORTS]
    said = [(part, path) for part, path in found if given(part.get(path))]
    for part, path in said:
        if true(part.get(path)):
            yield Finding(part.path(path), part.shown(path))
    old = [path for path in ("minMasterVersion", "version") if _older(inputs.get(path))]
    if old and not said:
        yield Finding(inputs.path(old[0]), f"{inputs.shown(old[0])}, which has it open by default")


def _older(version: Any) -> bool:
    found = kubernetes(version)
    return found is not None and found < CLOSED_SINCE


private = Rule(
    name="gke-nodes-private",
    on=CLUSTER,
    severity="high",
    answers=("CIS GKE 5.6.5", "CKV_GCP_25", "CKV_GCP_64"),
    must="Nodes of a GKE cluster must have private addresses alone, so that nothing on them is reached from outside; "
    "Autopilot makes them public too where nobody asks.",
    fix="set privateClusterConfig.enablePrivateNodes to true",
    check=holds("privateClusterConfig.enablePrivateNodes", true),
)

private_in_each_pool = Rule(
    name="gke-nodes-private-in-each-pool",
    on=NODES,
    severity="high",
    must="A pool of GKE nodes must not have public addresses of its own where the cluster's are private.",
    fix="remove networkConfig.enablePrivateNodes false",
    check=pools(holds("networkConfig.enablePrivateNodes", not_false)),
)

own_account = Rule(
    name="gke-nodes-own-account",
    on=NODES,
    severity="high",
    answers=("CIS GKE 5.2.1",),
    must="GKE nodes must run as a service account of their own, for the project's default one may change everything.",
    fix="make an account with roles/container.defaultNodeServiceAccount, and set it as serviceAccount of nodeConfig, "
    "or of clusterAutoscaling.autoProvisioningDefaults where GKE adds the nodes",
    check=machines(holds("serviceAccount", _own_account), autopilot=True),
)

metadata_server = Rule(
    name="gke-nodes-metadata-server",
    on=NODES,
    severity="high",
    answers=("CIS GKE 5.4.1", "CKV_GCP_69"),
    must="Pools of GKE nodes must run GKE's metadata server, or a pod asks the machine's for the node's own token.",
    fix="set nodeConfig.workloadMetadataConfig.mode to GKE_METADATA",
    check=pools(holds("nodeConfig.workloadMetadataConfig.mode", one_of("GKE_METADATA"))),
)

legacy_endpoints = Rule(
    name="gke-nodes-no-legacy-endpoints",
    on=NODES,
    severity="medium",
    must="GKE nodes must keep the legacy metadata endpoints off, which hand out tokens to a request without a header; "
    "metadata that leave the key out unset it.",
    fix='have disable-legacy-endpoints "true" in nodeConfig.metadata',
    check=pools(when("nodeConfig.metadata", given, then=holds("nodeConfig.metadata.disable-legacy-endpoints", true))),
)

kubelet_port = Rule(
    name="gke-nodes-no-readonly-port",
    on=NODES,
    severity="high",
    must="The kubelets of GKE nodes must keep port 10255 closed, where whoever asks is told of every pod.",
    fix=f"set {PORT} to FALSE",
    check=_port_closed,
)

shielded = Rule(
    name="gke-nodes-shielded",
    on=CLUSTER,
    severity="medium",
    answers=("CIS GKE 5.5.5", "CKV_GCP_71"),
    must="A GKE Standard cluster must keep its nodes shielded, as by default, so that no other machine poses as one.",
    fix="remove enableShieldedNodes false",
    check=standard(holds("enableShieldedNodes", not_false)),
)

secure_boot = Rule(
    name="gke-nodes-secure-boot",
    on=NODES,
    severity="medium",
    answers=("CIS GKE 5.5.7", "CKV_GCP_68"),
    must="GKE nodes must boot securely, which Standard leaves off, so that only signed code runs below the kernel.",
    fix="set shieldedInstanceConfig.enableSecureBoot to true",
    check=machines(holds("shieldedInstanceConfig.enableSecureBoot", true)),
)

integrity = Rule(
    name="gke-nodes-integrity-monitored",
    on=NODES,
    severity="medium",
    answers=("CIS GKE 5.5.6", "CKV_GCP_72"),
    must="GKE nodes must have the integrity of their boot monitored, as it is by default.",
    fix="remove shieldedInstanceConfig.enableIntegrityMonitoring false",
    check=machines(holds("shieldedInstanceConfig.enableIntegrityMonitoring", not_false)),
)

image = Rule(
    name="gke-nodes-hardened-image",
    on=NODES,
    severity="medium",
    answers=("CIS GKE 5.5.1", "CKV_GCP_22"),
    must="GKE nodes must run Container-Optimized OS with containerd, as by default, which has in it what they need.",
    fix="set imageType to COS_CONTAINERD",
    check=machines(holds("imageType", lambda value: absent(value) or str(value).upper() == "COS_CONTAINERD")),
)

auto_upgrade = Rule(
    name="gke-nodes-upgraded",
    on=NODES,
    severity="medium",
    answers=("CIS GKE 5.5.3", "CKV_GCP_10"),
    must="Pools of GKE nodes must be upgraded by GKE, as by default, or every hole found since then stays open.",
    fix="remove management.autoUpgrade false",
    check=both(pools(holds("management.autoUpgrade", not_false)), added(holds("management.autoUpgrade", not_false))),
)

auto_repair = Rule(
    name="gke-nodes-repaired",
    on=NODES,
    severity="low",
    answers=("CIS GKE 5.5.2", "CKV_GCP_9"),
    must="Pools of GKE nodes must be repaired by GKE, as by default, or a sick node is there until somebody looks.",
    fix="remove management.autoRepair false",
    check=both(pools(holds("management.autoRepair", not_false)), added(holds("management.autoRepair", not_false))),
)

disks_by_own_key = Rule(
    name="gke-nodes-disks-by-own-key",
    on=NODES,
    severity="low",
    answers=("CIS GKE 5.9.2",),
    must="Boot disks of GKE nodes must be encrypted by a key of yours, since images and emptyDir volumes lie there.",
    fix="set bootDiskKmsKey of nodeConfig, or of clusterAutoscaling.autoProvisioningDefaults where GKE adds the nodes",
    check=machines(holds("bootDiskKmsKey", given), autopilot=True),
)

RULES = [
    private,
    private_in_each_pool,
    own_account,
    metadata_server,
    legacy_endpoints,
    kubelet_port,
    shielded,
    secure_boot,
    integrity,
    image,
    auto_upgrade,
    auto_repair,
    disks_by_own_key,
]
