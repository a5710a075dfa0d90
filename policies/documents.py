"""What AWS writes as text, read for rules: policy documents as statements; names of networks, keys and kinds."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from policies.inputs import Inputs
from policies.rule import Check, Finding

Texts = tuple[str, ...]

EXACT = ("stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike")
"""Operators that fail where the key is missing; `...IfExists` and `ForAllValues:` pass then, and bind nobody."""

OWNERS = (
    *("aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths"),
    *("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourcevpc", "aws:sourcevpce", "kms:calleraccount"),
)
"""Keys that say whose a request is."""


class Malformed(ValueError):
    """What stands there is no policy document."""


@dataclass(frozen=True)
class Condition:
    operator: str
    key: str
    values: Texts

    @property
    def exact(self) -> bool:
        """Without wildcards, and without variables, which may be what the request itself says."""
        return self._demands and not any(set(value) & set("*?$") for value in self.values)

    @property
    def names_an_owner(self) -> bool:
        return self._demands and self.key in OWNERS and all(map(_of_an_owner, self.values))

    @property
    def _demands(self) -> bool:
        return self.operator.removeprefix("foranyvalue:") in EXACT and bool(self.values)


@dataclass(frozen=True)
class Statement:
    """Every part as a list; actions, kinds of principals, operators and keys in lower case, as AWS compares them."""

    allows: bool
    actions: Texts = ()
    not_actions: Texts = ()
    resources: Texts = ()
    not_resources: Texts = ()
    principals: tuple[tuple[str, str], ...] = ()
    """Kind and name: ("aws", "arn:..."), ("service", "eks.amazonaws.com"), ("*", "*")."""
    not_principals: tuple[tuple[str, str], ...] = ()
    conditions: tuple[Condition, ...] = ()

    def may(self, action: str) -> bool:
        """Whether `action`, in lower case, is among what is allowed, by name, by wildcard or by what is left out."""
        if not self.allows:
            return False
        left_out = bool(self.not_actions) and not any(fnmatchcase(action, each) for each in self.not_actions)
        return left_out or any(fnmatchcase(action, each) for each in self.actions)

    def exactly(self, key: str) -> Texts:
        """The values that a condition holds `key` to; none where it may be anything."""
        return next((each.values for each in self.conditions if each.key == key and each.exact), ())

    @property
    def lets_strangers(self) -> bool:
        """Whether anybody of any account is allowed, with no condition that says of which."""
        anybody = bool(self.not_principals) or any("*" in name for _, name in self.principals)
        return self.allows and anybody and not any(each.names_an_owner for each in self.conditions)


def each_statement(path: str, wrong: Callable[[Statement], Iterable[str]]) -> Check:
    """Every statement of the document at `path`, where there is one; `wrong` says in words what it has against one."""

    def check(inputs: Inputs) -> Iterator[Finding]:
        try:
            for index, statement in enumerate(statements(inputs.get(path))):
                for words in wrong(statement):
                    yield Finding(inputs.path(f"{path}.Statement.{index}"), _told(inputs, path, words))
        except Malformed as error:
            yield Finding(inputs.path(path), str(error))

    return check


def some_statement(path: str, wanted: Callable[[Statement], bool], without: str) -> Check:
    """One statement at least of the document at `path` is as `wanted`; `without` says in words that none is."""

    def check(inputs: Inputs) -> Iterator[Finding]:
        try:
            if not any(map(wanted, statements(inputs.get(path)))):
                yield Finding(inputs.path(path), without)
        except Malformed as error:
            yield Finding(inputs.path(path), str(error))

    return check


def not_public(path: str) -> Check:
    """No statement of the resource's policy at `path` lets strangers in."""

    def wrong(statement: Statement) -> Iterator[str]:
        if statement.lets_strangers:
            yield "a grant to everybody"

    return each_statement(path, wrong)


def statements(document: Any) -> list[Statement]:
    """None where nothing is set; Malformed where it is no document."""
    if document in (None, ""):
        return []
    read = _keys(parsed(document))
    if not (found := _list(read.get("statement"))):
        raise Malformed("a document without a Statement")
    return [_statement(_keys(each)) for each in found]


def parsed(document: Any) -> Any:
    """JSON, as text or already read."""
    if not isinstance(document, str):
        return document
    try:
        return json.loads(document)
    except ValueError:
        raise Malformed("text that is no JSON") from None


def _statement(parts: Mapping[str, Any]) -> Statement:
    return Statement(
        allows=str(parts.get("effect")).lower() != "deny",
        actions=_lower(parts.get("action")),
        not_actions=_lower(parts.get("notaction")),
        resources=_texts(parts.get("resource")),
        not_resources=_texts(parts.get("notresource")),
        principals=_principals(parts.get("principal")),
        not_principals=_principals(parts.get("notprincipal")),
        conditions=tuple(
            Condition(operator, key, _texts(values))
            for operator, held in _keys(parts.get("condition") or {}).items()
            for key, values in _keys(held).items()
        ),
    )


def _principals(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, Mapping):
        return tuple(("*", each) for each in _texts(value))
    return tuple((kind, each) for kind, names in _keys(value).items() for each in _texts(names))


def _keys(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise Malformed("JSON that is no policy document")
    return {str(key).lower(): each for key, each in value.items()}


def _list(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _texts(value: Any) -> Texts:
    return tuple(str(each) for each in _list(value))


def _lower(value: Any) -> Texts:
    return tuple(each.lower() for each in _texts(value))


def _of_an_owner(value: str) -> bool:
    """An account, an organisation or a network; of an ARN the account's own place counts."""
    owner = value.split(":")[4] if value.startswith("arn:") and value.count(":") >= 5 else value
    return bool(re.fullmatch(r"\d{12}|(o|vpc|vpce)-[0-9a-z]+(/.*)?", owner))


def _told(inputs: Inputs, path: str, words: str) -> str:
    return "[secret]" if inputs.shown(path) == "[secret]" else words


def whole_kind(arn: str) -> bool:
    """Whether a resource's ARN, or pattern, means everything of its kind: `*`, `arn:aws:s3:::*`, `arn:...:secret:*`."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return "*" in arn
    service, name = parts[2], parts[5]
    if service == "s3":
        name = name.partition("/")[0]
    elif kind := re.match(r"[^:/]*[:/]", name):
        name = name[kind.end() :]
    return bool(set(name) & set("*?")) and not re.search(r"\w", name)


def own_key(value: Any) -> bool:
    """A key of the account's own; `alias/aws/...` is AWS', whose policy nobody here decides."""
    return isinstance(value, str) and value != "" and "alias/aws/" not in value
