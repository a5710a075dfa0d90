"""An image as three kinds of blob: layers, the config that says how to start it, the manifest that names them all."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from airgap.artifacts import Report
from provider.oci.layers import MEDIA_TYPE as LAYER_TYPE
from provider.oci.layers import Layer, pack

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"

NONROOT = "65532:65532"
"""The user of every image of ours, the one that distroless images use too."""


@dataclass(frozen=True, kw_only=True)
class ImageSpec:
    """How a container of the image starts; what it holds are the layers beside it."""

    entrypoint: Sequence[str]
    cmd: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    user: str = NONROOT
    workdir: str = "/"

    def __post_init__(self) -> None:
        if not self.entrypoint:
            raise ValueError("ImageSpec.entrypoint must name a program, got none. To fix: give the file to start.")
        if not self.user.replace(":", "").isdigit():
            raise ValueError(
                f"ImageSpec.user must be numeric, since Kubernetes cannot check runAsNonRoot against a name, "
                f"got {self.user!r}. To fix: write it as {NONROOT!r}."
            )


@dataclass(frozen=True)
class Blob:
    """Content of the image that is small enough to be held in memory."""

    media_type: str
    data: bytes

    @property
    def digest(self) -> str:
        return f"sha256:{hashlib.sha256(self.data).hexdigest()}"


@dataclass(frozen=True)
class Image:
    layers: Sequence[Layer]
    config: Blob
    manifest: Blob

    @property
    def size(self) -> int:
        """Bytes that a node with none of it pulls."""
        return sum(layer.size for layer in self.layers) + len(self.config.data)


def _canonical(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _config(spec: ImageSpec, layers: Sequence[Layer]) -> Blob:
    start = {
        "Entrypoint": list(spec.entrypoint),
        "Cmd": list(spec.cmd) or None,
        "Env": [f"{name}={value}" for name, value in sorted(spec.env.items())],
        "User": spec.user,
        "WorkingDir": spec.workdir,
    }
    document = {
        # Go modules and Debian packages are taken for this one, as the design's machine is.
        "architecture": "amd64",
        "os": "linux",
        "config": start,
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
        "history": [{"created_by": "tradewind"} for _ in layers],
    }
    return Blob(CONFIG_TYPE, _canonical(document))


def assemble(spec: ImageSpec, roots: Sequence[Path], report: Report) -> Image:
    """The image whose layers are `roots`, lowest first; the same folders and spec give the same manifest digest."""
    layers = [pack(root, report) for root in roots]
    config = _config(spec, layers)
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": {"mediaType": CONFIG_TYPE, "digest": config.digest, "size": len(config.data)},
        "layers": [{"mediaType": LAYER_TYPE, "digest": layer.digest, "size": layer.size} for layer in layers],
    }
    return Image(layers, config, Blob(MANIFEST_TYPE, _canonical(manifest)))
