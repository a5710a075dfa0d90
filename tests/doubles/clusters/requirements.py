"""What a node pool of EKS Auto Mode may ask of its nodes."""

from collections.abc import Iterator, Mapping
from typing import Any

VALUES: Mapping[str, tuple[str, ...]] = {
    "kubernetes.io/arch": ("amd64", "arm64"),
    "karpenter.sh/capacity-type": ("on-demand", "spot", "reserved"),
    "eks.amazonaws.com/instance-category": tuple("acdfghimprtuxz"),
    "eks.amazonaws.com/compute-type": ("auto",),
    "eks.amazonaws.com/instance-cpu-manufacturer": ("aws", "intel", "amd"),
}
"""What some labels may be; of the others any value passes."""
LABELS = {
    *VALUES,
    *("topology.kubernetes.io/zone", "node.kubernetes.io/instance-type"),
    *(f"eks.amazonaws.com/instance-{what}" for what in ("hypervisor", "generation", "family", "size", "cpu", "memory")),
    *(f"eks.amazonaws.com/instance-{what}-bandwidth" for what in ("ebs", "network")),
    *(f"eks.amazonaws.com/instance-gpu-{what}" for what in ("name", "manufacturer", "count", "memory")),
    *("eks.amazonaws.com/instance-local-nvme", "eks.amazonaws.com/instance-encryption-in-transit-supported"),
}
"""That Auto Mode supports: https://docs.aws.amazon.com/eks/latest/userguide/create-node-pool.html"""
OF_OTHERS = ("kubernetes.io", "k8s.io", "karpenter.sh", "karpenter.k8s.aws", "amazonaws.com")
"""Domains whose other labels a pool cannot ask for; one of its owner's own is a label that its nodes get."""


def nonsense(requirements: list[dict[str, Any]], region: str) -> Iterator[str]:
    """What no machine will ever be."""
    for each in requirements:
        key, values = each["key"], each.get("values") or []
        domain = key.partition("/")[0] if "/" in key else ""
        if key not in LABELS and any(domain == other or domain.endswith(f".{other}") for other in OF_OTHERS):
            yield f"label {key} is not supported by EKS Auto Mode"
        wrong = [value for value in values if key in VALUES and value not in VALUES[key]]
        if key == "topology.kubernetes.io/zone":
            wrong = [value for value in values if not value.startswith(region)]
        if wrong:
            yield f"{key} has no value {', '.join(wrong)}"
