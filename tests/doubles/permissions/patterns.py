"""Wildcards and policy variables of AWS policy documents.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import re
from collections.abc import Mapping, Sequence

Context = Mapping[str, Sequence[str]]
"""Of a request: keys in lower case, since IAM does not tell their case apart."""

ANY, ONE = "\ue000", "\ue001"
"""Wildcards that a policy wrote, told from the same characters in a value of the request."""

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_KEY_AND_DEFAULT = re.compile(r"\s*([^,]+?)\s*(?:,\s*'([^']*)'\s*)?")


class MissingVariable(Exception):
    """The request has no such key and the policy no default: its statement matches nothing."""


def expand(text: str, context: Context, variables: bool) -> str:
    """`text` with its wildcards marked and, with `variables`, each ${key} replaced by the request's value."""
    parts, end = [], 0
    for found in _VARIABLE.finditer(text) if variables else ():
        parts += [_marked(text[end : found.start()]), _value(found[1], context)]
        end = found.end()
    return "".join([*parts, _marked(text[end:])])


def plain(expanded: str) -> str:
    """For operators to which a wildcard is a character like any other."""
    return expanded.replace(ANY, "*").replace(ONE, "?")


def matches(expanded: str, value: str) -> bool:
    return re.fullmatch(_regex(expanded, ".*", "."), value, re.DOTALL) is not None


def matches_resource(expanded: str, arn: str) -> bool:
    """A wildcard stays in its segment, but at a segment's end * goes on past the colon; missing segments are *.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    if expanded == ANY:
        return True
    *head, last = _padded(expanded)
    ends = [ANY if each.endswith(ANY) else "" for each in head]
    segments = [
        _regex(each.removesuffix(end), "[^:]*", "[^:]") + _regex(end, ".*", ".")
        for each, end in zip(head, ends, strict=True)
    ]
    return re.fullmatch(":".join([*segments, _regex(last, ".*", ".")]), arn, re.DOTALL) is not None


def matches_arn(expanded: str, arn: str) -> bool:
    """As ArnLike and ArnEquals do: each of the six parts by itself.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
    """
    wanted, given = expanded.split(":", 5), arn.split(":", 5)
    if len(wanted) < 6:
        raise ValueError(f"{plain(expanded)!r} is no ARN of six parts. To fix: write out the parts between the colons.")
    return len(given) == 6 and all(matches(want, have) for want, have in zip(wanted, given, strict=True))


def _padded(expanded: str) -> list[str]:
    segments = expanded.split(":", 5)
    return segments + [ANY] * (6 - len(segments))


def _marked(text: str) -> str:
    return text.replace("*", ANY).replace("?", ONE)


def _value(variable: str, context: Context) -> str:
    if variable in ("*", "?", "$"):
        return variable
    if not (read := _KEY_AND_DEFAULT.fullmatch(variable)):
        raise ValueError(f"${{{variable}}} is no policy variable")
    key, default = read.groups()
    values = context.get(key.lower(), ())
    if len(values) > 1:
        raise ValueError(f"${{{variable}}}: a key with several values cannot be a policy variable")
    if not values and default is None:
        raise MissingVariable(key)
    return values[0] if values else default


def _regex(expanded: str, any_: str, one: str) -> str:
    return re.escape(expanded).replace(re.escape(ANY), any_).replace(re.escape(ONE), one)
