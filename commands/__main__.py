"""The commands behind the Makefile; `.venv/bin/python -m commands --help` lists them."""

import os
import sys
from collections.abc import Mapping
from typing import Annotated, NoReturn

import click
import typer

from airgap.errors import SetupError
from commands.children import Interrupted, take_signals
from commands.stages import say

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
Stack = Annotated[str, typer.Option(help="Which stack of stacks/.")]
Confirm = Annotated[str | None, typer.Option(help="The stack's name, where it is in a real account.")]

# A command imports what it needs when it runs: `make env` must not pay for rich and psutil.


@app.callback()
def place(
    context: typer.Context,
    rehearse: Annotated[bool, typer.Option(help="Act on doubles of the clouds, with no account.")] = False,
) -> None:
    """Where the command acts."""
    if rehearse:
        from commands.place import enter

        enter(deploys=context.invoked_subcommand == "up")


@app.command()
def up(stack: Stack = "local", confirm: Confirm = None) -> None:
    """Build what is missing, deploy the stack, print the services."""
    from commands.up import up

    up(stack, confirm)


@app.command()
def down(stack: Stack = "local", confirm: Confirm = None) -> None:
    """Destroy the stack and leave nothing running; the cache stays."""
    from commands.down import down

    down(stack, confirm)


@app.command()
def services(stack: Stack = "local") -> None:
    """The services of the stack and a curl line."""
    from commands.engine import outputs
    from commands.services import print_services

    print_services(outputs(stack)["services"])


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def load(more: typer.Context, service: str, stack: Stack = "local") -> None:
    """Prove that a service scales; --sabotage no-scaler must fail. Other options are those of `loadtests run`."""
    from commands.engine import environment

    _become(environment(stack), "loadtests", "run", "--service", service, "--stack", stack, *more.args)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def simulate(more: typer.Context, service: str) -> None:
    """What a service's autoscaler would do over a load, with no stack. Options are those of `loadtests simulate`."""
    _become(os.environ, "loadtests", "simulate", "--service", service, *more.args)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def compare(more: typer.Context, service: str) -> None:
    """Two runs of a service laid over each other, with no stack. Options are those of `loadtests compare`."""
    _become(os.environ, "loadtests", "compare", "--service", service, *more.args)


@app.command()
def calibrate(service: str, stack: Stack = "local") -> None:
    """Measure what one replica carries on this machine, some twenty minutes; writes the Bento's capacity.json."""
    _calibration("measure", service, stack)


@app.command()
def verify(service: str, stack: Stack = "local") -> None:
    """Run loads that no measurement has seen, and tell where the plan was wrong about them; over an hour."""
    _calibration("verify", service, stack)


def _calibration(verb: str, service: str, stack: str) -> None:
    from commands.engine import environment

    _become(environment(stack), "loadtests.calibration", verb, "--service", service, "--stack", stack)


def _become(environ: Mapping[str, str], module: str, *words: str) -> NoReturn:
    """Another program, whose exit code is then the command's: of a load test it is the verdict."""
    argv = [sys.executable, "-m", module, *words]
    os.execve(argv[0], argv, environ)  # noqa: S606


@app.command()
def plan(
    service: str,
    node: Annotated[str | None, typer.Option(help="Cores and GiB of a node, as in 4x16; this machine's.")] = None,
) -> None:
    """Replicas, nodes and latency for the card's load, before a request is sent."""
    from commands.foretold import print_plan

    print_plan(service, node)


@app.command()
def recover(stack: Stack = "local") -> None:
    """Free dead locks, heal the node, settle what was pending."""
    from commands.recover import make_recover

    make_recover(stack)


@app.command()
def doctor(stack: Stack = "local") -> None:
    """What was found, what will be built, what is missing and the fix."""
    from commands.doctor import doctor

    raise typer.Exit(doctor(stack))


@app.command()
def env(stack: Stack = "local") -> None:
    """Lines for `eval "$(make -s env)"`."""
    from commands.env import print_exports

    print_exports(stack)


@app.command()
def rehearse(
    stack: Annotated[list[str] | None, typer.Option(help="One of the clouds' stacks, or all.")] = None,
) -> None:
    """The clouds' stacks through their whole lives, with no account."""
    from commands.place import enter

    enter(deploys=True)
    from commands.rehearse import rehearse

    rehearse(stack or [])


@app.command()
def cost(stack: Stack = "local") -> None:
    """What the stack costs a month at four loads, and what of it nobody knows."""
    from commands.cost import cost

    raise typer.Exit(cost(stack))


@app.command()
def audit(stack: Stack = "local") -> None:
    """The policy pack over the stack as it stands, state and cluster, as a page."""
    from commands.audit import audit

    raise typer.Exit(audit(stack))


@app.command()
def test(soak: Annotated[bool, typer.Option(help="The full form of the proofs.")] = False) -> None:
    """Every test and the short form of every proof, or the full form."""
    from commands.test import test

    raise typer.Exit(test(soak=soak))


@app.command()
def prove() -> None:
    """Every rule catches what it names and leaves the rest alone."""
    from commands.prove import prove

    raise typer.Exit(prove())


@app.command()
def bench() -> None:
    """What our code costs beside doing without it."""
    from commands.place import enter

    enter("bench")
    from bench.run import run

    raise typer.Exit(run())


@app.command()
def lint() -> None:
    """ruff and basedpyright."""
    from commands.suites import lint

    raise typer.Exit(lint())


def main() -> None:
    take_signals()
    try:
        sys.exit(app(standalone_mode=False))
    except SetupError as error:
        say(str(error))
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (Interrupted, KeyboardInterrupt, click.Abort):
        say("interrupted; the next run carries on")
        sys.exit(130)


if __name__ == "__main__":
    main()
