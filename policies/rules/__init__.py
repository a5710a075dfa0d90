"""Every rule, by topic."""

from collections.abc import Mapping

from policies.rule import Rule
from policies.topics import collected

TOPICS: Mapping[str, list[Rule]] = collected(__name__, __path__)
RULES: list[Rule] = [rule for rules in TOPICS.values() for rule in rules]
