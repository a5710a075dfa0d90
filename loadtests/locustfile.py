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

from loadtests.parameters import add_parameters, options_from
from loadtests.session import opened
from loadtests.users import USERS, EmbedderUser, ModelUser  # noqa: F401  (Locust wants a user class in this file)


class Shape(LoadTestShape):
    """The card's load; its stages are in shapes.py."""

    def tick(self) -> tuple[int, float] | None:
        if (late := self.get_run_time() % 1) > MOMENT_S:
            gevent.sleep(1 - late)  # Locust calls at any part of a second; the phases begin at whole ones
        users = ModelUser.session.tick(self.get_run_time())
        return None if users is None else (users, ALL_AT_ONCE)


MOMENT_S = 0.1
ALL_AT_ONCE = 10_000.0
"""Users per second. New users wait for their own first moment, so spawning them at once is no burst."""


@events.init_command_line_parser.add_listener
def parameters(parser, **_):
    add_parameters(parser)


@events.init.add_listener
def begin(environment, **_):
    logging.getLogger("locust.runners").setLevel(logging.ERROR)  # it warns about each spawn over 100 users per second
    options = environment.parsed_options
    ModelUser.session = session = opened(options_from(options))
    user = USERS[session.card.name]
    user.host = environment.host = session.target.url
    environment.user_classes = [user]
    environment.stop_timeout = session.load.cycle_s  # users leave when their request is answered, not in its midst
    if options.headless:  # Locust takes SIGTERM only after a shape has ended, and SIGINT not at all in the background
        for number in (signal.SIGINT, signal.SIGTERM):
            gevent.signal_handler(number, session.interrupt)


@events.test_start.add_listener
def prepare(environment, **_):
    ModelUser.session.prepare()
    environment.shape_class.reset_time()


@events.test_stop.add_listener
def judge(environment, **_):
    ModelUser.session.finish()
    environment.process_exit_code = ModelUser.session.exit_code


@events.quitting.add_listener
def leave(environment, **_):
    if environment.runner is not None:
        environment.runner.stop()  # from the web page the run may still go on; its end puts the scaler back
    environment.process_exit_code = ModelUser.session.exit_code
