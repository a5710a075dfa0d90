"""The profile restricted of the Pod Security Standards, rule by rule. Written in CEL: policies/cel/isolation.yaml."""

from policies.kubernetes.rules import rules

RULES = rules("isolation")
