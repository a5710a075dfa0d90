"""GKE clusters over time: which versions come and when, what is recorded, and what keeps a cluster from going."""

from typing import Any

from policies.checks import both, each, either, given, holds, includes, not_false, not_true, one_of, true, when
from policies.rule import Rule
from policies.rules.gke import CLUSTER, standard
from policies.rules.network_gcp import written
from policies.values import looked_after

POOL = "gcp:container/nodePool:NodePool"

LOGS = "loggingConfig.enableComponents"
METRICS = "monitoringConfig.enableComponents"
WINDOW = "maintenancePolicy"


def _not_none(value: Any) -> bool:
    """The old switch, as Google spells it."""
    return str(value).lower() != "none" or value is None


version_supported = Rule(
    name="gke-version-supported",
    on=(*CLUSTER, POOL),
    severity="high",
    must="Clusters and nodes must run Kubernetes 1.32 or later, since older ones get no fixes nor tests of the entry.",
    fix="set minMasterVersion, and version of a pool, to one of components/addons/versions.py",
    check=both(*(holds(path, looked_after) for path in ("minMasterVersion", "nodeVersion", "version"))),
)

patches_let_in = Rule(
    name="gke-patches-let-in",
    on=CLUSTER,
    severity="medium",
    must="A maintenance exclusion of a GKE cluster must keep minor versions out alone, since nodes otherwise stay "
    "without patches until it ends.",
    fix="set exclusionOptions.scope to NO_MINOR_UPGRADES",
    check=each(f"{WINDOW}.maintenanceExclusions", holds("exclusionOptions.scope", one_of("NO_MINOR_UPGRADES"))),
)

release_channel = Rule(
    name="gke-release-channel",
    on=CLUSTER,
    severity="medium",
    answers=("CIS GKE 5.5.4", "CKV_GCP_70"),
    must="A GKE cluster must be in the channel REGULAR, STABLE or EXTENDED, so that patches come by themselves; where "
    "none is written GKE takes whichever has the version, RAPID and its early builds too.",
    fix="set releaseChannel.channel to REGULAR",
    check=holds("releaseChannel.channel", one_of("REGULAR", "STABLE", "EXTENDED")),
)

maintenance_window = Rule(
    name="gke-maintenance-window",
    on=CLUSTER,
    severity="low",
    must="A GKE cluster must have a maintenance window, since GKE upgrades at any hour without one.",
    fix="set maintenancePolicy.recurringWindow to hours in which few people call",
    check=either(
        holds(f"{WINDOW}.recurringWindow", given),
        holds(f"{WINDOW}.recurringMaintenanceWindow", given),
        holds(f"{WINDOW}.dailyMaintenanceWindow", given),
    ),
)

security_posture = Rule(
    name="gke-security-posture",
    on=CLUSTER,
    severity="medium",
    answers=("CIS GKE 5.10.5",),
    must="A GKE cluster must have its security posture watched, so that weak workloads are told of while they run.",
    fix="set securityPostureConfig.mode to BASIC",
    check=holds("securityPostureConfig.mode", one_of("BASIC", "ENTERPRISE")),
)

logs = Rule(
    name="gke-logs",
    on=CLUSTER,
    severity="high",
    answers=("CIS GKE 5.7.1", "CKV_GCP_1"),
    must="A GKE cluster must send the logs of system and workloads to Cloud Logging, as it does by default, for what a "
    "pod wrote dies with it.",
    fix="have SYSTEM_COMPONENTS and WORKLOADS in loggingConfig.enableComponents, and no loggingService none",
    check=both(
        holds("loggingService", _not_none),
        when(LOGS, written, then=holds(LOGS, includes("SYSTEM_COMPONENTS", "WORKLOADS"))),
    ),
)

logs_of_api_server = Rule(
    name="gke-logs-of-api-server",
    on=CLUSTER,
    severity="medium",
    must="A GKE cluster must send the API server's logs to Cloud Logging, which by default stay with Google.",
    fix="add APISERVER to loggingConfig.enableComponents",
    check=holds(LOGS, includes("APISERVER")),
)

metrics = Rule(
    name="gke-metrics",
    on=CLUSTER,
    severity="medium",
    answers=("CIS GKE 5.7.1", "CKV_GCP_8"),
    must="A GKE cluster must send its metrics to Cloud Monitoring, as it does by default, or nobody is woken.",
    fix="have SYSTEM_COMPONENTS in monitoringConfig.enableComponents, and no monitoringService none",
    check=both(
        holds("monitoringService", _not_none),
        when(METRICS, written, then=holds(METRICS, includes("SYSTEM_COMPONENTS"))),
    ),
)

intranode_visibility = Rule(
    name="gke-intranode-visibility",
    on=CLUSTER,
    severity="low",
    answers=("CIS GKE 5.6.1", "CKV_GCP_61"),
    must="A GKE Standard cluster must let the VPC see what pods of one node say to each other, or flow logs lack it.",
    fix="set enableIntranodeVisibility to true",
    check=standard(holds("enableIntranodeVisibility", true)),
)

no_alpha = Rule(
    name="gke-no-alpha",
    on=CLUSTER,
    severity="medium",
    answers=("CIS GKE 5.10.2", "CKV2_GCP_19"),
    must="A GKE cluster must not have alpha features, since such a one gets no upgrade and is deleted after 30 days.",
    fix="remove enableKubernetesAlpha",
    check=holds("enableKubernetesAlpha", not_true),
)

protected = Rule(
    name="gke-protected",
    on=CLUSTER,
    severity="high",
    must="A GKE cluster of prod must refuse its own deletion, which takes every volume and service with it.",
    fix="remove deletionProtection false, or set tradewind:protect to true",
    tiers=("prod",),
    check=holds("deletionProtection", not_false),
)

RULES = [
    version_supported,
    patches_let_in,
    release_channel,
    maintenance_window,
    security_posture,
    logs,
    logs_of_api_server,
    metrics,
    intranode_visibility,
    no_alpha,
    protected,
]
