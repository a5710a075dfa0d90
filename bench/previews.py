"""`pulumi preview` of a cloud's stack beside that of a bare program that makes the same resources."""

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import yaml

from airgap.errors import SetupError
from airgap.paths import CHECKOUT, STATE
from bench import plans
from bench.rounds import Comparison, compare
from commands.stages import report
from tests.doubles import sandbox

STACKS = ("aws-dev", "gcp-dev")
LIMIT = 1.15
"""Of a stack's preview, in those of its bare program."""
TAIL = 2000
"""Letters of a failed command's words that are shown."""


@contextlib.contextmanager
def entered() -> Iterator[None]:
    """The place of this process's doubles; nothing is ever made there."""
    sandbox.prepare(report)
    os.environ.update(sandbox.environment(report))
    try:
        yield
    finally:
        sandbox.close()


def planned_for(stack: str) -> list[plans.Planned]:
    """What the stack's own preview would make."""
    _pulumi(STATE / "project", "stack", "select", "--create", stack)
    return plans.plan(_pulumi(STATE / "project", "preview", "--json", "--stack", stack))


def compare_preview(stack: str, planned: list[plans.Planned], rounds: int) -> Comparison:
    """Of a stack, in the place that this process has entered."""
    ours, bare = STATE / "project", STATE / "bare" / stack
    _write_bare(bare, stack, planned)
    _pulumi(bare, "stack", "select", "--create", stack)
    begun = plans.plan(_pulumi(bare, "preview", "--json", "--stack", stack))
    if missing := {each["type"] for each in planned} ^ {each["type"] for each in begun}:
        raise SetupError(f"bench: the bare program of {stack} differs in {', '.join(sorted(missing))}.")
    report(f"{stack}: {len(planned)} resources on both sides")
    return compare(
        f"preview {stack}",
        lambda: _pulumi(ours, "preview", "--stack", stack),
        lambda: _pulumi(bare, "preview", "--stack", stack),
        rounds,
        report,
        LIMIT,
    )


def _write_bare(folder: Path, stack: str, planned: list[plans.Planned]) -> None:
    """A project of one program, and what it makes."""
    (folder / "program").mkdir(parents=True, exist_ok=True)
    (folder / "program" / "plan.json").write_text(json.dumps(planned))
    project = yaml.safe_load((CHECKOUT / "Pulumi.yaml").read_text())
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump({**project, "name": "bare", "main": "program"}))
    _write_settings(folder, Path(project["stackConfigDir"]) / f"Pulumi.{stack}.yaml")
    links = {"program/__main__.py": CHECKOUT / "bench" / "bare.py", ".venv": CHECKOUT / ".venv"}
    for name, target in links.items():
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(target)


def _write_settings(folder: Path, name: Path) -> None:
    """The stack's own, by which the policy pack knows tier, key and waivers; what Pulumi wrote beside them stays."""
    file = folder / name
    before = yaml.safe_load(file.read_text()) if file.exists() else {}
    file.parent.mkdir(exist_ok=True)
    file.write_text(
        yaml.safe_dump({**before, "config": yaml.safe_load((STATE / "project" / name).read_text())["config"]})
    )


def _pulumi(project: Path, *arguments: str) -> str:
    """What one command said; SetupError with its words where it failed."""
    ran = subprocess.run(
        ["pulumi", *arguments, "--non-interactive"],
        cwd=project,
        env={**os.environ, "PULUMI_OPTION_CWD": str(project)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if ran.returncode:
        words = (ran.stderr or ran.stdout)[-TAIL:]
        raise SetupError(f"bench: `pulumi {' '.join(arguments)}` in {project} failed, and said last: {words}")
    return ran.stdout
