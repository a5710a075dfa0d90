"""Every rule on a stack as a whole, by topic."""

from collections.abc import Mapping

from policies.graph import StackRule
from policies.topics import collected

STACK_TOPICS: Mapping[str, list[StackRule]] = collected(__name__, __path__)
STACK_RULES: list[StackRule] = [rule for rules in STACK_TOPICS.values() for rule in rules]
