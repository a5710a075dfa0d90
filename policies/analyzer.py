"""The pack as the engine calls it: Pulumi's analyzer protocol, served for as long as one command runs."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty

from policies.graph import Graph, Node, StackRule
from policies.inputs import Inputs
from policies.pack import Pack, RuleFailed, Verdict
from policies.rule import Obligation, Rule
from provider.protocol import decode, host
from provider.protocol.messages import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2

NAME, VERSION = "tradewind", "0.1.0"
SEVERITIES = {
    "low": analyzer_pb2.POLICY_SEVERITY_LOW,
    "medium": analyzer_pb2.POLICY_SEVERITY_MEDIUM,
    "high": analyzer_pb2.POLICY_SEVERITY_HIGH,
    "critical": analyzer_pb2.POLICY_SEVERITY_CRITICAL,
}
DEFERRED = "checks-deferred"
"""The name under which a preview tells what it could not check."""


def serve(rules: Sequence[Rule], stack_rules: Sequence[StackRule] = ()) -> None:
    """Until the engine ends it."""
    host(lambda server: analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Analyzer(rules, stack_rules), server))


class Analyzer(analyzer_pb2_grpc.AnalyzerServicer):
    """One for each command of the engine, which tells it the stack before it sends the first resource."""

    def __init__(self, rules: Sequence[Rule], stack_rules: Sequence[StackRule] = ()):
        self.rules, self.stack_rules = rules, stack_rules
        self.preview = False
        self.config: dict[str, str] = {}
        self.pack = Pack(rules, stack_rules=stack_rules)
        self.deferred: list[str] = []
        self.asked: dict[str, Inputs] = {}
        """What the program asked for, by URN: AnalyzeStack is told what came of it alone."""

    def Handshake(self, request, context):
        return analyzer_pb2.AnalyzerHandshakeResponse()

    def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetAnalyzerInfo(self, request, context):
        return analyzer_pb2.AnalyzerInfo(
            name=NAME, version=VERSION, policies=map(_described, [*self.rules, *self.stack_rules])
        )

    def Configure(self, request, context):
        return Empty()  # by the stack's own config, not by one of the pack

    def ConfigureStack(self, request, context):
        try:
            self.pack = Pack.of(self.rules, self.stack_rules, request.config)
        except ValueError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        self.preview, self.config = request.dry_run, dict(request.config)
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def Remediate(self, request, context):
        return analyzer_pb2.RemediateResponse()  # a rule says what is wrong; whoever wrote it mends it

    def Analyze(self, request, context):
        inputs = self.asked[request.urn] = _read(request)
        try:
            verdicts = list(self.pack.judge(request.type, request.name, inputs))
        except RuleFailed as error:
            context.abort(grpc.StatusCode.INTERNAL, str(error))
        return analyzer_pb2.AnalyzeResponse(diagnostics=self._told((each, request.urn) for each in verdicts))

    def AnalyzeStack(self, request, context):
        nodes = sorted(map(self._node, request.resources), key=lambda each: each.urn)
        graph = Graph(nodes, self.pack.tier, self.config)
        try:
            verdicts = list(self.pack.judge_stack(graph))
        except RuleFailed as error:
            context.abort(grpc.StatusCode.INTERNAL, str(error))
        response = analyzer_pb2.AnalyzeResponse(diagnostics=self._told((each, node.urn) for node, each in verdicts))
        if self.deferred:
            text = f"The update will check {len(self.deferred)} more, by values that a preview cannot know: "
            response.diagnostics.add(
                policyName=DEFERRED,
                policyPackName=NAME,
                policyPackVersion=VERSION,
                message=text + "; ".join(self.deferred) + ".",
                enforcementLevel=analyzer_pb2.ADVISORY,
            )
        return response

    def _told(self, verdicts: Iterable[tuple[Verdict, str]]) -> list[Any]:
        """Each with its URN as the engine wants it; what a preview cannot know is kept for the end."""
        told: list[Any] = []
        for verdict, urn in verdicts:
            # An update has all its inputs: what it still does not know, nobody would ever check.
            if self.preview and verdict.kind == "deferred":
                self.deferred.append(verdict.message)
            else:
                told.append(_diagnostic(verdict, urn))
        return told

    def _node(self, resource: Any) -> Node:
        """The engine tells of a stack's resources what came of them, in a preview as far as providers foretell it."""
        became = cache(lambda: _read(resource))
        asked = self.asked.get(resource.urn)
        return Node(
            urn=resource.urn,
            type=resource.type,
            inputs=became() if asked is None else asked,
            outputs=became,
            protected=resource.options.protect,
            asked=asked is not None,
            stands_on={key: frozenset(each.urns) for key, each in resource.propertyDependencies.items()},
        )

    def Cancel(self, request, context):
        return Empty()


def _read(resource: Any) -> Inputs:
    values = decode(resource.properties)
    return Inputs(values.plain, values.secrets)


def _diagnostic(verdict: Verdict, urn: str) -> Any:
    waived = verdict.kind == "waived"
    return analyzer_pb2.AnalyzeDiagnostic(
        policyName=verdict.rule.name,
        policyPackName=NAME,
        policyPackVersion=VERSION,
        description=verdict.rule.must,
        message=verdict.message,
        urn=urn,
        enforcementLevel=analyzer_pb2.ADVISORY if waived else analyzer_pb2.MANDATORY,
        severity=SEVERITIES[verdict.rule.severity],
    )


def _described(rule: Obligation) -> Any:
    of_stacks = isinstance(rule, StackRule)
    return analyzer_pb2.PolicyInfo(
        name=rule.name,
        description=rule.must,
        enforcementLevel=analyzer_pb2.MANDATORY,
        policy_type=analyzer_pb2.POLICY_TYPE_STACK if of_stacks else analyzer_pb2.POLICY_TYPE_RESOURCE,
        severity=SEVERITIES[rule.severity],
        tags=rule.answers,
        remediation_steps=f"To fix: {rule.fix}.",
    )
