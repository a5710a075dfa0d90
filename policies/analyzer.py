"""The pack as the engine calls it: Pulumi's analyzer protocol, served for as long as one command runs."""

from collections.abc import Sequence
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty

from policies import waivers
from policies.inputs import Inputs
from policies.pack import Pack, RuleFailed, Verdict
from policies.rule import Rule
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


def serve(rules: Sequence[Rule]) -> None:
    """Until the engine ends it."""
    host(lambda server: analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Analyzer(rules), server))


class Analyzer(analyzer_pb2_grpc.AnalyzerServicer):
    """One for each command of the engine, which tells it the stack before it sends the first resource."""

    def __init__(self, rules: Sequence[Rule]):
        self.rules = rules
        self.preview = False
        self.pack = Pack(rules)
        self.deferred: list[str] = []

    def Handshake(self, request, context):
        return analyzer_pb2.AnalyzerHandshakeResponse()

    def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetAnalyzerInfo(self, request, context):
        return analyzer_pb2.AnalyzerInfo(name=NAME, version=VERSION, policies=map(_described, self.rules))

    def Configure(self, request, context):
        return Empty()  # by the stack's own config, not by one of the pack

    def ConfigureStack(self, request, context):
        try:
            known = waivers.read(request.config.get(waivers.KEY), {rule.name for rule in self.rules})
        except ValueError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        tier = "dev" if request.config.get("tradewind:tier") == "dev" else "prod"
        self.preview = request.dry_run
        self.pack = Pack(self.rules, tier, known)
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def Remediate(self, request, context):
        return analyzer_pb2.RemediateResponse()  # a rule says what is wrong; whoever wrote it mends it

    def Analyze(self, request, context):
        values = decode(request.properties)
        try:
            verdicts = list(self.pack.judge(request.type, request.name, Inputs(values.plain, values.secrets)))
        except RuleFailed as error:
            context.abort(grpc.StatusCode.INTERNAL, str(error))
        told = [_diagnostic(each, request.urn) for each in verdicts if each.kind != "deferred"]
        waiting = [each for each in verdicts if each.kind == "deferred"]
        if self.preview:
            self.deferred += [each.message for each in waiting]
        else:
            # An update has all its inputs: what it still does not know, nobody would ever check.
            told += [_diagnostic(each, request.urn) for each in waiting]
        return analyzer_pb2.AnalyzeResponse(diagnostics=told)

    def AnalyzeStack(self, request, context):
        response = analyzer_pb2.AnalyzeResponse()
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

    def Cancel(self, request, context):
        return Empty()


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


def _described(rule: Rule) -> Any:
    return analyzer_pb2.PolicyInfo(
        name=rule.name,
        description=rule.must,
        enforcementLevel=analyzer_pb2.MANDATORY,
        policy_type=analyzer_pb2.POLICY_TYPE_RESOURCE,
        severity=SEVERITIES[rule.severity],
        tags=rule.answers,
        remediation_steps=f"To fix: {rule.fix}.",
    )
