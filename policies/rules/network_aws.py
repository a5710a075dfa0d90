"""Networks of AWS: what comes in and from where, how it is encrypted, and what remembers it."""

import re
from collections.abc import Iterator
from typing import Any

from policies.checks import absent, at_least, both, either, given, holds, none_of, not_true, one_of, when
from policies.documents import own_key
from policies.inputs import Inputs
from policies.rule import Finding, Rule
from policies.values import wide

INGRESS = (
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/securityGroupRule:SecurityGroupRule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
)
LISTENERS = ("aws:lb/listener:Listener", "aws:alb/listener:Listener")
LOG_GROUP = ("aws:cloudwatch/logGroup:LogGroup",)

PUBLIC_PORTS = (80, 443)
"""Of a door that is public by its owner's word."""
MANY = 10_000
"""Ports: the widest range that a service of Kubernetes takes, its NodePorts, has 2768."""
LOG_DAYS = 90

TLS_12 = re.compile(r"ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)(-.+)?")
"""Of TLS 1.2 and above: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html"""


def _rules(inputs: Inputs) -> Iterator[Inputs]:
    """A group's own rules, or the one that the resource is."""
    if inputs.get("type") != "egress":
        yield from inputs.each("ingress")
        yield inputs


def _sources(rule: Inputs) -> Iterator[tuple[str, Any]]:
    """Ranges of addresses, each with the property that names it."""
    for path in ("cidrBlocks", "ipv6CidrBlocks"):
        for cidr in rule.get(path) or ():
            yield path, cidr
    for path in ("cidrIpv4", "cidrIpv6"):
        if given(rule.get(path)):
            yield path, rule.get(path)


def _ports(rule: Inputs) -> tuple[int, int] | None:
    """None where every one of every protocol is meant."""
    protocol = rule.get("protocol") or rule.get("ipProtocol")
    first, last = rule.get("fromPort"), rule.get("toPort")
    if str(protocol).lower() in ("-1", "all") or first is None or last is None:
        return None
    return int(first), int(last)


def _closed(inputs: Inputs) -> Iterator[Finding]:
    for rule in _rules(inputs):
        for path in dict.fromkeys(path for path, cidr in _sources(rule) if wide(cidr)):
            protocol = str(rule.get("protocol") or rule.get("ipProtocol")).lower()
            door = _ports(rule) in [(port, port) for port in PUBLIC_PORTS] and protocol in ("tcp", "6")
            if not door:
                yield Finding(rule.path(path), rule.shown(path))


def _ports_named(inputs: Inputs) -> Iterator[Finding]:
    for rule in _rules(inputs):
        if any(True for _ in _sources(rule)):
            ports = _ports(rule)
            if ports is None or ports[1] - ports[0] >= MANY:
                yield Finding(rule.path("fromPort"), "a rule for every port" if ports is None else f"{ports}")


def _redirects(inputs: Inputs) -> Iterator[Finding]:
    """A listener may speak plain HTTP to say `https` and nothing else."""
    actions = list(inputs.each("defaultActions"))
    for action in actions:
        yield from both(holds("type", one_of("redirect")), holds("redirect.protocol", one_of("HTTPS")))(action)
    if not actions:
        yield Finding(inputs.path("protocol"), inputs.shown("protocol"))


security_group_closed = Rule(
    name="security-group-closed",
    on=INGRESS,
    severity="critical",
    answers=("CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_277"),
    must="A security group must let the whole Internet in by the ports of a public door alone, 443 and 80, since "
    "scanners try every other one all day.",
    fix="set the source to the network's range, or to a security group",
    check=_closed,
)

security_group_ports_named = Rule(
    name="security-group-ports-named",
    on=INGRESS,
    severity="medium",
    must="A security group must name the ports it opens to a range of addresses, since whatever starts to listen there "
    "is otherwise reached unasked.",
    fix="set protocol, fromPort and toPort to those of the service",
    check=_ports_named,
)

default_group_empty = Rule(
    name="default-security-group-empty",
    on=("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",),
    severity="high",
    must="A network's default security group must let nothing in and nothing out, since whatever names no group gets "
    "it.",
    fix="leave out ingress and egress, and give each resource a group of its own",
    check=both(holds("ingress", absent), holds("egress", absent)),
)

no_public_addresses = Rule(
    name="subnet-no-public-addresses",
    on=("aws:ec2/subnet:Subnet",),
    severity="high",
    answers=("CKV_AWS_130",),
    must="A subnet must not hand out public addresses, so that whatever faces the Internet does so by its own words.",
    fix="leave out mapPublicIpOnLaunch",
    check=holds("mapPublicIpOnLaunch", not_true),
)

flows_logged = Rule(
    name="flow-log-complete",
    on=("aws:ec2/flowLog:FlowLog",),
    severity="medium",
    must="A flow log must hold all traffic, since what was refused shows who tries, and what was accepted who got in.",
    fix="set trafficType to ALL",
    # Of a transit gateway EC2 logs all and takes no type.
    check=either(
        holds("trafficType", one_of("ALL")),
        holds("transitGatewayId", given),
        holds("transitGatewayAttachmentId", given),
    ),
)

log_group_ends = Rule(
    name="log-group-ends",
    on=LOG_GROUP,
    severity="low",
    answers=("CKV_AWS_66",),
    must="A log group must end what it keeps, since logs hold people's data and cost more every day.",
    fix=f"set retentionInDays, to {LOG_DAYS} or more in production",
    check=holds("retentionInDays", none_of(None, 0, "0", "")),
)

log_group_lasts = Rule(
    name="log-group-lasts",
    on=LOG_GROUP,
    severity="medium",
    must=f"A log group of production must keep {LOG_DAYS} days, since a break-in is found weeks after it began.",
    fix=f"set retentionInDays to {LOG_DAYS} or more",
    tiers=("prod",),
    check=either(holds("retentionInDays", at_least(LOG_DAYS)), holds("retentionInDays", one_of(None, 0))),
)

log_group_by_own_key = Rule(
    name="log-group-by-own-key",
    on=LOG_GROUP,
    severity="medium",
    answers=("CKV_AWS_158",),
    must="A log group must be encrypted by a key of yours, since requests and names stand in it.",
    fix="set kmsKeyId to the ARN of the stack's key",
    check=holds("kmsKeyId", own_key),
)

listener_encrypted = Rule(
    name="listener-encrypted",
    on=LISTENERS,
    severity="high",
    answers=("CIS EKS 5.4.5", "CKV_AWS_2"),
    must="A listener must not answer by plain HTTP, which anybody on the way reads and changes.",
    fix="set protocol to HTTPS, or let all defaultActions redirect to it",
    check=when("protocol", one_of(None, "", "HTTP"), then=_redirects),
)

listener_tls_current = Rule(
    name="listener-tls-current",
    on=LISTENERS,
    severity="high",
    must="A listener must speak TLS 1.2 or 1.3, since those before are broken, and AWS' default still takes them.",
    fix="set sslPolicy to ELBSecurityPolicy-TLS13-1-2-2021-06",
    check=when(
        "protocol",
        one_of("HTTPS", "TLS"),
        then=holds("sslPolicy", lambda policy: TLS_12.fullmatch(str(policy)) is not None),
    ),
)

RULES = [
    security_group_closed,
    security_group_ports_named,
    default_group_empty,
    no_public_addresses,
    flows_logged,
    log_group_ends,
    log_group_lasts,
    log_group_by_own_key,
    listener_encrypted,
    listener_tls_current,
]
