"""make audit: the pack's rules over a stack's exported state and over its live cluster, and a page of what they say."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from airgap.errors import SetupError
from airgap.kubernetes_provider.cluster import Cluster
from airgap.kubernetes_provider.connection import Unreachable
from airgap.kubernetes_provider.errors import ApiError
from airgap.kubernetes_provider.kubeconfig import access
from airgap.kubernetes_provider.settings import Settings
from airgap.paths import STATE
from commands import confirm, engine
from commands.place import in_account, open_rehearsal, rehearsing
from commands.stages import report
from policies.audit import exported, live
from policies.audit.judgement import Audit, judge
from policies.audit.page import html, summary
from policies.graph import Graph
from policies.pack import Pack, RuleFailed
from policies.rules import RULES
from policies.stack_rules import STACK_RULES

FIX = "run `make up` first."


def audit(stack: str) -> int:
    """Writes the page; 1 where something is wrong that nobody waived."""
    if in_account(stack):
        confirm.prepare(stack)
    elif rehearsing():
        open_rehearsal(stack)
    elif not engine.built():
        raise SetupError(f"stack {stack}: there is no engine to ask for its state. To fix: {FIX}")
    found = _audited(stack)
    page = STATE / "audit" / f"{stack}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(html(found))
    for judged, verdict in found.findings:
        print(f"{verdict.rule.name} ({verdict.rule.severity}) {judged.name}: {verdict.message}")
    print(f"{stack}: {summary(found)}")
    if found.cluster:
        print(found.cluster)
    print(page)
    return bool(found.findings)


def _audited(stack: str) -> Audit:
    export = json.loads(engine.asked(stack, "stack", "export", "--show-secrets", fix=FIX))
    resources = (export.get("deployment") or {}).get("resources") or []
    if not resources:
        raise SetupError(f"stack {stack} has no resources. To fix: {FIX}")
    config = dict(_config(stack))
    try:
        pack = Pack.of(RULES, STACK_RULES, config)
    except ValueError as error:
        raise SetupError(str(error)) from None
    graph = Graph(list(exported.nodes(resources)), pack.tier, config)
    report(f"{stack}: {len(graph.nodes)} resources by {len(RULES) + len(STACK_RULES)} rules")
    try:
        objects, missed = list(_live(stack, graph)), None
    except (Unreachable, ApiError) as error:
        objects, missed = [], f"The cluster was not looked at: {error}"
    try:
        return Audit(stack=stack, pack=pack, judged=judge(graph, pack, objects), cluster=missed)
    except RuleFailed as error:
        raise SetupError(str(error)) from None


def _live(stack: str, graph: Graph) -> Iterator[live.Found]:
    platform = engine.outputs(stack).get("platform") or {}
    if not platform.get("kubeconfig"):
        raise Unreachable("the stack gives out no kubeconfig")
    cluster = Cluster(access(Settings(kubeconfig=platform["kubeconfig"], context=platform.get("context"))))
    return live.objects(cluster, graph.nodes, {token for rule in RULES for token in rule.on})


def _config(stack: str) -> Iterator[tuple[str, str]]:
    """As the engine tells it to the pack."""
    told: Mapping[str, Any] = json.loads(engine.asked(stack, "config", "--json", fix="correct the stack's file."))
    return ((key, each["value"]) for key, each in told.items() if "value" in each)
