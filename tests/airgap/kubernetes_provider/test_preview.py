"""What a preview says, and that it changes nothing."""

import pytest

pytestmark = pytest.mark.cluster

DEPLOYMENT = """
apps.Deployment("shop", opts=OPTS, spec={"replicas": 1, "selector": {"match_labels": {"app": "shop"}},
    "template": {"metadata": {"labels": {"app": "shop"}}, "spec": {"containers": [{"name": "main", "image": "shop:1", %s}]}}})
"""


def test_the_api_server_judges_a_preview(stack, program, api_server, namespace):
    refused = stack.preview(program(DEPLOYMENT % '"ports": [{"container_port": 99999}]'), fails=True)
    assert "spec.template.spec.containers[0].ports[0].containerPort: Invalid value: 99999" in refused.text
    refused = stack.preview(program(DEPLOYMENT % '"imagePulPolicy": "Always"'), fails=True)
    assert "field not declared in schema" in refused.text and "imagePulPolicy" in refused.text
    assert stack.preview(program(DEPLOYMENT % '"image_pull_policy": "Always"')).changes == {"to create": 3}
    assert api_server.cluster.list("apps/v1", "Deployment", namespace) == []


def test_values_that_are_not_known_yet_pass(stack, program):
    """A value, a whole map, a name, a namespace and a kubeconfig that other resources make."""
    text = """
    first = core.ConfigMap("first", data={"a": "b"}, opts=OPTS)
    room = core.Namespace("room", metadata={"name": f"{NAMESPACE}-room"}, opts=OPTS)
    core.Secret("value", string_data={"uid": first.metadata.uid}, opts=OPTS)
    core.ConfigMap("map", data=first.metadata.uid.apply(lambda uid: {"uid": uid}), opts=OPTS)
    core.ConfigMap("named", metadata={"name": first.metadata.uid, "namespace": room.metadata.name}, opts=OPTS)
    later = k8s.Provider("later", kubeconfig=first.metadata.uid.apply(lambda _: os.environ["TEST_KUBECONFIG"]), namespace=NAMESPACE)
    far = core.ConfigMap("far", data={"a": "b"}, opts=ResourceOptions(provider=later))
    ports = core.Service("ports", metadata={"annotations": {"pulumi.com/skipAwait": "true"}}, spec={"ports": [{"port": 80}]}, opts=OPTS)
    core.ConfigMap("ip", data={"ip": ports.spec.cluster_ip, "uid": far.metadata.uid}, opts=OPTS)
    """
    assert stack.preview(program(text)).changes == {"to create": 11}
    assert stack.up().changes == {"created": 11}
    assert stack.up().changes == {"unchanged": 11}
    stack.destroy()
