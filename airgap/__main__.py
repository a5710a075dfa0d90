"""`python -m airgap`: build what `make up` needs, pin Debian's packages anew, look after the cache."""

import sys
from typing import Annotated

import typer

from airgap.errors import SetupError

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)


def report(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@app.command()
def build(what: Annotated[list[str] | None, typer.Argument(help="Targets; all where none is named.")] = None) -> None:
    """Build what the cache lacks: node, engine, keda, envoy-gateway and the rest."""
    from airgap import builds

    builds.prepare(report, what or ())


@app.command()
def lock() -> None:
    """Write airgap/debian.lock anew, from the newest versions that the signed archive names."""
    from airgap.debian import resolve

    resolve.lock(report)


@app.command()
def cache(
    prune: Annotated[bool, typer.Option("--prune", help="Remove artifacts that nobody asked for lately.")] = False,
    days: Annotated[float, typer.Option(help="How long ago is lately.")] = 7,
) -> None:
    """What the cache holds, by size."""
    from airgap import cache as contents
    from airgap.paths import CACHE

    if prune:
        for path in contents.prune(days):
            print(f"removed {path}")
    parts = contents.parts()
    for part in parts:
        print(f"{part.size / 1e6:10.0f} MB  {part.idle_days:5.1f} days idle  {part.name}")
    print(f"{sum(part.size for part in parts) / 1e6:10.0f} MB  {CACHE}")


if __name__ == "__main__":
    try:
        app()
    except SetupError as error:
        report(str(error))
        sys.exit(1)
