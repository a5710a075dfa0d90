"""The rules over an exported state: what is secret stays so, what goes is left out, and the page tells all of it."""

import json
import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from policies.audit import exported
from policies.audit.judgement import Audit, Judged, framework_of, judge
from policies.audit.live import Found
from policies.audit.page import html, summary
from policies.graph import Graph
from policies.inputs import Inputs
from policies.pack import Pack
from policies.rules import RULES
from policies.stack_rules import STACK_RULES
from policies.waivers import Waiver, Waivers
from provider.protocol import SECRET, SIGNATURE

BUCKET, POD = "aws:s3/bucket:Bucket", "kubernetes:core/v1:Pod"
WAIVED = Waivers(
    (
        Waiver(
            rule="stack-data-protected",
            resource="logs",
            reason="they are copied elsewhere",
            owner="the <platform> team",
            expires=date(2099, 1, 1),
        ),
    )
)


def resource(name: str, type: str = BUCKET, **more: Any) -> dict[str, Any]:
    """As a checkpoint has it."""
    urn = f"urn:pulumi:lab::tradewind::{type}::{name}"
    return {"urn": urn, "type": type, "custom": True, "inputs": {"bucket": f"lab-{name}"}, "outputs": {}, **more}


def a_pod(image: str) -> Found:
    spec = {"containers": [{"name": "it", "image": image}], "securityContext": {}}
    meta = {"name": "it-1", "namespace": "models"}
    inputs = Inputs({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec})
    return Found(type=POD, place="models/it-1", owner="it", inputs=inputs)


def audit(*resources: dict[str, Any], live: tuple[Found, ...] = (), waivers: Waivers = WAIVED) -> Audit:
    pack = Pack(RULES, "prod", waivers, stack_rules=STACK_RULES)
    graph = Graph(list(exported.nodes(resources)), "prod", {})
    at = datetime(2026, 11, 29, 12, 30, tzinfo=UTC)
    return Audit(stack="lab", pack=pack, judged=judge(graph, pack, live), at=at)


def rules_found(audit: Audit) -> set[tuple[str, str]]:
    return {(verdict.rule.name, judged.name) for judged, verdict in audit.findings}


def test_what_a_checkpoint_hides_is_read_and_marked_as_secret():
    hidden = {SIGNATURE: SECRET, "plaintext": json.dumps({"key": {"inner": [1, 2]}})}
    [node] = exported.nodes([resource("models", inputs={"policy": hidden, "open": "a"})])
    assert node.inputs.plain == {"policy": {"key": {"inner": [1, 2]}}, "open": "a"}
    assert node.inputs.shown("policy.key") == "[secret]"
    assert node.inputs.shown("open") == "'a'"


def test_what_waits_for_its_deletion_is_left_out():
    assert [each.name for each in exported.nodes([resource("old", delete=True), resource("new")])] == ["new"]


def test_protection_and_dependencies_are_those_of_the_state():
    depends = {"bucket": ["urn:a"], "tags": None}
    [node] = exported.nodes([resource("models", protect=True, propertyDependencies=depends)])
    assert node.protected
    assert node.stands_on == {"bucket": frozenset({"urn:a"}), "tags": frozenset()}


def test_rules_on_a_resource_and_on_the_whole_stack_are_asked():
    found = rules_found(audit(resource("models")))
    assert ("stack-data-protected", "models") in found
    assert ("stack-data-protected", "models") not in rules_found(audit(resource("models", protect=True)))


def test_a_waiver_is_told_and_is_no_finding():
    done = audit(resource("logs"))
    assert ("stack-data-protected", "logs") not in rules_found(done)
    assert ("stack-data-protected", "logs") in {(each.rule.name, of.name) for of, each in done.told("waived")}


def test_an_object_of_the_cluster_is_judged_as_its_admission_would():
    found = rules_found(audit(resource("models"), live=(a_pod("it:latest"),)))
    assert ("pod-image-by-digest", "models/it-1") in found
    good = rules_found(audit(resource("models"), live=(a_pod(f"it@sha256:{'a' * 64}"),)))
    assert ("pod-image-by-digest", "models/it-1") not in good


def test_a_replica_count_that_the_api_server_wrote_is_nobodys_mistake():
    meta = {"name": "it", "namespace": "models", "annotations": {"tradewind.dev/scale": "{}"}}
    pod = {"spec": {"containers": [{"name": "it", "image": "it"}]}}
    live = Found(
        type="kubernetes:apps/v1:Deployment",
        place="models/it",
        owner="it",
        inputs=Inputs(
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": {"replicas": 1, "template": pod}}
        ),
    )
    names = {name for each in audit(live=(live,)).judged for name in each.rules}
    assert "pod-image-by-digest" in names and "deployment-replicas-left-to-scaler" not in names


def test_a_waiver_of_what_serves_a_resource_holds_for_it():
    waiver = WAIVED.written[0].model_copy(update={"rule": "pod-image-by-digest", "resource": "it"})
    done = audit(resource("logs"), live=(a_pod("it:latest"),), waivers=Waivers((waiver,)))
    assert "pod-image-by-digest" not in {name for name, _ in rules_found(done)}


@pytest.mark.parametrize(
    ("answer", "framework", "item"),
    [
        ("CIS EKS 5.1.1", "CIS EKS", "5.1.1"),
        ("CKV_AWS_58", "Checkov", "CKV_AWS_58"),
        ("CKV2_GCP_12", "Checkov", "CKV2_GCP_12"),
        (
            "Pod Security Standards: Host Probes / Lifecycle Hooks",
            "Pod Security Standards",
            "Host Probes / Lifecycle Hooks",
        ),
    ],
)
def test_an_item_is_known_by_its_framework(answer: str, framework: str, item: str):
    assert framework_of(answer) == (framework, item)


def test_an_item_is_as_bad_as_the_worst_rule_that_answers_it():
    done = audit(resource("models"), live=(a_pod("it:latest"),))
    items = done.coverage()
    assert items["Checkov"]["CKV_AWS_58"] == "not asked"  # there is no cluster of EKS
    found = {rule.name for _, each in done.findings for rule in [each.rule]}
    answered = {answer for rule in RULES if rule.name in found for answer in rule.answers}
    assert answered
    assert {items[framework][item] for framework, item in map(framework_of, answered)} == {"found"}


class _Page(HTMLParser):
    """Counts what is open, so that a page whose tags do not match is noticed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_tells_all_and_is_whole():
    done = audit(resource("models"), resource("logs"), live=(a_pod("it:latest"),))
    page = html(done)
    parser = _Page()
    parser.feed(page)
    assert parser.open == []
    for of, each in done.findings:
        assert each.rule.name in page and of.name in page
    assert "the &lt;platform&gt; team" in page and "<platform>" not in page
    assert "http" not in re.sub(r"https?://(docs|www)\S+", "", page.partition("</style>")[0])
    assert f"{len(done.findings)} findings" in summary(done)
    assert summary(done).endswith("2026-11-29 12:30 UTC.")


def test_nothing_is_told_as_nothing():
    page = html(
        Audit(stack="lab", pack=Pack([]), judged=[Judged(where="state", type="a", name="b", rules=[], verdicts=[])])
    )
    assert "0 findings" in page and "None." in page and "No rule is on this type." in page
