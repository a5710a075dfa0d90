"""The node's own images: imported into containerd, since they are needed before there is a registry to pull from."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from airgap import golang
from airgap.artifacts import Report, ensure, key_of
from airgap.errors import SetupError
from airgap.node import configuration, namespaces
from airgap.node.layout import Layout
from airgap.node.programs import Programs
from provider.oci import ImageSpec, write_archive


@dataclass(frozen=True)
class NodeImage:
    name: str
    package: str
    """The program that it holds, of the Go module `node`."""


IMAGES = (
    NodeImage("pause", "./pause"),
    NodeImage("coredns", "./coredns"),
    NodeImage("metrics-server", "sigs.k8s.io/metrics-server/cmd/metrics-server"),
)


@dataclass(frozen=True)
class Archive:
    ref: str
    """Its tag names the content, so another content is another image."""
    path: Path


def prepare(report: Report) -> dict[str, Archive]:
    """Every image as an archive in the cache, by name."""
    return {image.name: _archive(image, report) for image in IMAGES}


def load(layout: Layout, programs: Programs, archives: dict[str, Archive]) -> None:
    """Import what containerd lacks."""
    present = set(_ctr(layout, programs, "images", "list", "--quiet").split())
    snapshotter = configuration.snapshotter(layout.state)
    for archive in archives.values():
        if archive.ref not in present:
            _ctr(layout, programs, "images", "import", "--snapshotter", snapshotter, str(archive.path))


def _archive(image: NodeImage, report: Report) -> Archive:
    binary = golang.binary("node", image.package, report)
    key = key_of(image.name, str(binary), Path(__file__))
    ref = f"docker.io/tradewind/{image.name}:{key}"

    def build(out: Path) -> None:
        root = out / "root"
        (root / "tmp").mkdir(parents=True)
        (root / "tmp").chmod(0o1777)
        shutil.copy2(binary, root / image.name)
        write_archive(ImageSpec(entrypoint=[f"/{image.name}"]), [root], ref, out / "image.tar")
        shutil.rmtree(root)

    return Archive(ref, ensure(f"node-image-{image.name}", key, build, report) / "image.tar")


def _ctr(layout: Layout, programs: Programs, *arguments: str) -> str:
    ctr = [str(programs.debian_program("ctr")), "--address", str(layout.containerd_socket), "--namespace", "k8s.io"]
    done = subprocess.run([*namespaces.enter(layout), *ctr, *arguments], capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise SetupError(
            f"containerd: ctr {' '.join(arguments[:2])}: {last}. To fix: see {layout.logs / 'containerd.log'}, "
            "and that its disk is not full; then run again."
        )
    return done.stdout
