"""The registry beside a local cluster; images are built on this machine and pushed to it."""

import pulumi

from provider import sources
from provider.resources import Image


class LocalRegistry(pulumi.ComponentResource):
    """A registry on loopback, or the one that the stack names."""

    address: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        address: pulumi.Input[str],
        signing_key: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("tradewind:registry:LocalRegistry", name, None, opts)
        self.address, self._signing_key = pulumi.Output.from_input(address), signing_key
        self.register_outputs({"address": self.address})

    def image(self, name: str, source: str) -> Image:
        return Image(
            f"{name}-image",
            source,
            self.address,
            sources.digest(source),
            signing_key=self._signing_key,
            opts=pulumi.ResourceOptions(parent=self),
        )
