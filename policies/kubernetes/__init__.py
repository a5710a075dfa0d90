"""Kubernetes rules, written once in CEL: judged at preview, and by the API server at admission under the same name."""

import functools
from pathlib import Path

import yaml

from policies.kubernetes.evaluation import evaluated
from policies.kubernetes.written import KINDS, Written
from policies.rule import Rule

FOLDER = Path(__file__).parents[1] / "cel"


@functools.cache
def written(topic: str) -> tuple[Written, ...]:
    """What stands in policies/cel/<topic>.yaml."""
    return tuple(Written.model_validate(each) for each in yaml.safe_load((FOLDER / f"{topic}.yaml").read_text()))


def rules(topic: str) -> list[Rule]:
    """The same for the pack."""
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
