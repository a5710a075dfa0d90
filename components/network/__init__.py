"""What a network is: private subnets in three zones, with ways out that are logged, and no way in."""

import ipaddress
from dataclasses import dataclass
from typing import Protocol

import pulumi

ZONES = 3
"""Kubernetes' control planes and caches keep a majority when one of three zones fails."""

LARGEST, SMALLEST = 16, 20
"""Prefix lengths of `cidr`: a VPC takes no more than a /16, and three zones of pods need more than a /20 has."""

PRIVATE = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""https://datatracker.ietf.org/doc/html/rfc1918"""

CIDR_FIX = "give a private range, as in 10.20.0.0/16"


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    cidr: str
    """Private IPv4 range of the whole network, /16 to /20."""
    owner: str
    """The stack, as in naming.OWNER."""
    way_out_per_zone: bool = False
    """A NAT for each zone, so that one zone's failure leaves the others theirs; each is paid by the hour.

    Of no effect where a cloud's NAT stands outside its zones.
    """

    def __post_init__(self) -> None:
        if problem := cidr_problem(self.cidr):
            raise ValueError(f"NetworkArgs.cidr {problem}, got {self.cidr!r}. To fix: {CIDR_FIX}.")


class Network(Protocol):
    id: pulumi.Output[str]
    """Known once every subnet has its way out."""


def cidr_problem(cidr: str, *taken: str) -> str | None:
    """What is wrong with a network's range, as the rest of a sentence; None where nothing is.

    `taken` are ranges that the platform uses beside it.
    """
    network = ipv4_network(cidr)
    if network is None:
        return "must be an IPv4 network, as in 10.20.0.0/16"
    if not any(network.subnet_of(private) for private in PRIVATE):
        return "must lie in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"
    if not LARGEST <= network.prefixlen <= SMALLEST:
        return f"must be a /{LARGEST} to a /{SMALLEST}"
    return next((f"must not overlap {each}" for each in taken if network.overlaps(ipaddress.IPv4Network(each))), None)


def ipv4_network(cidr: str) -> ipaddress.IPv4Network | None:
    """None too for 10.20.0.0/255.255.0.0 and a bare address, which Python reads and the clouds do not."""
    try:
        network = ipaddress.IPv4Network(cidr)
    except ValueError:
        return None
    return network if str(network) == cidr else None


def quarters(cidr: str) -> list[ipaddress.IPv4Network]:
    """The range in four: one for each of three zones, the last for what is small."""
    return list(ipaddress.IPv4Network(cidr).subnets(prefixlen_diff=2))
