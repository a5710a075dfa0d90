"""A reference by digest: the one name of an image that always means the same bytes."""

import re
from dataclasses import dataclass

_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_WHOLE = re.compile(
    rf"(?P<registry>[A-Za-z0-9.-]+(?::\d{{1,5}})?|\[[0-9a-fA-F:]+\](?::\d{{1,5}})?)/(?P<repository>{_PART}(?:/{_PART})*)"
    r"(?::[\w][\w.-]{0,127})?@(?P<digest>sha256:[0-9a-f]{64})"
)
"""https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests"""


class InvalidReference(ValueError):
    """It is no reference by registry and digest."""


@dataclass(frozen=True)
class Reference:
    registry: str
    """`host[:port]`."""
    repository: str
    digest: str
    """`sha256:...`."""

    @classmethod
    def parse(cls, image: str) -> "Reference":
        """Of `host[:port]/path[:tag]@sha256:...`; a tag beside the digest says nothing."""
        found = _WHOLE.fullmatch(image)
        if found is None:
            raise InvalidReference(
                f"image must be host[:port]/path@sha256:<64 digits>, got {image!r}. To fix: name the registry, and the "
                "digest that it gave."
            )
        return cls(found["registry"], found["repository"], found["digest"])

    @property
    def name(self) -> str:
        return f"{self.registry}/{self.repository}"

    def __str__(self) -> str:
        return f"{self.name}@{self.digest}"
