"""Gateways and their classes, as Envoy Gateway would answer for them: with Envoys behind, and only where it is installed."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from airgap.kubernetes_provider.cluster import Object
from components.addons.entry import _gateway, _proxy
from tests.doubles.clusters import envoys
from tests.doubles.clusters.attachment import GATEWAYS
from tests.doubles.clusters.gateways import CONTROLLER, PROXY
from tests.doubles.clusters.played import Played
from tests.doubles.kubernetes.history import standing

pytestmark = pytest.mark.cluster

Tidy = Callable[[Object], Object]

UNTOLD = ("Unknown", "Pending")
"""As the definitions have it of an object that no controller has seen."""


@pytest.fixture
def entry(aws: Played) -> Iterator[Object]:
    """A Gateway as our stack has it, whose Envoys run."""
    made = a_class(aws), a_proxy(aws), a_gateway(aws)
    aws.pass_()
    run_pods(aws, made[-1])
    aws.pass_()
    yield made[-1]
    for each in made:
        aws.end(each)
    aws.pass_()


def a_class(played: Played, name: str = "rehearsed", **spec: Any) -> Object:
    return played.make(GATEWAYS, "GatewayClass", name, spec={"controllerName": CONTROLLER, **spec})


def a_proxy(played: Played, **spoilt: Any) -> Object:
    return played.make(PROXY, "EnvoyProxy", "entry", spec={**_proxy("registry.lab/envoy:1"), **spoilt})


def a_gateway(played: Played, name: str = "entry", **spoilt: Any) -> Object:
    return played.make(GATEWAYS, "Gateway", name, spec={**_gateway("rehearsed"), **spoilt})


def run_pods(played: Played, gateway: Object) -> None:
    """As a kubelet reports them; the Deployment's own controller counts them."""
    found = deployment(played, gateway)
    deadline = time.monotonic() + 20
    while played.status(found).get("availableReplicas", 0) < found["spec"]["replicas"]:
        for pod in played.cluster.list("v1", "Pod", played.namespace):
            fine = [{"type": kind, "status": "True"} for kind in ("Ready", "ContainersReady", "PodScheduled")]
            status = {"phase": "Running", "podIP": "10.1.2.3", "podIPs": [{"ip": "10.1.2.3"}], "conditions": fine}
            played.server.patch("v1", "Pod", played.namespace, pod["metadata"]["name"], {"status": status}, status=True)
        assert time.monotonic() < deadline
        time.sleep(0.2)


def deployment(played: Played, gateway: Object) -> Object:
    return played.cluster.get("apps/v1", "Deployment", played.namespace, envoys.name(gateway))


def test_a_gateway_of_our_stack_is_programmed_once_an_envoy_runs(aws: Played, tidy: Tidy):
    kind, _, gateway = tidy(a_class(aws)), tidy(a_proxy(aws)), tidy(a_gateway(aws))
    aws.pass_(times=2)
    assert aws.told(kind) == {"Accepted": ("True", "Accepted")}
    assert aws.told(gateway) == {"Accepted": ("True", "Accepted"), "Programmed": ("False", "NoResources")}
    run_pods(aws, gateway)
    aws.pass_()
    assert aws.told(gateway)["Programmed"] == ("True", "Programmed")
    service = aws.cluster.get("v1", "Service", aws.namespace, envoys.name(gateway))
    status = aws.status(gateway)
    assert status["addresses"] == [{"type": "IPAddress", "value": service["spec"]["clusterIP"]}]
    [listener] = status["listeners"]
    assert {(each["type"], each["status"]) for each in listener["conditions"]} == {
        ("Accepted", "True"), ("ResolvedRefs", "True"), ("Programmed", "True"),
    }  # fmt: skip


def test_the_envoys_are_what_the_settings_ask_for(aws: Played, entry: Object):
    found = deployment(aws, entry)
    assert found["metadata"]["labels"]["gateway.envoyproxy.io/owning-gateway-name"] == "entry"
    pod = found["spec"]["template"]["spec"]
    envoy, helper = pod["containers"]
    assert envoy["image"] == "registry.lab/envoy:1" and envoy["resources"]["limits"]["memory"] == "256Mi"
    assert envoy["startupProbe"]["failureThreshold"] == 60
    assert envoy["startupProbe"]["httpGet"]["path"] == "/ready", "of what it lays its patch on"
    assert helper["resources"]["limits"]["memory"] == "96Mi" and [each["name"] for each in pod["volumes"]] == [
        "certs",
        "sds",
        "tmp",
    ]
    assert {each["mountPath"] for each in envoy["volumeMounts"]} == {"/certs", "/sds", "/tmp"}


