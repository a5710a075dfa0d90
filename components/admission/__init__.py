"""Admission: the API server refuses by the same rules as the policy pack, whoever sends it what, and by what tool.

https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components import naming
from components.objects import Manifest, document, metadata
from policies.kubernetes import all_written
from policies.kubernetes.admission import manifests
from policies.kubernetes.verified import RULE, digests, list_name, of_nobody, of_service


@dataclass(frozen=True, kw_only=True)
class AdmissionArgs:
    owner: str
    """The stack, as in naming.OWNER."""
    namespace: str
    """Of the services: nothing else in the cluster is bound."""
    shared_with: str | None = None
    """The stack's name in a cluster that others use too, where each has policies of its own."""
    verified: Sequence[str] | None = None
    """Services that have a list of verified images each, and other pods none; None: images are not verified."""


class Admission(pulumi.ComponentResource):
    """A ValidatingAdmissionPolicy for each Kubernetes rule, called as the rule, and its binding to one namespace."""

    def __init__(self, name: str, args: AdmissionArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("tradewind:admission:Admission", name, None, opts)
        only = {"matchLabels": {"kubernetes.io/metadata.name": args.namespace}}
        ending = f".{args.shared_with}" if args.shared_with else ""
        for rule in all_written():
            _bound(self, f"{name}-{rule.name}", manifests(rule, only, ending), args.owner)
        if args.verified is not None:
            _bound(self, f"{name}-{RULE.name}", of_nobody(args.verified, args.namespace), args.owner)
        self.register_outputs({})


@dataclass(frozen=True, kw_only=True)
class VerifiedImagesArgs:
    owner: str
    service: str
    namespace: str
    """Of the services, as it is known at plan time."""
    services_namespace: pulumi.Input[str]
    """The same, known once it exists."""
    images: pulumi.Output[Sequence[str]]
    """By digest, each verified."""


class VerifiedImages(pulumi.ComponentResource):
    """The images that a service's pods may run, as a list that admission reads."""

    def __init__(self, name: str, args: VerifiedImagesArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("tradewind:admission:VerifiedImages", name, None, opts)
        labels = naming.labels(args.service, args.owner, "service")
        meta = metadata(list_name(args.service), args.services_namespace, labels)
        content = document("v1", "ConfigMap", meta, data=args.images.apply(digests))
        listed = Manifest(f"{name}-list", content, pulumi.ResourceOptions(parent=self))
        _bound(self, name, of_service(args.service, args.namespace), args.owner, [listed])
        self.register_outputs({})


def _bound(
    parent: pulumi.Resource,
    name: str,
    pair: Iterable[dict[str, Any]],
    owner: str,
    after: Sequence[pulumi.Resource] = (),
) -> None:
    """Policy, then binding: a binding without its policy would refuse nothing, and say so to nobody."""
    stands_on = list(after)
    for each in pair:
        each["metadata"]["labels"] = {naming.OWNER: owner}
        part = each["kind"].removeprefix("ValidatingAdmission").lower()
        made = Manifest(f"{name}-{part}", each, pulumi.ResourceOptions(parent=parent, depends_on=list(stands_on)))
        stands_on.append(made)
