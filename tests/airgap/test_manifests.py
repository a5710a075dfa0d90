"""The add-ons' objects, as rendered from their Go modules."""

import json

import pytest

from airgap import manifests
from airgap.manifests import Document

RENDERED = {"keda": manifests.keda, "gateway-api": manifests.gateway_api, "envoy-gateway": manifests.envoy_gateway}


@pytest.fixture(scope="module")
def documents() -> dict[str, list[Document]]:
    return {name: render(print) for name, render in RENDERED.items()}


def kinds(documents: list[Document], kind: str) -> dict[str, Document]:
    return {each["metadata"]["name"]: each for each in documents if each["kind"] == kind}


def test_keda_comes_without_webhooks_and_with_its_metrics_api(documents: dict[str, list[Document]]):
    assert set(kinds(documents["keda"], "Deployment")) == {"keda-operator", "keda-metrics-apiserver"}
    assert "v1beta1.external.metrics.k8s.io" in kinds(documents["keda"], "APIService")
    assert not kinds(documents["keda"], "ValidatingWebhookConfiguration")


def test_envoy_gateway_injects_nothing_into_pods(documents: dict[str, list[Document]]):
    assert not kinds(documents["envoy-gateway"], "MutatingWebhookConfiguration")
    [config] = kinds(documents["envoy-gateway"], "ConfigMap").values()
    text = config["data"]["envoy-gateway.yaml"]
    assert "proxyTopologyInjector" in text and manifests.ENVOY_GATEWAY_IMAGE in text


def test_gateway_api_is_its_standard_channel(documents: dict[str, list[Document]]):
    crds = kinds(documents["gateway-api"], "CustomResourceDefinition")
    assert {"gateways.gateway.networking.k8s.io", "httproutes.gateway.networking.k8s.io"} <= set(crds)
    channels = {each["metadata"]["annotations"]["gateway.networking.k8s.io/channel"] for each in crds.values()}
    assert channels == {"standard"}
    assert not set(crds) & set(kinds(documents["envoy-gateway"], "CustomResourceDefinition"))


def test_every_image_is_a_placeholder(documents: dict[str, list[Document]]):
    for each in (each for group in documents.values() for each in group if each["kind"] in ("Deployment", "Job")):
        for box in each["spec"]["template"]["spec"]["containers"]:
            assert box["image"] in (manifests.KEDA_IMAGE, manifests.ENVOY_GATEWAY_IMAGE)


def test_the_certificate_job_stays_after_it_ended(documents: dict[str, list[Document]]):
    [job] = kinds(documents["envoy-gateway"], "Job").values()
    assert "ttlSecondsAfterFinished" not in job["spec"]
    assert not any(key.startswith("helm.sh/") for key in job["metadata"].get("annotations", {}))


def test_the_prose_of_schemas_is_gone_and_fields_called_description_are_not():
    schema = {"description": "prose", "properties": {"description": {"type": "string", "description": "prose"}}}
    document = {
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "x"},
        "spec": {"versions": [{"schema": {"openAPIV3Schema": schema}}]},
    }
    slim = manifests._slim(document)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert slim == {"properties": {"description": {"type": "string"}}}


def test_all_of_it_fits_into_a_state_that_is_written_at_each_step(documents: dict[str, list[Document]]):
    assert len(json.dumps(documents)) < 700_000
