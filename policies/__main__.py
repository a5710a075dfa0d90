"""The policy pack, as the engine starts it: `pulumi preview --policy-pack policies`."""

from policies.analyzer import serve
from policies.rules import RULES
from policies.stack_rules import STACK_RULES

if __name__ == "__main__":
    serve(RULES, STACK_RULES)
