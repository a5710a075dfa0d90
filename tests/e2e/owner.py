"""Somebody with an account: a login, credentials and command lines of their own, and doubles where the account would be.

No rehearsal: `make` acts as in a real account, and the plugins in its home are what leads to the doubles instead.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airgap import engine, official
from airgap.artifacts import key_of
from airgap.paths import CACHE, CHECKOUT
from commands.place import PLACE
from tests.doubles import clusters, registry
from tests.doubles.cloud import Cloud
from tests.doubles.command_lines import Programs
from tests.e2e.checkout import Checkout, Result

SETTINGS = {"aws": ("account", "123456789012"), "gcp": ("project", "tradewind-dev")}
"""What the command lines' doubles know."""

TOKENS = {
    "aws": ("aws", "eks get-token --cluster-name tradewind-aws-dev --region eu-west-1 --output json"),
    "gcp": ("gke-gcloud-auth-plugin", "--use_application_default_credentials"),
}
"""Program and command that clients of a cluster take their token from."""

NAMES = {"aws": ("aws",), "gcp": ("gcloud", "gke-gcloud-auth-plugin")}


@dataclass(frozen=True)
class Owner:
    """Of a cloud's small stack, whose state is in a folder of their own."""

    kind: str
    checkout: Checkout
    folder: Path
    programs: Programs

    @classmethod
    def settle(cls, kind: str, folder: Path) -> "Owner":
        checkout = Checkout.copy(folder / "checkout", folder / "cache")
        (checkout.path / ".venv").symlink_to(CHECKOUT / ".venv")
        owner = cls(kind, checkout, folder, Programs.install(folder / "bin", *NAMES[kind]))
        status = {"token": clusters.token(owner.place)}
        api = "client.authentication.k8s.io/v1beta1"
        owner.programs.add(*TOKENS[kind], {"kind": "ExecCredential", "apiVersion": api, "status": status})
        owner._install_plugins()
        (folder / "home").mkdir()
        (folder / "backend").mkdir()
        (folder / "passphrase").write_text("correct horse battery staple")
        return owner

    @property
    def stack(self) -> str:
        return f"{self.kind}-dev"

    @property
    def settings(self) -> Path:
        """The stack's, in the checkout."""
        return self.checkout.path / "stacks" / f"Pulumi.{self.stack}.yaml"

    @property
    def place(self) -> Path:
        """Where the doubles keep what was made."""
        return self.folder / "cloud"

    @property
    def cloud(self) -> Cloud:
        return Cloud(self.place / f"{self.kind}.sqlite")

    @property
    def environment(self) -> dict[str, str]:
        """With nothing of whoever runs the tests but the way to programs."""
        return {
            "PATH": os.pathsep.join([str(self.folder / "bin"), os.environ["PATH"]]),
            "HOME": str(self.folder / "home"),
            "LANG": "C.UTF-8",
            "TRADEWIND_CACHE": str(self.folder / "cache"),
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.folder / "passphrase"),
            **registry.ensure(self.place).environment,
        }

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """One of our commands, as make calls it once there is an environment."""
        return self._start([sys.executable, "-m", "commands", *words])

    def command(self, *words: str) -> Result:
        return _finished(self.start(*words))

    def pulumi(self, *words: str) -> Result:
        """In a shell that has `make env`."""
        shown = self.command("env", "--stack", self.stack).ok().stdout
        return _finished(self._start(["bash", "-c", f"{shown}\nexec pulumi {' '.join(words)} --non-interactive"]))

    def export(self) -> dict[str, Any]:
        return json.loads(self.pulumi("stack", "export", "--stack", self.stack).ok().stdout)["deployment"]

    def leave(self) -> None:
        """Nothing runs on."""
        clusters.end_all(self.place)
        registry.stop(self.place)

    def _start(self, argv: list[str]) -> "subprocess.Popen[str]":
        pipe = subprocess.PIPE
        return subprocess.Popen(
            argv,
            cwd=self.checkout.path,
            env=self.environment,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
        )

    def _install_plugins(self) -> None:
        """Those that could be downloaded where there is an account; for Kubernetes the cache says that it was."""
        home, cache = self.checkout.state / "home", self.folder / "cache"
        plugin = home / "plugins" / f"resource-{self.kind}-v{engine.version(f'pulumi-{self.kind}')}"
        self._launcher(plugin / f"pulumi-resource-{self.kind}", "tests.doubles", self.kind)
        for own in CACHE.iterdir():
            if own.name != "artifacts":
                _link(own, cache / own.name)
        for artifact in (CACHE / "artifacts").iterdir():
            if artifact.name != "pulumi-kubernetes":
                _link(artifact, cache / "artifacts" / artifact.name)
        release = official.kubernetes_plugin(engine.version("pulumi-kubernetes"))
        folder = cache / "artifacts" / release.name / key_of(release.archive)
        self._launcher(folder / "pulumi-resource-kubernetes", "tests.doubles.kubernetes")

    def _launcher(self, file: Path, *module: str) -> None:
        file.parent.mkdir(parents=True)
        told = f"env {PLACE}={self.place} PYTHONPATH={CHECKOUT} {sys.executable} -P -m {' '.join(module)}"
        file.write_text(f'#!/bin/sh\nexec {told} "$@"\n')
        file.chmod(0o755)


def _link(target: Path, link: Path) -> None:
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(target)


def _finished(process: "subprocess.Popen[str]") -> Result:
    stdout, stderr = process.communicate()
    return Result(process.returncode, stdout, stderr, 0)
