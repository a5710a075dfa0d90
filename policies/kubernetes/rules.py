"""What is written in CEL as rules of the pack. Apart, since whoever only installs it needs no engine for CEL."""

from policies.kubernetes import written
from policies.kubernetes.evaluation import evaluated
from policies.kubernetes.written import KINDS, Written
from policies.rule import Rule


def rules(topic: str) -> list[Rule]:
    """Those of policies/cel/<topic>.yaml."""
    return [as_rule(each) for each in written(topic)]


def as_rule(of: Written) -> Rule:
    return Rule(
        name=of.name,
        on=tuple(map(_token, of.kinds)),
        severity=of.severity,
        answers=of.answers,
        must=of.must,
        fix=of.fix,
        check=lambda inputs: evaluated(of, inputs),
    )


def _token(kind: str) -> str:
    version, _ = KINDS[kind]
    return f"kubernetes:{version if '/' in version else f'core/{version}'}:{kind}"
