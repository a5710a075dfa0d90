"""What lets one workload fail without the others. Written in CEL: policies/cel/workloads.yaml."""

from policies.kubernetes import rules

RULES = rules("workloads")
