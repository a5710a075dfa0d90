"""A user that has to leave gets the answer to what it sent."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.loadtests.standin import Service

ROOT = Path(__file__).parents[2]

RUN = """
import sys
import time

import gevent
from locust.env import Environment

from loadtests.corpus import Corpus
from loadtests.generator import Generator
from loadtests.users import EmbedderUser

generator = EmbedderUser.generator = Generator([0.5 + number / 400 for number in range(4000)])
EmbedderUser.host, EmbedderUser.timeout_s = sys.argv[1], 10.0
EmbedderUser.requests = Corpus("embedder").draw(1, 4000)
environment = Environment(user_classes=[EmbedderUser], stop_timeout=10)
runner = environment.create_local_runner()
runner.start(300, spawn_rate=300)
generator.begin(time.perf_counter())
gevent.sleep(1.5)
runner.stop()  # a caller wakes each 2.5 ms, so some do while they are being stopped
requests = generator.ledger.requests
print(len(requests), sum(request.lost for request in requests), len({r.number for r in requests}) == len(requests))
"""


@pytest.mark.parametrize("attempt", range(2))
def test_users_that_leave_as_they_wake_lose_no_request(service: Service, attempt: int):
    service.pods = {f"pod-{number}": threading.Lock() for number in range(50)}
    command = [sys.executable, "-c", RUN, service.url]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    sent, lost, each_once = run.stdout.split()
    assert int(sent) > 100, run.stderr
    assert (lost, each_once) == ("0", "True")
