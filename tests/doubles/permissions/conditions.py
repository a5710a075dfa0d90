"""The Condition element of AWS policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

import datetime
import ipaddress
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.doubles.permissions.patterns import Context, expand, matches, matches_arn, plain

Values = Any
"""A string, number or bool, or a list of them, as JSON has it."""


class UnknownOperator(ValueError):
    """A condition that this evaluator does not judge, and so must not pass over."""


@dataclass(frozen=True, kw_only=True)
class Operator:
    compare: Callable[[str, str], bool]
    """The policy's value, then the request's."""
    negated: bool = False
    variables: bool = True


def context(facts: Mapping[str, Values]) -> Context:
    return {key.lower(): texts(values) for key, values in facts.items()}


def texts(values: Values) -> list[str]:
    """The strings IAM compares: JSON's true is 'true', and one value is a list of one."""
    several = values if isinstance(values, Sequence) and not isinstance(values, str) else [values]
    return [str(each).lower() if isinstance(each, bool) else str(each) for each in several]


def check(condition: Mapping[str, Any]) -> None:
    """Raises UnknownOperator for an operator that holds() could not judge, whether or not the request gets there."""
    for name in condition:
        _parsed(name)


def holds(condition: Mapping[str, Mapping[str, Values]], facts: Context, variables: bool) -> bool:
    """Operators and keys by AND, values of one key by OR (NOR where negated); raises MissingVariable."""
    return all(
        _holds(name, key, texts(values), facts, variables)
        for name, keys in condition.items()
        for key, values in keys.items()
    )


def _holds(name: str, key: str, wanted: list[str], facts: Context, variables: bool) -> bool:
    given = facts.get(key.lower(), ())
    qualifier, found, if_exists = _parsed(name)
    if found is None:
        return (not given) == (plain(expand(wanted[0], facts, variables)).lower() == "true")
    if not given:
        # ForAllValues is true of nothing at all: the trap of an Allow that forgets Null.
        return qualifier == "ForAllValues" or if_exists or (not qualifier and found.negated)
    if len(given) > 1 and not qualifier:
        raise ValueError(f"{name} on {key}: several values need ForAllValues or ForAnyValue")
    patterns = [expand(each, facts, variables and found.variables) for each in wanted]
    judged = [any(found.compare(pattern, value) for pattern in patterns) != found.negated for value in given]
    return any(judged) if qualifier == "ForAnyValue" else all(judged)


def _parsed(name: str) -> tuple[str, Operator | None, bool]:
    """Qualifier, operator (None for Null) and whether IfExists follows."""
    qualifier, _, rest = name.rpartition(":")
    if name == "Null":
        return "", None, False
    found = OPERATORS.get(rest.removesuffix("IfExists"))
    if found is None or qualifier not in ("", "ForAllValues", "ForAnyValue"):
        raise UnknownOperator(f"Condition operator {name!r} is not judged here. To fix: add it to conditions.py.")
    return qualifier, found, rest.endswith("IfExists")


def _moment(text: str) -> float:
    if text.isdigit():
        return float(text)
    read = datetime.datetime.fromisoformat(text)
    return (read if read.tzinfo else read.replace(tzinfo=datetime.UTC)).timestamp()


def _ordered(family: str, read: Callable[[str], float]) -> dict[str, Operator]:
    def by(compare: Callable[[float, float], bool], negated: bool = False) -> Operator:
        return Operator(
            compare=lambda wanted, given: compare(read(given), read(plain(wanted))), negated=negated, variables=False
        )

    return {
        f"{family}Equals": by(operator.eq),
        f"{family}NotEquals": by(operator.eq, negated=True),
        f"{family}LessThan": by(operator.lt),
        f"{family}LessThanEquals": by(operator.le),
        f"{family}GreaterThan": by(operator.gt),
        f"{family}GreaterThanEquals": by(operator.ge),
    }


def _both(yes: str, no: str, compare: Callable[[str, str], bool], variables: bool = True) -> dict[str, Operator]:
    return {
        yes: Operator(compare=compare, variables=variables),
        no: Operator(compare=compare, negated=True, variables=variables),
    }


def _same(wanted: str, given: str) -> bool:
    return plain(wanted) == given


def _same_ignoring_case(wanted: str, given: str) -> bool:
    return plain(wanted).lower() == given.lower()


def _in_network(wanted: str, given: str) -> bool:
    return ipaddress.ip_address(given) in ipaddress.ip_network(plain(wanted), strict=False)


OPERATORS: dict[str, Operator] = {
    **_both("StringEquals", "StringNotEquals", _same),
    **_both("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", _same_ignoring_case),
    **_both("StringLike", "StringNotLike", matches),
    **_both("ArnEquals", "ArnNotEquals", matches_arn),
    **_both("ArnLike", "ArnNotLike", matches_arn),
    **_both("IpAddress", "NotIpAddress", _in_network, variables=False),
    **_ordered("Numeric", float),
    **_ordered("Date", _moment),
    "Bool": Operator(compare=_same_ignoring_case),
}
