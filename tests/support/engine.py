"""The real engine on a stack of its own: a program text in, the CLI's words out."""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airgap.engine import UNSET
from airgap.paths import CHECKOUT

LIMIT_S = 180
_COUNT = re.compile(r"(\d+) (created|updated|replaced|deleted|unchanged|imported|to \w+)\b")


@dataclass(frozen=True)
class Outcome:
    code: int
    text: str
    """stdout and stderr, as a person sees them."""

    @property
    def changes(self) -> dict[str, int]:
        """Counts by word: {"created": 2, "unchanged": 1}; a preview says "to create"."""
        return {word: int(count) for count, word in _COUNT.findall(self.text.rpartition("Resources:")[2])}


class Engine:
    """A home with our engine and our plugins, apart from the checkout's own."""

    def __init__(self, folder: Path):
        self.folder = folder
        code = "import json; from airgap import engine; engine.ensure(print); print(json.dumps(engine.environment()))"
        own = {key: value for key, value in os.environ.items() if key not in UNSET}
        own |= {"TRADEWIND_STATE": str(folder / "state")}
        ran = subprocess.run([sys.executable, "-c", code], env=own, cwd=CHECKOUT, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        self.environment = own | json.loads(ran.stdout.splitlines()[-1])
        # Where the official plugin can be had, `ensure` has taken it; what is tested here is ours.
        self.install("kubernetes", "4.34.2", [sys.executable, "-P", "-m", "airgap.kubernetes_provider"])

    def install(self, name: str, version: str, command: list[str]) -> None:
        folder = Path(self.environment["PULUMI_HOME"]) / "plugins" / f"resource-{name}-v{version}"
        folder.mkdir(parents=True, exist_ok=True)
        launcher = folder / f"pulumi-resource-{name}"
        launcher.unlink(missing_ok=True)
        launcher.write_text(f'#!/bin/sh\nexec {" ".join(command)} "$@"\n')
        launcher.chmod(0o755)

    def stack(self, name: str, **environment: str) -> "Stack":
        return Stack(self, name, environment)


class Stack:
    def __init__(self, engine: Engine, name: str, environment: dict[str, str]):
        self.folder = engine.folder / "programs" / name
        self.folder.mkdir(parents=True)
        (self.folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
        self._environment = engine.environment | environment
        self.run("stack", "init", "test")

    def program(self, text: str) -> None:
        (self.folder / "__main__.py").write_text(textwrap.dedent(text))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = ["pulumi", *arguments, "--non-interactive"]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env={**self._environment, "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def finish(self, process: subprocess.Popen[str]) -> Outcome:
        try:
            text, _ = process.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            text, _ = process.communicate()
            raise AssertionError(f"{process.args} did not end in {LIMIT_S} s:\n{text}") from None
        return Outcome(process.returncode, text)

    def run(self, *arguments: str, fails: bool = False) -> Outcome:
        outcome = self.finish(self.start(*arguments))
        assert (outcome.code != 0) == fails, f"pulumi {' '.join(arguments)} ended with {outcome.code}:\n{outcome.text}"
        return outcome

    def up(self, program: str | None = None, *, fails: bool = False) -> Outcome:
        if program is not None:
            self.program(program)
        return self.run("up", "--yes", "--skip-preview", fails=fails)

    def preview(self, program: str | None = None, *, fails: bool = False) -> Outcome:
        if program is not None:
            self.program(program)
        return self.run("preview", "--diff", fails=fails)

    def refresh(self) -> Outcome:
        return self.run("refresh", "--yes", "--skip-preview")

    def destroy(self) -> Outcome:
        return self.run("destroy", "--yes", "--skip-preview")

    def outputs(self) -> dict[str, Any]:
        return json.loads(self.run("stack", "output", "--json", "--show-secrets").text)

    def export(self) -> str:
        """The state as it is stored: secrets encrypted."""
        return self.run("stack", "export").text
