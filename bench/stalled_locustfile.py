"""Callers of the stalling server, ours or stock: `--sending poisson`, `constant` or `stock`, `--result FILE`."""

import json
import resource
import sys
import time
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # plain `locust` knows only the current directory

from locust import FastHttpUser, constant_throughput, events, task

from loadtests.arrivals import gaps, moments
from loadtests.generator import Generator, pinned
from loadtests.shapes import Stretch, callers
from loadtests.users import ModelUser

RPS = 200
LONGEST_S = 5.0
STOCK_USERS = 10
SPAWN_S = 2.0
"""Until the callers are there: what is due before would be late by the start, and not by the sending."""


class Open(ModelUser):
    """Ours: sends when an arrival is due."""

    path = "/"
    timeout_s = LONGEST_S

    def body(self, number: int) -> dict[str, int]:
        return {"number": number}

    def checked(self, number: int) -> bool:
        return False


class Stock(FastHttpUser):
    """As Locust's documentation has it: so many users, each at its share of the rate."""

    wait_time = constant_throughput(RPS / STOCK_USERS)

    @task
    def call(self) -> None:
        self.client.post("/", json={"number": 0})


@events.init_command_line_parser.add_listener
def parameters(parser, **_):
    parser.add_argument("--sending", default="poisson", help="poisson or constant: ours; stock")
    parser.add_argument("--seconds", type=float, default=100.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--result", type=Path, required=True)


@events.init.add_listener
def begin(environment, **_):
    options = environment.parsed_options
    options.run_time = options.seconds if options.sending == "stock" else SPAWN_S + options.seconds + LONGEST_S
    environment.stop_timeout = LONGEST_S
    if options.sending == "stock":
        environment.user_classes, options.num_users, options.spawn_rate = [Stock], STOCK_USERS, STOCK_USERS
        return
    process = gaps(options.sending, options.seed)
    Open.generator = Generator(moments([Stretch("plateau", 0.0, options.seconds, RPS, RPS)], process))
    environment.user_classes, options.num_users = [Open], callers(RPS, LONGEST_S)
    options.spawn_rate = options.num_users


@events.test_start.add_listener
def start(environment, **_):
    pinned()
    if environment.parsed_options.sending != "stock":
        Open.generator.begin(time.perf_counter() + SPAWN_S)


@events.quitting.add_listener
def tell(environment, **_):
    options, total = environment.parsed_options, environment.stats.total
    used = resource.getrusage(resource.RUSAGE_SELF)
    found = {
        "sent": total.num_requests,
        "planned": round(RPS * options.seconds),
        "locust_p99_s": total.get_response_time_percentile(0.99) / 1000,
        "cpu_ms_per_request": (used.ru_utime + used.ru_stime) * 1000 / max(1, total.num_requests),
    }
    if options.sending != "stock":
        found["planned"] = len(Open.generator.moments)
        found["busy"] = Open.generator.busy
        found["requests"] = [asdict(each) for each in Open.generator.ledger.requests]
    options.result.write_text(json.dumps(found))
