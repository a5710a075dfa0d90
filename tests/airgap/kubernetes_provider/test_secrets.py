"""No secret text in the state, in an error, in what is printed."""

import base64
import json
from dataclasses import replace

import pytest

from provider.protocol import Values
from provider.protocol.values import decode, encode
from tests.airgap.kubernetes_provider.calls import resource

pytestmark = pytest.mark.cluster

PASSWORD = "hunter22-and-more"


def test_secrets_stay_secret_in_state_and_in_errors(stack, program, api_server, namespace):
    text = f"""
    password = pulumi.Output.secret("{PASSWORD}")
    core.Secret("access", metadata={{"name": "access"}}, string_data={{"password": password}}, opts=OPTS)
    core.ConfigMap("plain", metadata={{"name": "plain"}}, data={{"url": pulumi.Output.concat("redis://:", password, "@cache")}}, opts=OPTS)
    apps.Deployment("shop", metadata={{"name": "shop", "annotations": {{"pulumi.com/skipAwait": "true"}}}}, opts=OPTS, spec={{
        "selector": {{"match_labels": {{"app": "shop"}}}}, "template": {{"metadata": {{"labels": {{"app": "shop"}}}}, "spec": {{
            "containers": [{{"name": "main", "image": "shop:1", "env": [{{"name": "PASSWORD", "value": password}}]}}]}}}}}})
    """
    up = stack.up(program(text))
    state = stack.export()
    encoded = base64.b64encode(PASSWORD.encode()).decode()
    for hidden in (PASSWORD, encoded, "BEGIN EC PRIVATE KEY"):
        assert hidden not in state and hidden not in up.text
    assert json.loads(state)["deployment"]["secrets_providers"]["type"] == "passphrase"
    assert api_server.cluster.get("v1", "Secret", namespace, "access")["data"]["password"] == encoded

    # A refresh reads it all back from the cluster: still nothing in the open.
    stack.refresh()
    state = stack.export()
    assert PASSWORD not in state and encoded not in state

    # The API server quotes the value that it refuses.
    wrong = f"""
    password = pulumi.Output.secret("{PASSWORD}")
    core.Service("shop", metadata={{"labels": {{"note": pulumi.Output.concat(password, "!")}}}}, spec={{"ports": [{{"port": 80}}]}}, opts=OPTS)
    """
    for refused in (stack.preview(program(wrong), fails=True), stack.up(fails=True)):
        assert "metadata.labels: Invalid value" in refused.text
        assert PASSWORD not in refused.text and "[secret]" in refused.text


def test_the_state_of_an_imported_secret_is_secret(plugin, api_server, namespace):
    api_server.create(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "there", "namespace": namespace},
            "stringData": {"key": PASSWORD},
        }
    )
    asked = replace(resource("v1", "Secret", namespace, name="there"), id=f"{namespace}/there", inputs=Values())
    found = plugin.read(asked)
    assert found.state.secrets == {("data",)} and found.inputs.secrets == {("data",)}
    assert decode(encode(found.state)).secrets == {("data",)}
