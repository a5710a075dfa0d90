"""How readers learn where the cache is: a Secret of one name in each reader's namespace, alike on every platform."""

from collections.abc import Mapping

import pulumi

from components import naming
from components.objects import Manifest, document, metadata

SECRET = "cache-access"  # noqa: S105, a name


def told(
    name: str,
    readers: Mapping[str, pulumi.Input[str]],
    owner: str,
    access: Mapping[str, pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """The Secret's name, known once each reader's namespace has it."""
    labels = naming.labels(naming.CACHE, owner, "cache")
    copies = [
        Manifest(
            f"{name}-access-{reader}",
            document("v1", "Secret", metadata(SECRET, space, labels), stringData=dict(access)),
            opts,
        )
        for reader, space in readers.items()
    ]
    return pulumi.Output.all(*(each.id for each in copies)).apply(lambda _: SECRET)
