"""A service's secrets in a pod of the node: read as the pod's user, written by nobody, and named where one is missing."""

from collections.abc import Iterator
from typing import Any

import pytest

from airgap.kubernetes_provider.provider import Kubernetes
from components.objects import POD_SECURITY
from components.secrets import FILES, kubernetes_secret, volume_of_secret
from provider.protocol import InitFailed, Values
from tests.airgap.kubernetes_provider.calls import resource
from tests.airgap.node.running import Running, eventually

pytestmark = [pytest.mark.node, pytest.mark.timeout(180)]

SECRET = kubernetes_secret("shop")

PROGRAM = f"""
import pathlib
file = pathlib.Path("{FILES}/api-token")
print("read", file.read_text(), sorted(each.name for each in file.parent.iterdir() if not each.name.startswith(".")))
try:
    file.write_text("another")
except OSError as refused:
    print("refused", refused.strerror)
"""


def a_pod(running: Running) -> dict[str, Any]:
    pod = running.pod("shop", "-c", PROGRAM)
    spec = pod["spec"]
    spec |= {"restartPolicy": "Never", "securityContext": POD_SECURITY}
    spec["volumes"] = [{"name": "secrets", **volume_of_secret("shop", ["api-token"])}]
    spec["containers"][0]["volumeMounts"] = [{"name": "secrets", "mountPath": FILES, "readOnly": True}]
    return pod


@pytest.fixture
def tidy(running: Running) -> Iterator[None]:
    yield
    running.kubectl("delete", "pod/shop", f"secret/{SECRET}", "--ignore-not-found")


def test_a_pod_reads_the_keys_that_are_named_and_writes_none(running: Running, tidy: None):
    running.kubectl("create", "secret", "generic", SECRET, "--from-literal=api-token=t0ken", "--from-literal=more=m")
    running.apply(a_pod(running))
    assert eventually(lambda: "refused" in running.kubectl("logs", "shop", check=False), seconds=60)
    read, refused = running.kubectl("logs", "shop").splitlines()
    assert read == "read t0ken ['api-token']"
    assert refused == "refused Read-only file system"


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ([], f'secret "{SECRET}" not found'),
        (["--from-literal=more=m"], "references non-existent secret key: api-token"),
    ],
)
def test_a_missing_one_ends_the_wait_with_its_name(running: Running, tidy: None, there: list[str], said: str):
    if there:
        running.kubectl("create", "secret", "generic", SECRET, *there)
    plugin = Kubernetes()
    plugin.configure(Values({"kubeconfig": running.facts.kubeconfig}))
    body = a_pod(running)
    meta = {"labels": body["metadata"]["labels"]}
    with pytest.raises(InitFailed) as failed:
        plugin.create(resource("v1", "Pod", "default", 20, metadata=meta, spec=body["spec"]))
    text = "\n".join(failed.value.reasons)
    assert "event FailedMount: " in text and said in text
