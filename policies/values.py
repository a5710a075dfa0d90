"""Values with a meaning of their own: ranges of addresses, and versions of Kubernetes."""

import ipaddress
import re
from typing import Any

OPEN_PREFIX = {4: 8, 6: 32}
"""Bits, by version of IP: a range wider than this is no list of known addresses."""

OLDEST = (1, 32)
"""The first Kubernetes that the entry's Envoy Gateway is tested on (components/addons/versions.py). Of those before it
even extended support is over: https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html and
https://cloud.google.com/kubernetes-engine/docs/release-schedule"""


def wide(cidr: Any) -> bool:
    """Whether a range holds more than anybody can answer for; one that cannot be read does too."""
    try:
        network = ipaddress.ip_network(str(cidr).strip(), strict=False)
    except ValueError:
        return True
    return network.prefixlen < OPEN_PREFIX[network.version]


def narrow(cidr: Any) -> bool:
    return not wide(cidr)


def kubernetes(version: Any) -> tuple[int, int] | None:
    """Major and minor, as numbers: 1.9 is before 1.10. None for what is no version."""
    found = re.match(r"v?(\d+)\.(\d+)([.+-]|$)", str(version))
    return (int(found[1]), int(found[2])) if found else None


def looked_after(version: Any) -> bool:
    """Whether somebody still mends this Kubernetes. Nothing set is what the cloud, or the cluster, has."""
    found = kubernetes(version)
    return version is None or (found is not None and found >= OLDEST)
