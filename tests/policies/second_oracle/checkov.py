"""Checkov, asked: what it has against resources that it is shown, each by the id of its check."""

import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from airgap.paths import CHECKOUT
from tests.policies.second_oracle.terraform import Planned, plan

PROJECT = Path(__file__).parent
TIMEOUT_S = 300

Flag = tuple[str, str]
"""The check's id, and the resource: `<type>.<name>`, or `<kind>.<namespace>.<name>` of an object."""


def of_plan(resources: Iterable[Planned], folder: Path) -> set[Flag]:
    file = folder / "plan.json"
    file.write_text(json.dumps(plan(resources)))
    return _asked(file, "terraform_plan")


def of_objects(objects: Iterable[Mapping[str, Any]], folder: Path) -> set[Flag]:
    file = folder / "objects.json"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}))
    return _asked(file, "kubernetes")


def _asked(file: Path, framework: str) -> set[Flag]:
    # It knows its checks, and asks nobody for more.
    words = ("--output", "json", "--compact", "--skip-download", "--soft-fail")
    ran = subprocess.run(
        ["uv", "run", "--frozen", "--project", PROJECT, "checkov", "--file", file, "--framework", framework, *words],
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    if ran.returncode:
        raise RuntimeError(f"checkov ended with status {ran.returncode}: {ran.stderr[-2000:]}")
    said = json.loads(ran.stdout)
    assert said["summary"]["parsing_errors"] == 0, said["summary"]
    assert said["summary"]["resource_count"], "it has seen nothing"
    return {(each["check_id"], each["resource"]) for each in said["results"]["failed_checks"]}
