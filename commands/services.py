"""The table of what is served, and a line to try it with: the only thing `make up` puts on stdout."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from airgap.paths import CHECKOUT

WIDE = 320
"""Columns where stdout is no terminal, so that no image digest is cut."""


def print_services(services: Mapping[str, Mapping[str, Any]], console: Console | None = None) -> None:
    console = console or stdout()
    table = Table("service", "URL", "replicas", "image", box=None, pad_edge=False)
    for name, service in sorted(services.items()):
        replicas = service["replicas"]
        table.add_row(name, service["url"], f"{replicas['min']} to {replicas['max']}", service["image"])
    console.print(table)
    for name, service in sorted(services.items())[:1]:
        console.print()
        console.print(curl_line(name, service["url"]), soft_wrap=True, markup=False, highlight=False)


def curl_line(name: str, url: str) -> str:
    """A request that the service answers: the sample of its card at its first endpoint."""
    card = yaml.safe_load((CHECKOUT / "bentos" / name / "card.yaml").read_text())
    body = shlex.quote(json.dumps(card["sample"]))
    return f"curl -s {url}/encode -H 'content-type: application/json' -d {body}"


def stdout() -> Console:
    """Where results go, wide enough where nobody looks."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDE
    return console
