"""The provider's configuration, as `pulumi_kubernetes.Provider` or `kubernetes:` stack configuration sends it."""

import os
from dataclasses import dataclass
from typing import Any

_REFUSED = {
    "renderYamlToDirectory": "leave it out, and apply to a cluster",
    "skipUpdateUnreachable": "leave it out: an unreachable cluster fails the update and changes nothing",
    "helmReleaseSettings": "leave it out: Helm is not covered; render the chart with `helm template`",
}
_OFF = (False, "false", None, "")


@dataclass(frozen=True, kw_only=True)
class Settings:
    kubeconfig: str | None = None
    """A path or the text itself; else $KUBECONFIG, ~/.kube/config, the pod's own service account."""
    context: str | None = None
    cluster: str | None = None
    namespace: str | None = None
    mutable_config_maps: bool = False
    """False: changed data makes a new ConfigMap, so that the pods that read it roll."""
    mutable_secrets: bool = False
    take_over: bool = False
    """Take fields from other managers instead of failing on a conflict."""
    adopt: bool = False
    """Let a create take over an object that is there already and was not made by it."""
    forget_unreachable: bool = False
    """A delete succeeds where the cluster cannot be reached."""


def read(config: dict[str, Any]) -> Settings:
    """Reads checked configuration; flags arrive as texts."""

    def flag(key: str, variable: str) -> bool:
        value = config.get(key)
        return (os.environ.get(variable, "") if value is None else str(value)).lower() == "true"

    return Settings(
        kubeconfig=config.get("kubeconfig"),
        context=config.get("context"),
        cluster=config.get("cluster"),
        namespace=config.get("namespace"),
        mutable_config_maps=flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"),
        mutable_secrets=flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
        take_over=flag("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE"),
        adopt=flag("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS"),
        forget_unreachable=flag("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE"),
    )


def refusals(config: dict[str, Any]) -> list[tuple[str, str]]:
    """(property, reason) for settings that ask for what this provider does not do."""
    found = [
        (key, f"{key} is not supported by this provider. To fix: {fix}.")
        for key, fix in _REFUSED.items()
        if config.get(key) not in _OFF
    ]
    if str(config.get("enableServerSideApply")).lower() == "false":
        found.append(("enableServerSideApply", "this provider only writes by server-side apply. To fix: leave it out."))
    return found
