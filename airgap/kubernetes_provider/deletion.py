"""Deleting an object, and waiting until it is gone."""

import threading

from airgap.kubernetes_provider.cluster import Cluster
from airgap.kubernetes_provider.errors import ApiError, NoKind
from airgap.kubernetes_provider.objects import ANNOTATION, annotations, flag, identity
from airgap.kubernetes_provider.waiting import Waiter
from provider.protocol import Resource
from provider.protocol.engine_log import EngineLog

_CHILDLESS = frozenset(
    f"{group}/{kind}"
    for group, kinds in {
        "": ("ConfigMap", "Secret", "ServiceAccount", "Service"),
        "networking.k8s.io": ("NetworkPolicy",),
        "policy": ("PodDisruptionBudget",),
        "rbac.authorization.k8s.io": ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"),
    }.items()
    for kind in kinds
)
"""Nothing that must be gone with them: no need to wait 0.25 s each for the garbage collector to look."""


def delete(resource: Resource, cluster: Cluster, log: EngineLog, stopping: threading.Event) -> None:
    """Returns when the object, and with it what it owns, is gone; at once where it was gone already."""
    place = identity(resource)
    api_version, kind, _, _ = place
    group = api_version.rpartition("/")[0]
    default = "background" if f"{group}/{kind}" in _CHILDLESS else "foreground"
    policy = annotations(resource.state.plain).get(f"{ANNOTATION}deletionPropagationPolicy", default)
    try:
        deleted = cluster.delete(*place, policy.capitalize())
    except NoKind:
        return  # its definition is gone, and every object with it
    except ApiError as error:
        if error.status == 404:
            return
        raise
    if flag(resource.state.plain, "skipAwait"):
        return
    waiter = Waiter(resource.timeout, stopping, lambda text: log.status(resource.urn, text))
    waiter.until_gone(cluster, deleted, place)