def test_a_patch_that_the_api_server_refuses_is_heard_of(aws: Played, tidy: Tidy):
    broken = _proxy(None)
    broken["provider"]["kubernetes"]["envoyDeployment"]["patch"]["value"]["spec"]["template"]["spec"].pop("volumes")
    made = tidy(a_class(aws)), tidy(a_proxy(aws, **broken)), tidy(a_gateway(aws))
    aws.pass_()
    assert aws.told(made[-1])["Programmed"] == ("False", "NoResources")
    assert "volumeMounts[2].name: Not found" in aws.message(made[-1], "Programmed")


def test_nothing_happens_while_no_controller_is_installed(aws: Played, tidy: Tidy):
    [release] = standing(aws.cluster, "gateway-helm")
    path = aws.cluster.path("v1", "Secret", release.namespace, release.secret)
    pending = {"metadata": {"labels": {"status": "pending-install"}}}
    patch: dict[str, Any] = {"content_type": "application/merge-patch+json"}
    aws.cluster.request("PATCH", path, body=pending, **patch)
    kind, gateway = tidy(a_class(aws)), tidy(a_gateway(aws))
    aws.pass_()
    aws.cluster.request("PATCH", path, body={"metadata": {"labels": {"status": "deployed"}}}, **patch)
    assert aws.told(kind) == {"Accepted": UNTOLD} and aws.told(gateway) == {"Accepted": UNTOLD, "Programmed": UNTOLD}


def test_a_class_of_another_controller_is_left_alone(aws: Played, tidy: Tidy):
    kind = tidy(a_class(aws, "other", controllerName="example.com/other"))
    gateway = tidy(a_gateway(aws, gatewayClassName="other"))
    aws.pass_()
    assert aws.told(kind) == {"Accepted": UNTOLD} and aws.told(gateway) == {"Accepted": UNTOLD, "Programmed": UNTOLD}


def test_settings_that_are_not_there_are_named(aws: Played, tidy: Tidy):
    tidy(a_class(aws))
    gateway = tidy(
        a_gateway(
            aws,
            infrastructure={"parametersRef": {"group": "gateway.envoyproxy.io", "kind": "EnvoyProxy", "name": "none"}},
        )
    )
    aws.pass_()
    assert aws.told(gateway)["Accepted"] == ("False", "InvalidParameters")
    assert f"EnvoyProxy {aws.namespace}/none does not exist" in aws.message(gateway, "Accepted")


@pytest.mark.parametrize(
    ("listener", "condition", "reason"),
    [
        ({"protocol": "example.com/QUIC"}, "Accepted", "UnsupportedProtocol"),
        (
            {"protocol": "HTTPS", "tls": {"certificateRefs": [{"name": "none"}]}},
            "ResolvedRefs",
            "InvalidCertificateRef",
        ),
    ],
)
def test_a_listener_that_cannot_be_is_told(
    aws: Played, tidy: Tidy, listener: dict[str, Any], condition: str, reason: str
):
    for each in (a_class(aws), a_proxy(aws)):
        tidy(each)
    gateway = tidy(a_gateway(aws, listeners=[{"name": "odd", "port": 8080, **listener}]))
    aws.pass_()
    [told] = aws.status(gateway)["listeners"]
    assert (condition, "False", reason) in {
        (each["type"], each["status"], each["reason"]) for each in told["conditions"]
    }


def test_the_envoys_go_with_their_gateway(aws: Played, tidy: Tidy):
    for each in (a_class(aws), a_proxy(aws)):
        tidy(each)
    gateway = a_gateway(aws)
    aws.pass_()
    assert deployment(aws, gateway)
    aws.end(gateway)
    aws.pass_()
    for version, kind in (("apps/v1", "Deployment"), ("v1", "Service"), ("v1", "ServiceAccount")):
        assert aws.cluster.metadata(version, kind, aws.namespace, envoys.name(gateway)) is None


def test_one_that_nobody_programs_is_named_by_our_provider(aws: Played, tidy: Tidy):
    for each in (a_class(aws), a_proxy(aws)):
        tidy(each)
    wait = {"pulumi.com/waitFor": "condition=Programmed"}
    said = aws.awaited(GATEWAYS, "Gateway", wait, _gateway("rehearsed"))
    assert "condition Programmed is Unknown, not True: Waiting for controller" in said
