"""What is tested and where: read from the stack's two outputs, and from nothing else of the stack."""

import ipaddress
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

CHECKOUT = Path(__file__).resolve().parents[1]


class Refused(ValueError):
    """The run cannot begin; the message names the cause and the fix."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """One service of a stack."""

    service: str
    url: str
    namespace: str
    image: str
    minimum: int
    maximum: int
    kubeconfig: str
    """Its text, a secret: never written to a report."""
    context: str

    @property
    def awake(self) -> int:
        """The fewest replicas of a service that is called, as it is to a load's end: base_rps is above 0."""
        return max(1, self.minimum)


def outputs(stack: str, file: Path | None = None) -> dict[str, Any]:
    """The stack's outputs, secrets included; from `file` where one is given."""
    if file is not None:
        try:
            return json.loads(file.read_text())
        except (OSError, ValueError) as error:
            raise Refused(
                f"--outputs {file}: {error}. To fix: pulumi stack output --json --show-secrets > {file}"
            ) from error
    command = ["pulumi", "stack", "output", "--json", "--show-secrets", "--stack", stack]
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=60)
    except FileNotFoundError:
        raise Refused('pulumi is not on PATH. To fix: eval "$(make -s env)"') from None
    except subprocess.TimeoutExpired:
        raise Refused(f"{' '.join(command)} gave no answer in 60 s. To fix: make doctor") from None
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
        raise Refused(f"{' '.join(command)}: {reason} To fix: make up")
    return json.loads(done.stdout)


def target(found: dict[str, Any], service: str) -> Target:
    """The service's part of the outputs, refused unless its URL is on loopback."""
    services = found.get("services") or {}
    if service not in services:
        known = ", ".join(sorted(services)) or "none"
        raise Refused(f"the stack has no service {service!r}; it has: {known}. To fix: make up, or choose one.")
    mine, platform = services[service], found.get("platform") or {}
    for key in ("kubeconfig", "context"):
        if not platform.get(key):
            raise Refused(f"output platform.{key} of the stack is missing or empty. To fix: make up")
    kubeconfig = platform["kubeconfig"]
    return Target(
        service=service,
        url=on_loopback(mine["url"]).rstrip("/"),
        namespace=mine["namespace"],
        image=mine["image"],
        minimum=mine["replicas"]["min"],
        maximum=mine["replicas"]["max"],
        kubeconfig=kubeconfig if isinstance(kubeconfig, str) else json.dumps(kubeconfig),
        context=platform["context"],
    )


def on_loopback(url: str) -> str:
    """`url`, when its host is this machine itself; a load test of another host would be an attack on it."""
    host = urlsplit(url).hostname or ""
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise Refused(
            f"{url}: host {host!r} is not on loopback, and load is sent to this machine only. "
            "To fix: use a stack whose entry is at 127.0.0.1, as local is."
        )
    return url
