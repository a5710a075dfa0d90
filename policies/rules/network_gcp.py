"""Networks on Google Cloud: who gets in, what is recorded of it, and which TLS is spoken at the door."""

from collections.abc import Iterator
from typing import Any

from policies.checks import at_least, both, each, false, given, holds, none_of, one_of, true, when
from policies.inputs import Inputs
from policies.rule import Check, Finding, Rule
from policies.values import wide

SUBNET = ("gcp:compute/subnetwork:Subnetwork",)
FIREWALL = ("gcp:compute/firewall:Firewall",)
POLICY_RULES = (
    "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule",
    "gcp:compute/regionNetworkFirewallPolicyRule:RegionNetworkFirewallPolicyRule",
    "gcp:compute/firewallPolicyRule:FirewallPolicyRule",
)
TLS_POLICY = ("gcp:compute/sSLPolicy:SSLPolicy", "gcp:compute/regionSslPolicy:RegionSslPolicy")

LEAST = 0.001
"""Of flows, the part that must be logged; by default it is half of them."""

PROXIES = ("INTERNAL_HTTPS_LOAD_BALANCER", "REGIONAL_MANAGED_PROXY", "GLOBAL_MANAGED_PROXY")
"""Purposes of subnets without machines: they have neither setting."""

OTHER_SOURCES = (
    *("sourceTags", "sourceServiceAccounts"),
    *("match.srcAddressGroups", "match.srcSecureTags", "match.srcFqdns"),
)


def written(value: Any) -> bool:
    """There, if only as an empty mapping: in Google's API that turns a thing on."""
    return value is not None


def _with_machines(check: Check) -> Check:
    return when("purpose", none_of(*PROXIES), then=check)


def _no_open_door(inputs: Inputs) -> Iterator[Finding]:
    if true(inputs.get("disabled")) or str(inputs.get("direction") or "INGRESS").upper() != "INGRESS":
        return
    action = str(inputs.get("action")).lower()
    if not given(inputs.get("allows")) and action != "allow":
        return
    sources = "match.srcIpRanges" if action == "allow" else "sourceRanges"
    ranges = inputs.get(sources) or []
    for index, cidr in enumerate(ranges):
        if wide(cidr):
            yield Finding(inputs.path(f"{sources}.{index}"), inputs.shown(f"{sources}.{index}"))
    if not ranges and not any(given(inputs.get(path)) for path in OTHER_SOURCES):
        yield Finding(inputs.path(sources), "nothing, which is everywhere")


def _some(value: Any) -> bool:
    return value is None or at_least(LEAST)(value)


def _strong(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and not any(str(one).startswith("TLS_RSA_") for one in value)


own_subnets = Rule(
    name="google-network-own-subnets",
    on=("gcp:compute/network:Network",),
    severity="medium",
    must="A VPC must not make subnets by itself, which it does by default in every region, all with the same ranges.",
    fix="set autoCreateSubnetworks to false, and make the subnets that you need",
    check=holds("autoCreateSubnetworks", false),
)

private_google_access = Rule(
    name="google-subnet-private-access",
    on=SUBNET,
    severity="medium",
    answers=("CKV_GCP_74",),
    must="A subnet must have Private Google Access, so that machines without a public address reach Google's services.",
    fix="set privateIpGoogleAccess to true",
    check=_with_machines(holds("privateIpGoogleAccess", true)),
)

private_ipv6 = Rule(
    name="google-subnet-private-ipv6",
    on=SUBNET,
    severity="high",
    must="A subnet's IPv6 addresses must be internal, since each machine has one of the internet otherwise.",
    fix="set ipv6AccessType to INTERNAL, or stackType to IPV4_ONLY",
    check=holds("ipv6AccessType", none_of("EXTERNAL")),
)

private_google_access_by_ipv6 = Rule(
    name="google-subnet-private-google-access-by-ipv6",
    on=SUBNET,
    severity="low",
    answers=("CKV_GCP_76",),
    must="A subnet with IPv6 must let its machines reach Google's services by it too, or they are cut off or public.",
    fix="set privateIpv6GoogleAccess to ENABLE_OUTBOUND_VM_ACCESS_TO_GOOGLE",
    check=when(
        "stackType",
        one_of("IPV4_IPV6", "IPV6_ONLY"),
        then=holds(
            "privateIpv6GoogleAccess",
            one_of("ENABLE_OUTBOUND_VM_ACCESS_TO_GOOGLE", "ENABLE_BIDIRECTIONAL_ACCESS_TO_GOOGLE"),
        ),
    ),
)

flow_logs = Rule(
    name="google-subnet-flow-logs",
    on=SUBNET,
    severity="medium",
    answers=("CIS GCP 3.8", "CKV_GCP_26"),
    must="A subnet must log its flows, or nobody can tell afterwards who spoke with whom.",
    fix="set logConfig, with a flowSampling of a thousandth at least and no filterExpr that is false",
    check=_with_machines(
        both(
            holds("logConfig", given),
            each("logConfig", both(holds("flowSampling", _some), holds("filterExpr", none_of("false")))),
        )
    ),
)

no_open_door = Rule(
    name="google-firewall-no-open-door",
    on=(*FIREWALL, *POLICY_RULES),
    severity="critical",
    answers=("CKV_GCP_2", "CKV_GCP_3", "CKV_GCP_75", "CKV_GCP_77", "CKV_GCP_88", "CKV_GCP_106", "CKV2_GCP_12"),
    must="A firewall must let in nobody but ranges that are somebody's own, for all of the internet, or half of it, "
    "comes through any other; a rule that names no source lets in everybody.",
    fix="name the ranges that call in sourceRanges",
    check=_no_open_door,
)

firewall_logged = Rule(
    name="google-firewall-logged",
    on=FIREWALL,
    severity="low",
    must="A firewall rule must log what it lets in or refuses, or a break-in leaves no trace at the door.",
    fix="set logConfig.metadata to INCLUDE_ALL_METADATA",
    check=holds("logConfig", given),
)

nat_logged = Rule(
    name="google-nat-logged",
    on=("gcp:compute/routerNat:RouterNat",),
    severity="low",
    must="A NAT must log, since whatever leaves by it has one address in the world's eyes, and ports run out silently.",
    fix="set logConfig with enable true and filter ALL",
    check=holds("logConfig.enable", true),
)

tls_version = Rule(
    name="google-tls-policy-version",
    on=TLS_POLICY,
    severity="high",
    answers=("CIS GCP 3.9", "CKV_GCP_4"),
    must="A TLS policy must refuse what is older than TLS 1.2, where TLS 1.0 is the default.",
    fix="set minTlsVersion to TLS_1_2",
    check=holds("minTlsVersion", one_of("TLS_1_2", "TLS_1_3")),
)

tls_ciphers = Rule(
    name="google-tls-policy-ciphers",
    on=TLS_POLICY,
    severity="medium",
    answers=("CIS GCP 3.9", "CKV_GCP_4"),
    must="A TLS policy must offer ciphers alone whose keys end with the session, unlike the default, COMPATIBLE.",
    fix="set profile to MODERN or RESTRICTED; of CUSTOM, take every TLS_RSA_ out of customFeatures",
    check=both(
        holds("profile", one_of("MODERN", "RESTRICTED", "FIPS_202205", "CUSTOM")),
        when("profile", one_of("CUSTOM"), then=holds("customFeatures", _strong)),
    ),
)

RULES = [
    own_subnets,
    private_google_access,
    private_ipv6,
    private_google_access_by_ipv6,
    flow_logs,
    no_open_door,
    firewall_logged,
    nat_logged,
    tls_version,
    tls_ciphers,
]
