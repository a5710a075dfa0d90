"""Every rule, by topic."""

import importlib
import pkgutil
from collections.abc import Mapping

from policies.rule import Rule

TOPICS: Mapping[str, list[Rule]] = {
    found.name: importlib.import_module(f"{__name__}.{found.name}").RULES for found in pkgutil.iter_modules(__path__)
}
RULES: list[Rule] = [rule for rules in TOPICS.values() for rule in rules]
