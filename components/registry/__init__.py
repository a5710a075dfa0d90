"""What a registry is: a place that images are pushed to and pods pull from, by digest."""

from typing import Protocol

import pulumi


class Registry(Protocol):
    """A store of images, built from sources of this checkout where they are not there yet."""

    address: pulumi.Output[str]
    """`host[:port][/path]` before an image's own name."""

    def image(self, name: str, source: str) -> pulumi.Output[str]:
        """The reference by digest of the image built from `source`: `bento:<folder>` or `platform:<name>`.

        Unchanged sources give the same reference and build nothing.
        """
        ...
