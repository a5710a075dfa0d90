"""Which changes need a new object."""

from airgap.kubernetes_provider.cluster import Cluster
from airgap.kubernetes_provider.connection import Unreachable
from airgap.kubernetes_provider.errors import ApiError, NoKind, field_path
from airgap.kubernetes_provider.objects import body_of, manager_of
from airgap.kubernetes_provider.settings import Settings
from provider.protocol import UNKNOWN, Change, PropertyPath, Resource, Values

_ANY: tuple[PropertyPath, ...] = (
    ("metadata", "name"),
    ("metadata", "namespace"),
    ("metadata", "generateName"),
    ("kind",),
)

# What the API server refuses to change. A field that is missing here is found by a dry run, where one can be made.
_IMMUTABLE: dict[str, tuple[PropertyPath, ...]] = {
    "apps/Deployment": (("spec", "selector"),),
    "apps/DaemonSet": (("spec", "selector"),),
    "apps/StatefulSet": (
        ("spec", "selector"),
        ("spec", "serviceName"),
        ("spec", "podManagementPolicy"),
        ("spec", "volumeClaimTemplates"),
    ),
    "batch/Job": (("spec", "selector"), ("spec", "template"), ("spec", "completionMode")),
    "rbac.authorization.k8s.io/RoleBinding": (("roleRef",),),
    "rbac.authorization.k8s.io/ClusterRoleBinding": (("roleRef",),),
    "storage.k8s.io/StorageClass": (("provisioner",), ("parameters",), ("reclaimPolicy",), ("volumeBindingMode",)),
    "/PersistentVolumeClaim": tuple(
        ("spec", each) for each in ("accessModes", "selector", "storageClassName", "volumeName", "volumeMode")
    ),
    "/Pod": tuple(("spec", each) for each in ("nodeName", "restartPolicy", "serviceAccountName", "volumes")),
    "/Secret": (("type",),),
    "/Service": (("spec", "clusterIP"),),
}
_DATA: tuple[PropertyPath, ...] = (("data",), ("stringData",), ("binaryData",))


def rules(inputs: Values, old_inputs: Values, settings: Settings) -> tuple[PropertyPath, ...]:
    """The paths whose change replaces the object."""
    group, _, _ = str(inputs.get("apiVersion")).rpartition("/")
    kind = str(inputs.get("kind"))
    paths = _ANY + _IMMUTABLE.get(f"{group}/{kind}", ())
    # Upstream's rule: new data makes a new object, and so rolls the pods that name it.
    mutable = {"ConfigMap": settings.mutable_config_maps, "Secret": settings.mutable_secrets}.get(kind)
    if not group and mutable is not None and (not mutable or old_inputs.get("immutable") is True):
        paths += _DATA
    return paths


def replacing(
    resource: Resource, changes: dict[PropertyPath, Change], settings: Settings, cluster: Cluster
) -> frozenset[PropertyPath]:
    """Those of the changes that need a new object."""
    ruled = rules(resource.inputs, resource.old_inputs, settings)
    found = {path for path in changes if any(_meets(resource.inputs, path, rule) for rule in ruled)}
    if ("apiVersion",) in changes:
        groups = {str(each.get("apiVersion")).rpartition("/")[0] for each in (resource.inputs, resource.old_inputs)}
        found |= {("apiVersion",)} if len(groups) == 2 else set()
    if not found and not resource.inputs.unknown:
        found = _refused(resource, changes, cluster)
    return frozenset(found)


def _meets(inputs: Values, path: PropertyPath, rule: PropertyPath) -> bool:
    if path[: len(rule)] == rule:
        return True
    # To find what a delete-before-replace drags along, the engine calls Diff with whole top-level properties unknown.
    # An unknown spec must not count, or a Deployment would go with its Secret; an unknown metadata must (namespace).
    vague = inputs.get(*path) is UNKNOWN and path[0] != "metadata"
    return rule[: len(path)] == path and not vague


def _refused(resource: Resource, changes: dict[PropertyPath, Change], cluster: Cluster) -> set[PropertyPath]:
    """The changes that a dry run says cannot be made."""
    try:
        cluster.apply(body_of(resource.inputs), manager_of(resource), dry_run=True, force=True)
    except ApiError as error:
        found: set[PropertyPath] = set()
        for field in error.immutable_fields:
            wanted = field_path(field)
            texts = {path: tuple(map(str, path)) for path in changes}
            exact = {p for p, text in texts.items() if text[: len(wanted)] == wanted or wanted[: len(text)] == text}
            found |= exact or {path for path in changes if path[0] == wanted[0]} or set(changes)
        return found
    except (NoKind, Unreachable):
        pass
    return set()
