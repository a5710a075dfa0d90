"""What model services load, and how much of them callers may have. Written in CEL: policies/cel/models.yaml."""

from policies.kubernetes.rules import rules

RULES = rules("models")
