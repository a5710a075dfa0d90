"""How many rules were meant to be of each area, before the first was written, and which topics an area has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policies.rules import TOPICS
from policies.stack_rules import STACK_RULES


@dataclass(frozen=True)
class Area:
    name: str
    at_least: int
    rules: int


MEANT: Sequence[tuple[str, int, tuple[str, ...]]] = (
    ("EKS", 15, ("eks", "eks_access", "eks_nodes")),
    ("GKE", 20, ("gke", "gke_nodes", "gke_upkeep")),
    ("caches", 14, ("elasticache", "memorystore")),
    ("registries", 10, ("artifact_registry", "ecr")),
    ("IAM", 13, ("federation_gcp", "iam_aws", "iam_gcp", "iam_identities_aws")),
    ("stores", 14, ("kms_aws", "secrets_gcp", "stores_aws", "stores_gcp", "stores_kept_aws")),
    ("Kubernetes, in CEL", 20, ("kubernetes_isolation", "kubernetes_objects", "kubernetes_workloads")),
    ("models", 8, ("models",)),
)


def areas() -> Iterator[Area]:
    for name, at_least, topics in MEANT:
        yield Area(name, at_least, sum(len(TOPICS[topic]) for topic in topics))
    yield Area("the whole stack", 6, len(STACK_RULES))
