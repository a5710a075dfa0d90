"""What scales a workload, and between which bounds."""

from collections.abc import Mapping
from dataclasses import dataclass

from policies.graph import Graph, Node
from policies.kubernetes.relations import NAME, SCALABLE, namespace, of_kind

SCALED_OBJECT = "kubernetes:keda.sh/v1alpha1:ScaledObject"


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Paths of a scaler's bounds, and what holds where they are not set."""

    least: tuple[str, int]
    most: tuple[str, int]


_OF_KUBERNETES = Bounds(least=("spec.minReplicas", 1), most=("spec.maxReplicas", 1))

SCALERS: Mapping[str, Bounds] = {
    # https://keda.sh/docs/latest/reference/scaledobject-spec/
    SCALED_OBJECT: Bounds(least=("spec.minReplicaCount", 0), most=("spec.maxReplicaCount", 100)),
    # https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/
    "kubernetes:autoscaling/v2:HorizontalPodAutoscaler": _OF_KUBERNETES,
    "kubernetes:autoscaling/v1:HorizontalPodAutoscaler": _OF_KUBERNETES,
}


def target(graph: Graph, scaler: Node) -> tuple[str, str | None]:
    """Kind and name of what it scales, in its own namespace."""
    name = graph.meant(scaler, "spec.scaleTargetRef.name", SCALABLE, NAME)
    return scaler.get("spec.scaleTargetRef.kind") or "Deployment", name


def scales(graph: Graph, scaler: Node, workload: Node) -> bool:
    same_room = namespace(graph, scaler) == namespace(graph, workload)
    return same_room and target(graph, scaler) == (of_kind(workload), workload.get(NAME))
