"""The same rules for the API server, which asks them of everything that anybody sends it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from policies.kubernetes.written import CLUSTER_WIDE, KINDS, VARIABLES, Written
from policies.rule import Finding, message

API = "admissionregistration.k8s.io/v1"


def manifests(rule: Written, namespaces: Mapping[str, Any], ending: str = "") -> Iterator[dict[str, Any]]:
    """The ValidatingAdmissionPolicy of a rule and its binding, for the namespaces that the label selector means.

    Both are called as the rule is, with the `ending`.

    None for a rule that says `not_at_admission`, or whose kinds are all CLUSTER_WIDE.
    """
    if not rule.not_at_admission and any(_resources(rule)):
        yield from policy(rule, namespaces, ending)


def policy(rule: Written, namespaces: Mapping[str, Any], ending: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both, whatever the rule says of itself."""
    name = f"{rule.name}{ending}"
    made = {
        "apiVersion": API,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name},
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {"resourceRules": list(_resources(rule))},
            "variables": [{"name": name, "expression": VARIABLES[name]} for name in rule.variables],
            "validations": [{"expression": rule.expression, "messageExpression": _message(rule)}],
        },
    }
    binding = {
        "apiVersion": API,
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": name},
        "spec": {
            "policyName": name,
            "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": dict(namespaces)},
        },
    }
    return made, binding


def _resources(rule: Written) -> Iterator[dict[str, Any]]:
    plurals: dict[str, list[str]] = {}
    for kind in rule.kinds:
        if kind not in CLUSTER_WIDE:
            version, plural = KINDS[kind]
            plurals.setdefault(version, []).append(plural)
    for version, found in plurals.items():
        group, _, name = version.rpartition("/")
        yield {
            "apiGroups": [group],
            "apiVersions": [name],
            "operations": ["CREATE", "UPDATE"],
            "resources": [*found, *(["pods/ephemeralcontainers"] if "pods" in found else [])],
        }


def _message(rule: Written) -> str:
    """The expression of the words that the pack says at preview."""
    if not rule.offender:
        return json.dumps(message(rule.must, rule.fix, Finding("", "")), ensure_ascii=False)
    whole = message(rule.must, rule.fix, Finding("", "%"))
    before, after = (json.dumps(part, ensure_ascii=False) for part in whole.split("%"))
    return f"{before} + {rule.offender} + {after}"
