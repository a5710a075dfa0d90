"""What Locust loads: `locust -f loadtests/locustfile.py --headless --service embedder`.

Parameters, users, shape and verdict are each somewhere else; here they meet Locust's events.
"""

import logging
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # plain `locust` knows only the current directory

import gevent
from locust import LoadTestShape, events
from locust.runners import WorkerRunner

from loadtests.generator import Generator
from loadtests.parameters import add_parameters, options_from
from loadtests.run import Run, exit_where_refused
from loadtests.session import Session
from loadtests.users import USERS, EmbedderUser, ModelUser  # noqa: F401  (Locust wants a user class in this file)
from loadtests.workers import follow


class Shape(LoadTestShape):
    """So many callers as the card's load needs, until its end; when they send is in arrivals.py."""

    session: Session | None = None

    def tick(self) -> tuple[int, float] | None:
        callers = self.session.tick() if self.session else None
        return None if callers is None else (callers, ALL_AT_ONCE)


ALL_AT_ONCE = 10_000.0
"""Callers per second. They send when an arrival is due, so starting them at once is no burst."""


@events.init_command_line_parser.add_listener
def parameters(parser, **_):
    add_parameters(parser)


@events.init.add_listener
def begin(environment, **_):
    logging.getLogger("locust.runners").setLevel(logging.ERROR)  # it warns about each spawn over 100 users per second
    options = environment.parsed_options
    with exit_where_refused():
        run = Run(options_from(options))
    generator = Generator(run.moments)
    user = USERS[run.card.name]
    user.generator, user.timeout_s, user.requests = generator, float(run.card.slo.timeout_s), run.requests
    user.host = environment.host = run.target.url
    environment.user_classes = [user]
    environment.stop_timeout = run.card.slo.timeout_s + 1  # callers leave when they are answered, not in its midst
    if isinstance(environment.runner, WorkerRunner):
        follow(environment.runner, generator, environment.stop_timeout)
        return
    with exit_where_refused():
        Shape.session = session = Session(run, generator, environment)
    if options.headless:  # Locust takes SIGTERM only after a shape has ended, and SIGINT not at all in the background
        for number in (signal.SIGINT, signal.SIGTERM):
            gevent.signal_handler(number, session.interrupt)


@events.test_start.add_listener
def prepare(environment, **_):
    if Shape.session:
        Shape.session.prepare()


@events.test_stop.add_listener
def judge(environment, **_):
    if Shape.session:
        Shape.session.finish()
        environment.process_exit_code = Shape.session.exit_code


@events.quitting.add_listener
def leave(environment, **_):
    if Shape.session:
        if environment.runner is not None:
            environment.runner.stop()  # from the web page the run may still go on; its end puts the scaler back
        environment.process_exit_code = Shape.session.exit_code
