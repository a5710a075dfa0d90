"""Envoy Gateway: the controller behind every Gateway, with the CRDs of Gateway API (https://gateway.envoyproxy.io)."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from airgap import manifests as rendered
from components import naming
from components.addons import CONTROLLER, AddonArgs
from components.objects import RESTRICTED, Manifest, document, manifests, metadata


@dataclass(frozen=True, kw_only=True)
class EnvoyGatewayArgs(AddonArgs):
    gateway_api_installed: bool = False
    """Some clusters come with the CRDs and no controller for them."""
    namespace: str = naming.ENVOY_GATEWAY_NAMESPACE
    gateway_class: str | None = None
    """One that exists; else ours is made."""


class EnvoyGateway(pulumi.ComponentResource):
    """The controller, and a GatewayClass that asks for it."""

    namespace: str
    """Where it runs, and puts the Envoys of every Gateway."""
    gateway_class: str
    ready: Sequence[pulumi.Resource]
    """What a Gateway depends on."""

    def __init__(
        self,
        name: str,
        args: EnvoyGatewayArgs,
        image: pulumi.Input[str] | None,
        opts: pulumi.ResourceOptions | None = None,
    ):
        """`image` is the controller's; None only where `args.installed`."""
        super().__init__("tradewind:addons:EnvoyGateway", name, None, opts)
        self.namespace = args.namespace
        self.gateway_class = args.gateway_class or naming.GATEWAY_CLASS
        self.ready = []
        if not args.installed:
            assert image is not None
            space = document("v1", "Namespace", metadata(self.namespace, None, RESTRICTED))
            documents = [space, *rendered.envoy_gateway(pulumi.log.info)]
            if not args.gateway_api_installed:
                documents += rendered.gateway_api(pulumi.log.info)
            images = {rendered.ENVOY_GATEWAY_IMAGE: image}
            made = manifests(name, documents, {naming.OWNER: args.owner}, images, pulumi.ResourceOptions(parent=self))
            waits = ("Deployment", "Job", "CustomResourceDefinition")
            self.ready = [resource for (kind, _), resource in made.items() if kind in waits]
        if args.gateway_class is None:
            after = pulumi.ResourceOptions(parent=self, depends_on=self.ready)
            self.ready = [*self.ready, gateway_class(f"{name}-class", self.gateway_class, args.owner, after)]
        self.register_outputs({"namespace": self.namespace, "gateway_class": self.gateway_class})


def gateway_class(name: str, class_name: str, owner: str, opts: pulumi.ResourceOptions) -> Manifest:
    """The GatewayClass by which a Gateway asks for Envoy Gateway."""
    return Manifest(
        name,
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "GatewayClass",
            "metadata": {"name": class_name, "labels": {naming.OWNER: owner}},
            "spec": {"controllerName": CONTROLLER},
        },
        opts,
    )
