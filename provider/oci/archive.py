"""An image as one file: the OCI layout in a tar, which `ctr images import` and `docker load` read."""

import io
import json
import tarfile
from pathlib import Path

from provider.oci.image import MANIFEST_TYPE, Image


def write(image: Image, ref: str, out: Path) -> None:
    """Write `image` to `out`; `ref` is the name that it has after the import."""
    index = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [
            {
                "mediaType": MANIFEST_TYPE,
                "digest": image.manifest.digest,
                "size": len(image.manifest.data),
                # containerd and the OCI layout each look for the name under a key of their own
                "annotations": {"io.containerd.image.name": ref, "org.opencontainers.image.ref.name": ref},
            }
        ],
    }
    part = out.with_name(f"{out.name}.part")
    with tarfile.open(part, "w") as tar:

        def add(name: str, data: bytes) -> None:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))

        add("oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        add("index.json", json.dumps(index, sort_keys=True).encode())
        for blob in (image.config, image.manifest):
            add(f"blobs/sha256/{blob.digest.removeprefix('sha256:')}", blob.data)
        for digest, layer in {layer.digest: layer for layer in image.layers}.items():
            info = tarfile.TarInfo(f"blobs/sha256/{digest.removeprefix('sha256:')}")
            info.size = layer.size
            with layer.blob.open("rb") as file:
                tar.addfile(info, file)
    part.rename(out)
