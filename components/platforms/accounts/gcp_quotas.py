"""What a stack takes of the quotas of a Google project."""

from dataclasses import dataclass

from components.platforms.accounts import Need


@dataclass(frozen=True, kw_only=True)
class Quota(Need):
    metric: str
    """https://cloud.google.com/compute/docs/reference/rest/v1/regions"""
    of_region: bool = True
    """Else of the whole project."""


NEEDS = (
    Quota(
        what="CPUs",
        taker="gcp:container/cluster:Cluster",
        count={"dev": 1, "prod": 1},
        each=8,  # the system's pods, the add-ons, and the replicas of a small service, with some to spare
        metric="CPUS",
    ),
    Quota(
        what="CPUs of all regions",
        taker="gcp:container/cluster:Cluster",
        count={"dev": 1, "prod": 1},
        each=8,
        metric="CPUS_ALL_REGIONS",
        of_region=False,
    ),
    Quota(
        what="addresses",
        taker="gcp:compute/routerNat:RouterNat",
        count={"dev": 1, "prod": 1},
        metric="IN_USE_ADDRESSES",
    ),
    Quota(
        what="networks",
        taker="gcp:compute/network:Network",
        count={"dev": 1, "prod": 1},
        metric="NETWORKS",
        of_region=False,
    ),
    Quota(
        what="subnetworks",
        taker="gcp:compute/subnetwork:Subnetwork",
        count={"dev": 2, "prod": 2},
        metric="SUBNETWORKS",
        of_region=False,
    ),
)
