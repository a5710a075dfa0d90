"""What IAM says of a policy's JSON before it looks at what it grants."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tests.doubles.rows import Facts, Rule

VERSIONS = ("2008-10-17", "2012-10-17")
ACTION = re.compile(r"\*|[a-z0-9-]+:[A-Za-z0-9*?]+")
SID = re.compile(r"[A-Za-z0-9]*")


def is_policy(name: str, *, trusts: bool = False, on_resource: bool = False) -> Rule:
    """A rule for the property `name`.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """

    def rule(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
        if name in inputs:
            for why in problems(inputs[name], trusts, on_resource):
                yield name, f"MalformedPolicyDocument: {why}"

    return rule


def problems(text: str, trusts: bool, on_resource: bool) -> Iterable[str]:
    try:
        document = json.loads(text)
    except ValueError:
        yield "this policy contains invalid JSON"
        return
    if not isinstance(document, dict) or not document.get("Statement"):
        yield "the policy has no statement"
        return
    if document.get("Version", VERSIONS[0]) not in VERSIONS:
        yield f"the policy must contain a valid version string, got {document['Version']!r}"
    for statement in _statements(document):
        yield from _statement(statement, trusts, on_resource)
    if not on_resource:
        names = Counter(statement["Sid"] for statement in _statements(document) if "Sid" in statement)
        yield from (f"two statements are called {name!r}" for name, times in names.items() if times > 1)
        yield from (
            f"a statement's name is of letters and digits, got {name!r}" for name in names if not SID.fullmatch(name)
        )


def resources(text: str) -> list[str]:
    """Of a policy without a mistake."""
    named = [statement.get("Resource", []) for statement in _statements(json.loads(text))]
    return [each for found in named for each in (found if isinstance(found, list) else [found])]


def _statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = document["Statement"]
    return found if isinstance(found, list) else [found]


def _statement(statement: Mapping[str, Any], trusts: bool, on_resource: bool) -> Iterable[str]:
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield f"invalid effect: {statement.get('Effect')!r}"
    has_principal = "Principal" in statement or "NotPrincipal" in statement
    if has_principal != (trusts or on_resource):
        yield "a policy of a resource or a role's trust needs a principal, and one of an identity must have none"
    has_resource = "Resource" in statement or "NotResource" in statement
    if has_resource == trusts:
        yield "a role's trust must have no resource, and any other statement needs one"
    actions = statement.get("Action", statement.get("NotAction", []))
    for action in actions if isinstance(actions, list) else [actions]:
        if not ACTION.fullmatch(action):
            yield f"actions need a vendor prefix, got {action!r}"
        elif trusts and not action.startswith("sts:"):
            yield f"a role's trust may only specify actions of STS, got {action!r}"
    named = statement.get("Resource", statement.get("NotResource", []))
    for resource in named if isinstance(named, list) else [named]:
        if resource != "*" and not resource.startswith("arn:"):
            yield f"resource {resource!r} must be in ARN format or '*'"
    if not actions:
        yield "a statement needs an action"
