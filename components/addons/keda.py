"""KEDA: turns Prometheus queries into replicas (https://keda.sh)."""

from collections.abc import Sequence

import pulumi

from airgap import manifests as rendered
from components import naming
from components.addons import AddonArgs
from components.objects import manifests


class Keda(pulumi.ComponentResource):
    """Operator and metrics adapter, no webhooks; one installation a cluster, since it owns an APIService."""

    ready: Sequence[pulumi.Resource]
    """What a ScaledObject depends on: once these stand, its metrics are answered."""

    def __init__(
        self, name: str, args: AddonArgs, image: pulumi.Input[str] | None, opts: pulumi.ResourceOptions | None = None
    ):
        """`image` holds both programs; None only where `args.installed`."""
        super().__init__("tradewind:addons:Keda", name, None, opts)
        self.ready = []
        if not args.installed:
            assert image is not None
            made = manifests(
                name,
                rendered.keda(pulumi.log.info),
                {naming.OWNER: args.owner},
                {rendered.KEDA_IMAGE: image},
                pulumi.ResourceOptions(parent=self),
            )
            waits = ("Deployment", "APIService")
            self.ready = [resource for (kind, _), resource in made.items() if kind in waits]
        self.register_outputs({})
