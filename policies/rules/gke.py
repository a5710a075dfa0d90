"""GKE clusters: who reaches the API server, what it takes for a login, and what it keeps from whom."""

from policies.checks import (
    absent,
    both,
    each,
    either,
    false,
    given,
    holds,
    none_of,
    not_false,
    not_true,
    one_of,
    true,
    when,
)
from policies.rule import Check, Rule
from policies.rules.network_gcp import written
from policies.values import narrow

CLUSTER = ("gcp:container/cluster:Cluster",)

NETWORKS = "masterAuthorizedNetworksConfig"
PRIVATE = "privateClusterConfig.enablePrivateEndpoint"
IP_ENDPOINTS = "controlPlaneEndpointsConfig.ipEndpointsConfig.enabled"

ENFORCED = ("PROJECT_SINGLETON_POLICY_ENFORCE", "POLICY_BINDINGS_AND_PROJECT_SINGLETON_POLICY_ENFORCE")
BINARIES = "binaryAuthorization.evaluationMode"


def standard(check: Check) -> Check:
    """`check` where it is for the cluster's owner to see to it; Autopilot has it so, and takes no other setting.

    https://cloud.google.com/kubernetes-engine/docs/resources/autopilot-standard-feature-comparison
    """
    return when("enableAutopilot", not_true, then=check)


endpoint_limited = Rule(
    name="gke-endpoint-limited",
    on=CLUSTER,
    severity="high",
    answers=("CIS GKE 5.6.3", "CKV_GCP_20"),
    must="The API server of a GKE cluster must have a list of the networks that reach it, since by default the whole "
    "internet does, and with a private endpoint whatever is in the VPC.",
    fix="set masterAuthorizedNetworksConfig with your own cidrBlocks",
    check=either(holds(NETWORKS, written), holds(IP_ENDPOINTS, false)),
)

endpoint_no_open_range = Rule(
    name="gke-endpoint-no-open-range",
    on=CLUSTER,
    severity="critical",
    answers=("CKV_GCP_18",),
    must="The authorized networks of a GKE cluster must be ranges of your own, for one wider than /8 is no list of "
    "administrators.",
    fix="name the addresses that administrators come from in masterAuthorizedNetworksConfig.cidrBlocks",
    check=each(f"{NETWORKS}.cidrBlocks", holds("cidrBlock", narrow)),
)

endpoint_no_google_cloud = Rule(
    name="gke-endpoint-no-google-cloud",
    on=CLUSTER,
    severity="medium",
    must="The authorized networks of a GKE cluster must keep out Google Cloud's own addresses, which anybody can rent "
    "and which are let in unless it says no.",
    fix="set masterAuthorizedNetworksConfig.gcpPublicCidrsAccessEnabled to false",
    check=when(
        PRIVATE,
        not_true,
        then=when(
            IP_ENDPOINTS,
            not_false,
            then=when(NETWORKS, written, then=holds(f"{NETWORKS}.gcpPublicCidrsAccessEnabled", false)),
        ),
    ),
)

endpoint_dns_closed = Rule(
    name="gke-endpoint-dns-closed",
    on=CLUSTER,
    severity="medium",
    must="The DNS endpoint of a GKE cluster must not take traffic from outside, for no authorized network limits who "
    "comes that way.",
    fix="remove controlPlaneEndpointsConfig.dnsEndpointConfig.allowExternalTraffic, or set it to false",
    check=each("controlPlaneEndpointsConfig", each("dnsEndpointConfig", holds("allowExternalTraffic", not_true))),
)

no_client_certificate = Rule(
    name="gke-no-client-certificate",
    on=CLUSTER,
    severity="high",
    answers=("CIS GKE 5.8.1", "CKV_GCP_13"),
    must="A GKE cluster must issue no client certificate, which nobody can revoke and which stands in the state.",
    fix="remove masterAuth.clientCertificateConfig, or set issueClientCertificate to false",
    check=each("masterAuth", each("clientCertificateConfig", holds("issueClientCertificate", not_true))),
)

