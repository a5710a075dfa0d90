"""Routes attach where a Gateway lets them, to backends that are there; so do the policies of their traffic."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from airgap.kubernetes_provider.cluster import Object
from components.service import routing
from tests.doubles.clusters.attachment import GATEWAYS, GROUP
from tests.doubles.clusters.gateways import CONTROLLER, PROXY
from tests.doubles.clusters.played import Played
from tests.doubles.clusters.routes import POLICY
from tests.doubles.clusters.test_gateways import a_class, a_gateway, a_proxy

pytestmark = pytest.mark.cluster

Tidy = Callable[[Object], Object]


@pytest.fixture
def entry(aws: Played, tidy: Tidy) -> Object:
    for each in (a_class(aws), a_proxy(aws)):
        tidy(each)
    made = tidy(a_gateway(aws))
    tidy(aws.make("v1", "Service", "shop", spec={"ports": [{"port": 80}]}))
    aws.pass_()
    return made


def spec_of(**spoilt: Any) -> dict[str, Any]:
    rule = {"backendRefs": [{"group": "", "kind": "Service", "name": "shop", "port": 80, **spoilt.pop("backend", {})}]}
    parent = {"group": GROUP, "kind": "Gateway", "name": "entry", **spoilt.pop("parent", {})}
    return {"parentRefs": [parent], "rules": [rule], **spoilt}


def a_route(played: Played, name: str = "shop", metadata: dict[str, Any] | None = None, **spoilt: Any) -> Object:
    return played.make(GATEWAYS, "HTTPRoute", name, metadata=metadata or {}, spec=spec_of(**spoilt))


def a_policy(played: Played, name: str = "shop", target: str = "shop") -> Object:
    targets = [{"group": GROUP, "kind": "HTTPRoute", "name": target}]
    return played.make(PROXY, POLICY, name, spec={"targetRefs": targets, "loadBalancer": {"type": "LeastRequest"}})


def told(entry: dict[str, Any]) -> dict[str, tuple[str, str]]:
    assert entry["controllerName"] == CONTROLLER
    return {each["type"]: (each["status"], each["reason"]) for each in entry["conditions"]}


def elsewhere(played: Played, tidy: Tidy) -> str:
    space = tidy(played.make("v1", "Namespace", f"{played.namespace}-{uuid.uuid4().hex[:8]}"))
    return space["metadata"]["name"]


def test_a_route_is_accepted_and_counted(aws: Played, entry: Object, tidy: Tidy):
    route = tidy(a_route(aws))
    aws.pass_(times=2)
    [parent] = aws.status(route)["parents"]
    assert parent["parentRef"]["name"] == "entry"
    assert told(parent) == {"Accepted": ("True", "Accepted"), "ResolvedRefs": ("True", "ResolvedRefs")}
    assert {each["observedGeneration"] for each in parent["conditions"]} == {1}
    assert aws.status(entry)["listeners"][0]["attachedRoutes"] == 1


def test_a_change_is_judged_anew_and_keeps_its_time(aws: Played, entry: Object, tidy: Tidy):
    route = tidy(a_route(aws))
    aws.pass_()
    [before] = aws.status(route)["parents"]
    a_route(aws, backend={"name": "gone"})
    aws.pass_()
    [parent] = aws.status(route)["parents"]
    assert told(parent) == {"Accepted": ("True", "Accepted"), "ResolvedRefs": ("False", "BackendNotFound")}
    assert {each["observedGeneration"] for each in parent["conditions"]} == {2}
    assert parent["conditions"][0]["lastTransitionTime"] == before["conditions"][0]["lastTransitionTime"]


@pytest.mark.parametrize(
    ("spoilt", "reason", "said"),
    [
        ({"backend": {"name": "gone"}}, "BackendNotFound", "rule 0 backendRef 0: service {}/gone not found."),
        ({"backend": {"port": 81}}, "PortNotFound", "TCP Port 81 not found on Service {}/shop."),
        ({"backend": {"namespace": "default"}}, "RefNotPermitted", "not permitted by any ReferenceGrant"),
        ({"backend": {"group": PROXY.partition("/")[0], "kind": "Backend"}}, "InvalidKind", "not a supported kind"),
    ],
)
def test_what_a_route_sends_to_has_to_be_there(
    aws: Played, entry: Object, tidy: Tidy, spoilt: dict[str, Any], reason: str, said: str
):
    route = tidy(a_route(aws, **spoilt))
    aws.pass_()
    [parent] = aws.status(route)["parents"]
    assert told(parent)["ResolvedRefs"] == ("False", reason)
    assert said.format(aws.namespace) in parent["conditions"][1]["message"]


@pytest.mark.parametrize("parent", [{"sectionName": "https"}, {"port": 443}])
def test_a_listener_that_is_not_there_takes_no_route(aws: Played, entry: Object, tidy: Tidy, parent: dict[str, Any]):
    route = tidy(a_route(aws, parent=parent))
    aws.pass_()
    assert told(aws.status(route)["parents"][0])["Accepted"] == ("False", "NoMatchingParent")


def test_a_route_of_another_namespace_is_not_let_in(aws: Played, entry: Object, tidy: Tidy):
    space = {"namespace": elsewhere(aws, tidy)}
    route = a_route(aws, metadata=space, parent={"namespace": aws.namespace}, backend={"namespace": aws.namespace})
    aws.pass_()
    accepted = told(aws.status(route)["parents"][0])["Accepted"]
    a_gateway(aws, listeners=[listener("Selector", {"kubernetes.io/metadata.name": space["namespace"]})])
    aws.pass_()
    admitted = told(aws.status(route)["parents"][0])["Accepted"]
    aws.end(route)
    assert (accepted, admitted) == (("False", "NotAllowedByListeners"), ("True", "Accepted"))


def listener(source: str, labels: dict[str, str]) -> dict[str, Any]:
    spaces = {"from": source, "selector": {"matchLabels": labels}}
    return {"name": "http", "protocol": "HTTP", "port": 8080, "allowedRoutes": {"namespaces": spaces}}


def test_a_grant_lets_a_route_send_into_another_namespace(aws: Played, entry: Object, tidy: Tidy):
    space = elsewhere(aws, tidy)
    aws.make("v1", "Service", "shop", metadata={"namespace": space}, spec={"ports": [{"port": 80}]})
    source = {"group": GROUP, "kind": "HTTPRoute", "namespace": aws.namespace}
    grant = {"from": [source], "to": [{"group": "", "kind": "Service"}]}
    aws.make(f"{GROUP}/v1beta1", "ReferenceGrant", "shop", metadata={"namespace": space}, spec=grant)
    route = tidy(a_route(aws, backend={"namespace": space}))
    aws.pass_()
    assert told(aws.status(route)["parents"][0])["ResolvedRefs"] == ("True", "ResolvedRefs")


def test_a_listener_that_is_not_ready_takes_no_route(aws: Played, entry: Object, tidy: Tidy):
    certificate = {"certificateRefs": [{"name": "none"}]}
    a_gateway(aws, listeners=[{"name": "https", "protocol": "HTTPS", "port": 8443, "tls": certificate}])
    route = tidy(a_route(aws))
    aws.pass_()
    assert told(aws.status(route)["parents"][0])["Accepted"] == ("False", "NoReadyListeners")


def test_a_route_to_no_gateway_has_no_parent(aws: Played, entry: Object, tidy: Tidy):
    route = tidy(a_route(aws, parent={"name": "none"}))
    aws.pass_()
    assert "parents" not in aws.status(route)
    a_route(aws)
    aws.pass_()
    assert len(aws.status(route)["parents"]) == 1
    a_route(aws, parent={"name": "none"})
    aws.pass_()
    assert aws.status(route)["parents"] == []


def test_a_policy_is_accepted_once_its_route_is_there_and_one_alone(aws: Played, entry: Object, tidy: Tidy):
    policy = tidy(a_policy(aws))
    aws.pass_()
    assert aws.status(policy) == {}
    tidy(a_route(aws))
    aws.pass_()
    [ancestor] = aws.status(policy)["ancestors"]
    assert ancestor["ancestorRef"]["name"] == "entry" and told(ancestor) == {"Accepted": ("True", "Accepted")}
    second = tidy(a_policy(aws, "younger"))
    aws.pass_()
    assert told(aws.status(second)["ancestors"][0]) == {"Accepted": ("False", "Conflicted")}
    assert told(aws.status(policy)["ancestors"][0]) == {"Accepted": ("True", "Accepted")}


def test_one_that_nobody_attaches_is_named_by_our_provider(aws: Played, entry: Object):
    said = aws.awaited(GATEWAYS, "HTTPRoute", routing.ACCEPTED, spec_of())
    assert '.status.parents[0].conditions[?(@.type=="Accepted")].status is not there yet, not True' in said
