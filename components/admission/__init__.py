"""Admission: the API server refuses by the same rules as the policy pack, whoever sends it what, and by what tool."""

from dataclasses import dataclass

import pulumi

from components import naming
from components.objects import Manifest
from policies.kubernetes import all_written
from policies.kubernetes.admission import manifests


@dataclass(frozen=True, kw_only=True)
class AdmissionArgs:
    owner: str
    """The stack, as in naming.OWNER."""
    namespace: str
    """Of the services: nothing else in the cluster is bound."""
    shared_with: str | None = None
    """The stack's name in a cluster that others use too, where each has policies of its own."""


class Admission(pulumi.ComponentResource):
    """A ValidatingAdmissionPolicy for each Kubernetes rule, called as the rule, and its binding to one namespace.

    https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
    """

    def __init__(self, name: str, args: AdmissionArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("tradewind:admission:Admission", name, None, opts)
        only = {"matchLabels": {"kubernetes.io/metadata.name": args.namespace}}
        ending = f".{args.shared_with}" if args.shared_with else ""
        for rule in all_written():
            stands_on: list[pulumi.Resource] = []
            for document in manifests(rule, only, ending):
                document["metadata"]["labels"] = {naming.OWNER: args.owner}
                # A binding without its policy would refuse nothing, and say so to nobody.
                after = pulumi.ResourceOptions(parent=self, depends_on=list(stands_on))
                part = document["kind"].removeprefix("ValidatingAdmission").lower()
                stands_on.append(Manifest(f"{name}-{rule.name}-{part}", document, after))
        self.register_outputs({})
