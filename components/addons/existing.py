"""What a given cluster has already: it is looked at when the program plans, so that the preview tells the truth."""

from collections.abc import Sequence
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from components import naming
from components.addons import CONTROLLER, Existing
from components.addons.versions import USED, supports
from components.validation import InvalidInput

TIMEOUT_S = 10
KEDA_CRD = "scaledobjects.keda.sh"
GATEWAY_API_CRD = "gateways.gateway.networking.k8s.io"
ENVOY_GATEWAY_CRD = "envoyproxies.gateway.envoyproxy.io"


def look(api: client.ApiClient, owner: str, namespaces: Sequence[str]) -> Existing:
    """What the cluster has that does not carry `owner`; InvalidInput where it cannot take what we would add.

    What carries it was made by an earlier run of this stack, perhaps an interrupted one: ours to finish.
    """
    _refuse_taken(api, owner, namespaces)
    keda, gateway_api, envoy_gateway = (
        _has_foreign_crd(api, name, owner) for name in (KEDA_CRD, GATEWAY_API_CRD, ENVOY_GATEWAY_CRD)
    )
    if not envoy_gateway:
        version = client.VersionApi(api).get_code(_request_timeout=TIMEOUT_S).git_version
        if not supports(version):
            raise InvalidInput(
                f"the cluster runs Kubernetes {version}, and Envoy Gateway {USED.envoy_gateway} is made for "
                f"{', '.join(USED.kubernetes)}. To fix: install another Envoy Gateway there, or upgrade the cluster."
            )
        return Existing(keda=keda, gateway_api=gateway_api)
    return Existing(
        keda=keda,
        gateway_api=True,
        envoy_gateway=True,
        envoy_gateway_namespace=_controller_namespace(api),
        gateway_class=_gateway_class(api, owner),
    )


def _has_foreign_crd(api: client.ApiClient, name: str, owner: str) -> bool:
    try:
        found: Any = client.ApiextensionsV1Api(api).read_custom_resource_definition(name, _request_timeout=TIMEOUT_S)
    except ApiException as error:
        if error.status == 404:
            return False
        raise
    return (found.metadata.labels or {}).get(naming.OWNER) != owner


def _refuse_taken(api: client.ApiClient, owner: str, namespaces: Sequence[str]) -> None:
    spaces: Any = client.CoreV1Api(api).list_namespace(_request_timeout=TIMEOUT_S)
    for space in spaces.items:
        holder = (space.metadata.labels or {}).get(naming.OWNER)
        if space.metadata.name in namespaces and holder != owner:
            raise InvalidInput(
                f"the cluster has a namespace {space.metadata.name!r} that is not this stack's "
                f"({naming.OWNER} is {holder!r}, this stack is {owner!r}). To fix: use another stack name."
            )


def _controller_namespace(api: client.ApiClient) -> str:
    found: Any = client.AppsV1Api(api).list_deployment_for_all_namespaces(
        label_selector="control-plane=envoy-gateway", _request_timeout=TIMEOUT_S
    )
    if not found.items:
        raise InvalidInput(
            "the cluster has Envoy Gateway's CRDs, and no Deployment labelled control-plane=envoy-gateway. "
            "To fix: install its controller there, or remove its CRDs."
        )
    return found.items[0].metadata.namespace


def _gateway_class(api: client.ApiClient, owner: str) -> str | None:
    found: Any = client.CustomObjectsApi(api).list_cluster_custom_object(
        "gateway.networking.k8s.io", "v1", "gatewayclasses", _request_timeout=TIMEOUT_S
    )
    names = [
        each["metadata"]["name"]
        for each in found["items"]
        if each["spec"]["controllerName"] == CONTROLLER
        and each["metadata"].get("labels", {}).get(naming.OWNER) != owner
    ]
    return min(names, default=None)
