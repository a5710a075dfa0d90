"""What IAM says of a policy's JSON before it looks at what it grants."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from tests.doubles.rows import Facts, Rule

ACTION = re.compile(r"\*|[a-z0-9-]+:[A-Za-z0-9*?]+")


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
    statements = document["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        yield from _statement(statement, trusts, on_resource)


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
    if not actions:
        yield "a statement needs an action"
