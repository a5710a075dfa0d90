"""Policy documents of AWS, read strictly: an element that is not judged here is refused by name.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tests.doubles.permissions import conditions, principals
from tests.doubles.permissions.conditions import texts
from tests.doubles.permissions.patterns import Context, MissingVariable, expand, matches, matches_resource

Document = str | Mapping[str, Any]
Kind = Literal["identity", "resource", "trust"]

_ELEMENTS = {
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
}
_VERSIONS = {"2008-10-17": False, "2012-10-17": True}
"""Whether ${…} is a variable in documents of this version, or plain text."""


class UnknownElement(ValueError):
    """A document says something that this evaluator does not judge."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    label: str
    """For reasons: where it stands, by Sid or else by index."""
    said: Mapping[str, Any]
    variables: bool

    @property
    def denies(self) -> bool:
        return self.said["Effect"] == "Deny"

    def matches(self, action: str, resource: str, facts: Context) -> bool:
        """Action, resource and condition; who is asking is for the caller to judge."""
        try:
            return (
                self._takes("Action", lambda each: _action(each, action))
                and self._takes("Resource", lambda each: matches_resource(self._expand(each, facts), resource))
                and conditions.holds(self.said.get("Condition", {}), facts, self.variables)
            )
        except MissingVariable:
            return False

    def _takes(self, element: str, one) -> bool:
        if element in self.said:
            return any(one(each) for each in texts(self.said[element]))
        # A trust policy has no Resource: it is about the role that carries it.
        return not any(one(each) for each in texts(self.said.get(f"Not{element}", [])))

    def _expand(self, text: str, facts: Context) -> str:
        return expand(text, facts, self.variables)


def statements(document: Document, kind: Kind, name: str) -> list[Statement]:
    """Raises UnknownElement, UnknownOperator or ValueError for what could not be judged, even where it would not match."""
    whole = json.loads(document) if isinstance(document, str) else document
    if extra := set(whole) - {"Version", "Id", "Statement"}:
        raise UnknownElement(f"{name}: {sorted(extra)} is not judged here")
    version = whole.get("Version", "2008-10-17")
    if version not in _VERSIONS:
        raise UnknownElement(f"{name}: Version {version!r} is not judged here")
    said = whole["Statement"] if isinstance(whole["Statement"], list) else [whole["Statement"]]
    for index, each in enumerate(said):
        _check(each, kind, f"{name}, statement {index}")
    return [
        Statement(label=f"{each.get('Sid') or f'statement {index}'} of {name}", said=each, variables=_VERSIONS[version])
        for index, each in enumerate(said)
    ]


def _check(said: Mapping[str, Any], kind: Kind, where: str) -> None:
    if extra := set(said) - _ELEMENTS:
        raise UnknownElement(f"{where}: {sorted(extra)} is not judged here")
    if said.get("Effect") not in ("Allow", "Deny"):
        raise UnknownElement(f"{where}: Effect must be Allow or Deny, got {said.get('Effect')!r}")
    _exactly_one(said, "Action", where)
    if kind != "trust":
        _exactly_one(said, "Resource", where)
    elif "Resource" in said or "NotResource" in said:
        raise UnknownElement(f"{where}: a trust policy has no Resource")
    if kind == "identity":
        if "Principal" in said or "NotPrincipal" in said:
            raise UnknownElement(f"{where}: an identity policy has no Principal")
    else:
        _exactly_one(said, "Principal", where)
        principals.check(said.get("Principal", said.get("NotPrincipal")))
    if "NotPrincipal" in said and (said["Effect"] == "Allow" or kind == "trust"):
        raise UnknownElement(f"{where}: NotPrincipal is for Deny in the policy of a resource alone")
    conditions.check(said.get("Condition", {}))


def _exactly_one(said: Mapping[str, Any], element: str, where: str) -> None:
    if (element in said) == (f"Not{element}" in said):
        raise UnknownElement(f"{where}: needs either {element} or Not{element}")


def _action(pattern: str, action: str) -> bool:
    if pattern != "*" and ":" not in pattern:
        raise UnknownElement(f"Action {pattern!r} must be service:action or *")
    return matches(expand(pattern.lower(), {}, variables=False), action.lower())
