"""A rule as it stands in policies/cel, and what its expression may read."""

import functools
import re
from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ConfigDict, model_validator

from policies.rule import Severity
from provider.protocol import PropertyPath

KINDS: Mapping[str, tuple[str, str]] = {
    "Pod": ("v1", "pods"),
    "Deployment": ("apps/v1", "deployments"),
    "StatefulSet": ("apps/v1", "statefulsets"),
    "DaemonSet": ("apps/v1", "daemonsets"),
    "ReplicaSet": ("apps/v1", "replicasets"),
    "Job": ("batch/v1", "jobs"),
    "CronJob": ("batch/v1", "cronjobs"),
    "ConfigMap": ("v1", "configmaps"),
    "Namespace": ("v1", "namespaces"),
    "NetworkPolicy": ("networking.k8s.io/v1", "networkpolicies"),
    "ScaledObject": ("keda.sh/v1alpha1", "scaledobjects"),
    "HTTPRoute": ("gateway.networking.k8s.io/v1", "httproutes"),
    "BackendTrafficPolicy": ("gateway.envoyproxy.io/v1alpha1", "backendtrafficpolicies"),
    "Service": ("v1", "services"),
    "ServiceAccount": ("v1", "serviceaccounts"),
    "Role": ("rbac.authorization.k8s.io/v1", "roles"),
    "ClusterRole": ("rbac.authorization.k8s.io/v1", "clusterroles"),
    "RoleBinding": ("rbac.authorization.k8s.io/v1", "rolebindings"),
    "ClusterRoleBinding": ("rbac.authorization.k8s.io/v1", "clusterrolebindings"),
}
"""API version and plural."""

CLUSTER_WIDE = frozenset({"Namespace", "ClusterRole", "ClusterRoleBinding"})
"""Judged at preview alone: no namespace tells which of them are a stack's, and admission would bind the others."""

PODS = ("Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob")
"""Pods, and what makes them from a template."""

_TEMPLATE = (
    "(object.kind == 'Pod' ? object : object.kind == 'CronJob' ? object.spec.jobTemplate.spec.template "
    ": object.spec.template)"
)
VARIABLES: Mapping[str, str] = {
    "pod": f"{_TEMPLATE}.spec",
    "about": f"has({_TEMPLATE}.metadata) ? {_TEMPLATE}.metadata : {{}}",
    "containers": (
        "variables.pod.containers + (has(variables.pod.initContainers) ? variables.pod.initContainers : [])"
        " + (has(variables.pod.ephemeralContainers) ? variables.pod.ephemeralContainers : [])"
    ),
}
"""Each may stand on those before it: https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#variable-composition"""


class Written(BaseModel):
    """One expression, true for what complies: over every container `c`, over the pod, or over the object."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kinds: tuple[str, ...] = PODS
    severity: Severity
    answers: tuple[str, ...] = ()
    must: str
    fix: str
    containers: str | None = None
    pod: str | None = None
    object: str | None = None
    not_at_admission: str | None = None
    """Why the API server is not asked it."""

    @model_validator(mode="after")
    def _one_expression(self) -> "Written":
        if sum(each is not None for each in (self.containers, self.pod, self.object)) != 1:
            raise ValueError(f"{self.name} must have one of containers, pod and object")
        return self

    @property
    def expression(self) -> str:
        return f"variables.containers.all(c, {self.containers})" if self.containers else self.pod or self.object or ""

    @property
    def offender(self) -> str | None:
        """The expression that names the first container that does not comply."""
        if self.containers is None:
            return None
        return f"'container ' + variables.containers.filter(c, !({self.containers}))[0].name + ' fails'"

    @property
    def variables(self) -> list[str]:
        """Those of VARIABLES that the expression needs, in their order."""
        return [name for name in VARIABLES if name in self._names]

    def waits_for(self, unknowns: Iterable[PropertyPath]) -> PropertyPath | None:
        """The first of these paths whose value the expression may read."""
        return next((path for path in unknowns if _last_key(path) in self._names), None)

    @functools.cached_property
    def _names(self) -> frozenset[str]:
        """Every word and quoted key in the expression and in what it stands on: no other field is read."""
        names, text = frozenset[str](), self.expression
        while (found := frozenset(re.findall(r"\w+", text) + re.findall(r"'([^']*)'", text))) - names:
            names |= found
            text = " ".join(VARIABLES[name] for name in VARIABLES if name in names)
        return names


def _last_key(path: PropertyPath) -> str:
    return next((step for step in reversed(path) if isinstance(step, str)), "")