no_abac = Rule(
    name="gke-no-abac",
    on=CLUSTER,
    severity="high",
    answers=("CIS GKE 5.8.3", "CKV_GCP_7"),
    must="A GKE cluster must not use legacy ABAC, which grants service accounts what no RBAC role takes back.",
    fix="remove enableLegacyAbac",
    check=holds("enableLegacyAbac", not_true),
)

workload_identity = Rule(
    name="gke-workload-identity",
    on=CLUSTER,
    severity="high",
    answers=("CIS GKE 5.2.2",),
    must="A GKE Standard cluster must have Workload Identity, since without it each pod acts as its node does.",
    fix="set workloadIdentityConfig.workloadPool to <project>.svc.id.goog",
    check=standard(holds("workloadIdentityConfig.workloadPool", given)),
)

binary_authorization = Rule(
    name="gke-binary-authorization",
    on=CLUSTER,
    severity="medium",
    answers=("CIS GKE 5.10.4", "CKV_GCP_66"),
    must="A GKE cluster must enforce Binary Authorization, so that the project's policy says which images run.",
    fix="set binaryAuthorization.evaluationMode to PROJECT_SINGLETON_POLICY_ENFORCE",
    check=either(
        holds(BINARIES, one_of(*ENFORCED)),
        both(holds(BINARIES, absent), holds("binaryAuthorization.enabled", true)),
    ),
)

secrets_by_own_key = Rule(
    name="gke-secrets-by-own-key",
    on=CLUSTER,
    severity="high",
    answers=("CIS GKE 5.3.1",),
    must="A GKE cluster must encrypt its secrets by a key of yours, so that a copy of etcd tells nothing.",
    fix="set databaseEncryption with state ENCRYPTED and the keyName of a KMS key",
    check=both(
        holds("databaseEncryption.state", one_of("ENCRYPTED", "ALL_OBJECTS_ENCRYPTION_ENABLED")),
        holds("databaseEncryption.keyName", given),
    ),
)

network_policy = Rule(
    name="gke-network-policy",
    on=CLUSTER,
    severity="high",
    answers=("CIS GKE 4.3.1", "CKV_GCP_12"),
    must="A GKE Standard cluster must enforce network policies, which are but paper without Dataplane V2 or Calico.",
    fix="set datapathProvider to ADVANCED_DATAPATH",
    check=standard(
        either(
            holds("datapathProvider", one_of("ADVANCED_DATAPATH")),
            both(
                holds("networkPolicy.enabled", true),
                holds("addonsConfig.networkPolicyConfig.disabled", not_true),
            ),
        )
    ),
)

vpc_native = Rule(
    name="gke-vpc-native",
    on=CLUSTER,
    severity="medium",
    answers=("CIS GKE 5.6.2", "CKV_GCP_23"),
    must="A GKE Standard cluster must give its pods addresses of the VPC, by which firewalls and flow logs know them.",
    fix="set ipAllocationPolicy in place of clusterIpv4Cidr, and remove networkingMode ROUTES",
    check=standard(
        both(
            holds("networkingMode", none_of("ROUTES")),
            # A range for pods alone asks for routes, as clusters had them once.
            when(
                "networkingMode",
                absent,
                then=when("clusterIpv4Cidr", given, then=holds("ipAllocationPolicy", written)),
            ),
        )
    ),
)

no_external_addresses = Rule(
    name="gke-no-external-service-addresses",
    on=CLUSTER,
    severity="high",
    must="A GKE cluster must not let a Service claim an address that is not its own, since it takes the traffic of "
    "whoever has it (CVE-2020-8554).",
    fix="remove serviceExternalIpsConfig",
    check=holds("serviceExternalIpsConfig.enabled", not_true),
)

no_net_admin = Rule(
    name="gke-no-net-admin",
    on=CLUSTER,
    severity="high",
    must="A GKE Autopilot cluster must not let pods ask for NET_ADMIN, by which one reads the others' traffic.",
    fix="remove allowNetAdmin",
    check=holds("allowNetAdmin", not_true),
)

RULES = [
    endpoint_limited,
    endpoint_no_open_range,
    endpoint_no_google_cloud,
    endpoint_dns_closed,
    no_client_certificate,
    no_abac,
    workload_identity,
    binary_authorization,
    secrets_by_own_key,
    network_policy,
    vpc_native,
    no_external_addresses,
    no_net_admin,
]
