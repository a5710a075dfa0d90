"""What the node runs: built from Go modules, and unpacked from Debian's packages, in the cache by content."""

from dataclasses import dataclass
from pathlib import Path

from airgap import debian, golang
from airgap.artifacts import Report

PACKAGES = ["containerd", "runc", "containernetworking-plugins", "docker-registry", "nftables"]


@dataclass(frozen=True, kw_only=True)
class Programs:
    kube: Path
    """Every process of Kubernetes, etcd and kubectl, by first argument."""
    agent: Path
    """Network policies and the ports on the host, by first argument."""
    debian: Path
    """`bin/` with launchers, and `root/` with the files, of the unpacked packages."""

    def debian_program(self, name: str) -> Path:
        """One that needs no more than the C library: not its launcher, so that the process can be told by its file."""
        return self.debian / "root" / "usr" / "bin" / name

    @property
    def cni(self) -> Path:
        return self.debian / "root" / "usr" / "lib" / "cni"

    @property
    def runc(self) -> Path:
        return self.debian / "bin" / "runc"

    @property
    def path(self) -> str:
        """Of the node's processes: `nft` and the shims are looked for by name."""
        return f"{self.debian / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin"


def ensure(report: Report) -> Programs:
    """All programs; the first time this takes minutes, with progress."""
    return Programs(
        kube=golang.binary("node", "./kube", report),
        agent=golang.binary("node", "./agent", report),
        debian=debian.programs(PACKAGES, report),
    )
