"""What a stack takes of an AWS account's quotas, and how much of each is in use."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.platforms.accounts import Need


@dataclass(frozen=True, kw_only=True)
class Quota(Need):
    service: str
    code: str
    """https://docs.aws.amazon.com/servicequotas/latest/userguide/gs-request-quota.html"""
    ask: str
    """The operation of EC2 that lists what is in use."""


NEEDS = (
    Quota(
        what="addresses",
        taker="aws:ec2/eip:Eip",
        count={"dev": 1, "prod": 3},
        service="ec2",
        code="L-0263D0A3",
        ask="describe-addresses",
    ),
    Quota(
        what="VPCs",
        taker="aws:ec2/vpc:Vpc",
        count={"dev": 1, "prod": 1},
        service="vpc",
        code="L-F678F1CE",
        ask="describe-vpcs",
    ),
    Quota(
        what="vCPUs on demand",
        taker="aws:eks/cluster:Cluster",
        count={"dev": 1, "prod": 1},
        each=8,  # two machines of four: the add-ons, and the replicas of a small service, with some to spare
        service="ec2",
        code="L-1216C47A",
        ask="describe-instances",
    ),
)

STANDARD = frozenset("acdhimrtz")
"""First letters of the families that share one quota of vCPUs.

https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html
"""


def in_use(answer: Mapping[str, Any]) -> int:
    """Of what one of EC2's `describe` operations lists: machines by their vCPUs, all else by number."""
    if "Reservations" not in answer:
        return sum(len(listed) for listed in answer.values() if isinstance(listed, list))
    machines = [each for reservation in answer["Reservations"] for each in reservation["Instances"]]
    return sum(
        each["CpuOptions"]["CoreCount"] * each["CpuOptions"]["ThreadsPerCore"]
        for each in machines
        if each["State"]["Name"] in ("pending", "running")
        and "InstanceLifecycle" not in each  # else spot or scheduled
        and each["InstanceType"][0] in STANDARD
    )
