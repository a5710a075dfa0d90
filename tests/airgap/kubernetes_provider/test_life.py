"""From nothing to an object, its changes, and back to nothing, on the real engine, SDK and API server."""

import re

import pytest

from airgap.kubernetes_provider.errors import ApiError

pytestmark = pytest.mark.cluster

WIDGETS = """
definition = k8s.apiextensions.v1.CustomResourceDefinition("widgets", opts=OPTS,
    metadata={"name": f"widgets.{NAMESPACE}.example.com"},
    spec={"group": f"{NAMESPACE}.example.com", "scope": "Namespaced",
          "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"},
          "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {
              "type": "object", "properties": {"spec": {"type": "object", "properties": {
                  "size": {"type": "integer"}, "ratio": {"type": "number"}}}}}}}]})
widget = k8s.apiextensions.CustomResource("first", api_version=f"{NAMESPACE}.example.com/v1", kind="Widget",
    metadata={"name": "first"}, spec={"size": %d, "ratio": 0.5}, opts=ResourceOptions.merge(OPTS, ResourceOptions(depends_on=[definition])))
config = core.ConfigMap("settings", data={"mode": "fast"}, opts=OPTS)
pulumi.export("name", config.metadata.name)
pulumi.export("uid", config.metadata.uid)
"""


def test_a_program_comes_up_stays_and_goes(stack, program, api_server, namespace):
    cluster, group = api_server.cluster, f"{namespace}.example.com/v1"

    # The kind does not exist yet: the preview passes, and nothing is made.
    preview = stack.preview(program(WIDGETS % 3))
    assert preview.changes == {"to create": 5}
    assert [each["metadata"]["name"] for each in cluster.list("v1", "ConfigMap", namespace)] == ["kube-root-ca.crt"]

    assert stack.up().changes == {"created": 5}
    outputs = stack.outputs()
    assert re.fullmatch(r"settings-[0-9a-f]{8}", outputs["name"])
    config = cluster.get("v1", "ConfigMap", namespace, outputs["name"])
    assert config["metadata"]["uid"] == outputs["uid"]
    assert config["metadata"]["annotations"]["pulumi.com/autonamed"] == "true"
    [owner] = config["metadata"]["managedFields"]
    assert owner["operation"] == "Apply" and re.fullmatch(r"pulumi-kubernetes-[0-9a-f]{8}", owner["manager"])
    assert cluster.get(group, "Widget", namespace, "first")["spec"] == {"size": 3, "ratio": 0.5}

    again = stack.up()
    assert again.changes == {"unchanged": 5}
    assert stack.outputs()["name"] == outputs["name"]

    assert stack.up(program(WIDGETS % 4)).changes == {"updated": 1, "unchanged": 4}
    assert cluster.get(group, "Widget", namespace, "first")["spec"]["size"] == 4

    stack.destroy()
    assert [each["metadata"]["name"] for each in cluster.list("v1", "ConfigMap", namespace)] == ["kube-root-ca.crt"]
    with pytest.raises(ApiError) as gone:
        cluster.get("apiextensions.k8s.io/v1", "CustomResourceDefinition", None, f"widgets.{namespace}.example.com")
    assert gone.value.status == 404
