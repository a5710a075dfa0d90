"""The parameters of a run: on Locust's command line, each with a twin in the environment."""

import os
import sys
from argparse import Namespace
from dataclasses import fields
from pathlib import Path
from typing import Any

from loadtests.run import FULL, Options
from loadtests.sabotage import SABOTAGES
from loadtests.shapes import SHAPES
from loadtests.users import USERS

ONE_MACHINE = "error: --master and --worker need not share a clock. To fix: --processes N, on one machine."


def add_parameters(parser: Any) -> None:
    """`parser` is Locust's own, whose add_argument knows env_var."""
    if {"LOCUST_MODE_MASTER", "LOCUST_MODE_WORKER"} & os.environ.keys() or {"--master", "--worker"} & set(sys.argv):
        raise SystemExit(ONE_MACHINE)  # here: after its fork Locust itself sets them
    group = parser.add_argument_group("Tradewind")
    add = group.add_argument
    default = Options(service="")
    add("--service", env_var="LOCUST_SERVICE", default=None, choices=sorted(USERS), help="the model service to test")
    add("--stack", env_var="LOCUST_STACK", default=default.stack, help="the stack whose outputs say where it is")
    add(
        "--seed",
        env_var="LOCUST_SEED",
        type=int,
        default=default.seed,
        help="the same seed sends the same texts at the same moments",
    )
    add("--shape", env_var="LOCUST_SHAPE", choices=sorted(SHAPES), default=None, help="instead of the card's")
    add("--peak", env_var="LOCUST_PEAK", default=None, help=f"instead of the card's: requests per second, or {FULL}")
    add(
        "--arrivals",
        env_var="LOCUST_ARRIVALS",
        default=default.arrivals,
        help="poisson, constant, or a CSV of recorded seconds",
    )
    add(
        "--sabotage",
        env_var="LOCUST_SABOTAGE",
        choices=sorted(SABOTAGES),
        help="a control: break this; the run must fail",
    )
    add("--bentos", env_var="LOCUST_BENTOS", default=str(default.bentos), help="folder of the cards")
    add(
        "--outputs",
        env_var="LOCUST_OUTPUTS",
        default=None,
        help="read the stack's outputs from this JSON file",
    )
    add("--reports", env_var="LOCUST_REPORTS", default=str(default.reports), help="where reports go")
    parser.set_defaults(only_summary=True, loglevel="WARNING")  # one line each 5 s instead of a table each 2 s


def options_from(parsed: Namespace) -> Options:
    """The parsed command line, refused where it names no service."""
    if not parsed.service:
        raise SystemExit("error: --service is missing. To fix: --service embedder, or LOCUST_SERVICE=embedder")
    found: dict[str, Any] = {field.name: getattr(parsed, field.name) for field in fields(Options)}
    # Texts until here: Locust's master sends the command line to its workers, and can send no Path.
    paths: dict[str, Any] = {name: Path(found[name]) for name in ("bentos", "outputs", "reports") if found[name]}
    return Options(**found | paths)
