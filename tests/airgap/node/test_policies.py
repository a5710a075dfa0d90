"""Pods find each other by name, and network policies are enforced."""

import uuid
from collections.abc import Iterator

import pytest

from components.objects import DNS_EGRESS
from tests.airgap.node.running import Running, eventually

pytestmark = [pytest.mark.node, pytest.mark.timeout(180)]

SERVE = ("-m", "http.server", "8000", "--directory", "/usr/share")
WAIT = ("-c", "import time; time.sleep(3600)")


@pytest.fixture(scope="module")
def namespace(running: Running) -> Iterator[str]:
    """With a server, its Service, and two clients named `friend` and `stranger`."""
    name = f"policies-{uuid.uuid4().hex[:6]}"
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "server", "namespace": name},
        "spec": {"selector": {"app": "server"}, "ports": [{"port": 80, "targetPort": 8000}]},
    }
    running.apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}},
        service,
        running.pod("server", *SERVE, namespace=name),
        running.pod("friend", *WAIT, namespace=name),
        running.pod("stranger", *WAIT, namespace=name),
    )
    running.kubectl("wait", "pods", "--all", "--for=condition=Ready", f"--namespace={name}", "--timeout=60s")
    yield name
    running.kubectl("delete", "namespace", name, "--wait=false")


def allow(namespace: str, *apps: str) -> dict:
    peers = [{"podSelector": {"matchLabels": {"app": app}}} for app in apps]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "server", "namespace": namespace},
        "spec": {
            "podSelector": {"matchLabels": {"app": "server"}},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": peers, "ports": [{"port": 8000}]}] if peers else [],
        },
    }


def test_a_service_answers_by_its_name(running: Running, namespace: str):
    assert eventually(lambda: running.fetch("friend", "http://server/", namespace))
    assert eventually(lambda: running.fetch("friend", f"http://server.{namespace}.svc.cluster.local/", namespace))


def test_a_forbidden_connection_fails_and_an_allowed_one_passes(running: Running, namespace: str):
    assert eventually(lambda: running.fetch("stranger", "http://server/", namespace)), "open while there is no policy"
    running.apply(allow(namespace, "friend"))
    assert eventually(lambda: not running.fetch("stranger", "http://server/", namespace)), "forbidden"
    assert running.fetch("friend", "http://server/", namespace), "allowed"
    running.apply(allow(namespace))
    assert eventually(lambda: not running.fetch("friend", "http://server/", namespace)), "nobody is allowed"
    running.kubectl("delete", "networkpolicy", "server", f"--namespace={namespace}")
    assert eventually(lambda: running.fetch("stranger", "http://server/", namespace)), "open again"


def test_no_pod_reaches_the_registry(running: Running, namespace: str):
    for address in (running.layout.address, "127.0.0.1"):
        assert not running.fetch("friend", f"http://{address}:{running.layout.ports.registry}/v2/", namespace)


def test_a_pod_that_may_ask_dns_and_one_server_finds_it_by_its_name(running: Running, namespace: str):
    server = {"to": [{"podSelector": {"matchLabels": {"app": "server"}}}], "ports": [{"port": 8000}]}
    spec = {"podSelector": {"matchLabels": {"app": "friend"}}, "policyTypes": ["Egress"]}
    meta = {"name": "friend", "namespace": namespace}
    document = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta}
    running.apply({**document, "spec": {**spec, "egress": [server]}})
    assert eventually(lambda: not running.fetch("friend", "http://server/", namespace)), "no name is found without DNS"
    running.apply({**document, "spec": {**spec, "egress": [server, DNS_EGRESS]}})
    assert eventually(lambda: running.fetch("friend", "http://server/", namespace)), "and it is with it"
    running.kubectl("delete", "networkpolicy", "friend", f"--namespace={namespace}")
