"""What this provider does not do, each with the way out."""

from typing import Any

from provider.protocol import Unsupported

_HELM = (
    "Helm is not supported by this provider. To fix: render the chart (helm template NAME CHART --values FILE > "
    "chart.yaml) and deploy the result with kubernetes.yaml.ConfigFile, or install the official plugin."
)
_KUSTOMIZE = (
    "Kustomize is not supported by this provider. To fix: render it (kubectl kustomize FOLDER > all.yaml) and deploy "
    "the result with kubernetes.yaml.ConfigFile, or install the official plugin."
)
_FUNCTIONS = {"kubernetes:helm:": _HELM, "kubernetes:kustomize:": _KUSTOMIZE}


def reasons(kind: str, body: dict[str, Any]) -> list[tuple[str, str]]:
    """(property, reason) for a resource that cannot be served."""
    if str(body.get("apiVersion", "")).startswith("helm.sh/"):
        return [("", _HELM)]
    # The SDK sends DeploymentPatch with kind Deployment; a custom kind may end with Patch by its own right.
    if kind.endswith("Patch") and body.get("kind") != kind:
        whole = kind.removesuffix("Patch")
        fix = f"declare the whole object as {whole}, or take it over with ResourceOptions(import_=...)"
        return [("kind", f"patch resources ({kind}) are not supported by this provider. To fix: {fix}.")]
    if kind.endswith("List"):
        fix = f"declare each {kind.removesuffix('List')} by itself"
        return [("kind", f"list resources ({kind}) are not supported by this provider. To fix: {fix}.")]
    return []


def function(token: str) -> Unsupported:
    """The error for an invoke."""
    reason = next((reason for prefix, reason in _FUNCTIONS.items() if token.startswith(prefix)), None)
    return Unsupported(reason or f"the function {token} is not supported by this provider")


def component(token: str) -> Unsupported:
    """The error for a component that the provider would have to make."""
    if token.startswith("kubernetes:helm.sh/"):
        return Unsupported(_HELM)
    if token.startswith("kubernetes:kustomize/"):
        return Unsupported(_KUSTOMIZE)
    return Unsupported(f"the component {token} is not supported by this provider")
