"""What lets one workload fail without the others. Written in CEL: policies/cel/workloads.yaml."""

from policies.kubernetes.rules import rules

RULES = rules("workloads")
