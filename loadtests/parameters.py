"""The parameters of a run: on Locust's command line, each with a twin in the environment."""

import os
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from loadtests.sabotage import SABOTAGES
from loadtests.session import Options
from loadtests.users import USERS

ONE_PROCESS = "error: --master, --worker and --processes split the ledger. To fix: run one process."


def add_parameters(parser: Any) -> None:
    """`parser` is Locust's own, whose add_argument knows env_var."""
    if "LOCUST_PROCESSES" in os.environ or any(word.startswith("--processes") for word in sys.argv):
        raise SystemExit(ONE_PROCESS)  # here, since Locust forks next, and its workers would outlive a refusal
    group = parser.add_argument_group("Tradewind")
    add = group.add_argument
    default = Options(service="")
    add("--service", env_var="LOCUST_SERVICE", default=None, choices=sorted(USERS), help="the model service to test")
    add("--stack", env_var="LOCUST_STACK", default=default.stack, help="the stack whose outputs say where it is")
    add("--seed", env_var="LOCUST_SEED", type=int, default=default.seed, help="the same seed sends the same texts")
    add(
        "--sabotage",
        env_var="LOCUST_SABOTAGE",
        choices=sorted(SABOTAGES),
        help="a control: break this; the run must fail",
    )
    add("--bentos", env_var="LOCUST_BENTOS", type=Path, default=default.bentos, help="folder of the cards")
    add(
        "--outputs",
        env_var="LOCUST_OUTPUTS",
        type=Path,
        default=None,
        help="read the stack's outputs from this JSON file",
    )
    add("--reports", env_var="LOCUST_REPORTS", type=Path, default=default.reports, help="where reports go")
    parser.set_defaults(only_summary=True, loglevel="WARNING")  # one line each 5 s instead of a table each 2 s


def options_from(parsed: Namespace) -> Options:
    """The parsed command line, refused where it asks for what one process cannot do."""
    if not parsed.service:
        raise SystemExit("error: --service is missing. To fix: --service embedder, or LOCUST_SERVICE=embedder")
    if parsed.master or parsed.worker:
        raise SystemExit(ONE_PROCESS)
    names = ("service", "stack", "seed", "sabotage", "bentos", "outputs", "reports")
    return Options(**{name: getattr(parsed, name) for name in names})
