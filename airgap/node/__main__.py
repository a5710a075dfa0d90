"""`python -m airgap.node COMMAND`: look at a node of this checkout, or run one without a stack."""

import json
import sys
from dataclasses import asdict
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from airgap.errors import SetupError
from airgap.node import claims, lifecycle, memory, residue, second
from airgap.node.layout import Layout, NodeSpec
from airgap.paths import STATE

app = typer.Typer(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)
Name = Annotated[str, typer.Option("--name", help="The node's name, which is its stack's.")]
Json = Annotated[bool, typer.Option("--json", help="Bytes as JSON rather than a table.")]


def spec(name: str) -> NodeSpec:
    return NodeSpec(name=name, state=STATE / "node" / name)


def report(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@app.command()
def up(name: Name = "local") -> None:
    """Start what is missing or dead; prints how to reach the node, without its kubeconfig."""
    facts = asdict(lifecycle.ensure(spec(name), report))
    facts.pop("kubeconfig")
    print(json.dumps(facts, indent=1))


@app.command()
def down(name: Name = "local") -> None:
    """End the node and remove all of it but the cache."""
    lifecycle.stop(spec(name), report)


@app.command()
def join(name: Name = "local") -> None:
    """Start a second node in the cluster of the first; prints its name."""
    print(second.join(spec(name), report))


@app.command()
def leave(name: Name = "local") -> None:
    """End the second node."""
    second.leave(spec(name), report)


@app.command()
def status(name: Name = "local") -> None:
    """Each process, and whether it lives; exit status 1 where one does not."""
    found = lifecycle.status(spec(name))
    for process, alive in found.items():
        print(f"{process:24} {'alive' if alive else 'dead'}")
    if not found:
        print("no node")
    raise typer.Exit(0 if found and all(found.values()) else 1)


@app.command("leftovers")
def list_leftovers(name: Name = "local") -> None:
    """What of the node is on this machine; exit status 1 where there is anything."""
    found = residue.leftovers(spec(name))
    print("\n".join(found) or "nothing")
    raise typer.Exit(1 if found else 0)


@app.command("memory")
def show_memory(name: Name = "local", as_json: Json = False) -> None:
    """PSS of each process and pod."""
    found = memory.measure(_existing(name))
    if as_json:
        print(json.dumps(asdict(found) | {"platform": found.platform}, indent=1))
        return
    table = Table("kind", "name", "MiB")
    table.columns[2].justify = "right"
    for kind in ("processes", "pods", "services"):
        for what, size in sorted(asdict(found)[kind].items(), key=lambda item: -item[1]):
            table.add_row(kind, what, f"{size / 2**20:.1f}")
    table.add_section()
    table.add_row("", "platform, without services", f"{found.platform / 2**20:.1f}")
    Console().print(table)


def _existing(name: str) -> Layout:
    layout = claims.load(spec(name))
    if layout is None:
        fail(f"{spec(name).state}: there is no node {name!r}. To fix: run `make up`.")
    return layout


def fail(message: str) -> NoReturn:
    report(message)
    raise typer.Exit(1)


if __name__ == "__main__":
    try:
        app()
    except SetupError as error:
        report(str(error))
        sys.exit(1)
