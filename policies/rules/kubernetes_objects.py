"""Services, accounts and who may do what in a cluster. Written in CEL: policies/cel/objects.yaml."""

from policies.kubernetes.rules import rules

RULES = rules("objects")
