"""The manifests that the node applies by itself."""

from pathlib import Path

import pytest
import yaml

from airgap.node import addons, certificates
from airgap.node.images import IMAGES, Archive
from airgap.node.layout import Layout
from components.objects import DNS_EGRESS


@pytest.fixture
def documents(layout: Layout) -> list[dict]:
    certificates.ensure(layout)
    archives = {image.name: Archive(f"docker.io/tradewind/{image.name}:0123", Path("image.tar")) for image in IMAGES}
    return list(yaml.safe_load_all(addons.render(layout, archives)))


def of_kind(documents: list[dict], kind: str) -> list[dict]:
    return [document for document in documents if document["kind"] == kind]


def test_every_container_is_bounded_and_unprivileged(documents: list[dict]):
    for deployment in of_kind(documents, "Deployment"):
        spec = deployment["spec"]["template"]["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True
        for container in spec["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"]["limits"]["memory"]
            assert {"readinessProbe", "livenessProbe"} <= container.keys()


def test_images_are_the_nodes_own_and_never_pulled(documents: list[dict]):
    for deployment in of_kind(documents, "Deployment"):
        [container] = deployment["spec"]["template"]["spec"]["containers"]
        assert container["image"] == f"docker.io/tradewind/{deployment['metadata']['name']}:0123"
        assert container["imagePullPolicy"] == "Never"


def test_dns_has_the_address_that_pods_are_told(documents: list[dict], layout: Layout):
    [service] = [found for found in of_kind(documents, "Service") if found["metadata"]["name"] == "kube-dns"]
    assert service["spec"]["clusterIP"] == str(layout.dns)


def test_dns_listens_in_its_pod_on_the_port_that_policies_open(documents: list[dict]):
    [pod] = [each for each in of_kind(documents, "Deployment") if each["metadata"]["name"] == "coredns"]
    [container] = pod["spec"]["template"]["spec"]["containers"]
    assert {(port["containerPort"], port["protocol"]) for port in container["ports"]} == {
        (each["port"], each["protocol"]) for each in DNS_EGRESS["ports"]
    }


def test_the_metrics_api_is_trusted_by_its_certificate(documents: list[dict]):
    [api] = of_kind(documents, "APIService")
    assert api["spec"]["caBundle"]
    assert "insecureSkipTLSVerify" not in api["spec"]


def test_nobody_but_built_in_roles_may_write(documents: list[dict]):
    verbs = {verb for role in of_kind(documents, "ClusterRole") for rule in role["rules"] for verb in rule["verbs"]}
    assert verbs == {"get", "list", "watch"}
