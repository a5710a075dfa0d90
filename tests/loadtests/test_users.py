"""A user that has to leave gets the answer to what it sent."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.loadtests.standin import Service

ROOT = Path(__file__).parents[2]

RUN = """
import itertools
import sys
from types import SimpleNamespace

import gevent
from locust.env import Environment

from loadtests.corpus import Corpus
from loadtests.ledger import Ledger
from loadtests.users import EmbedderUser

ledger, numbers, users = Ledger(), itertools.count(), itertools.count()
EmbedderUser.host = sys.argv[1]
EmbedderUser.session = SimpleNamespace(
    card=SimpleNamespace(slo=SimpleNamespace(timeout_s=10)),
    load=SimpleNamespace(cycle_s=1.0),
    seed=1,
    next_user=lambda: next(users),
    next_request=lambda: next(numbers),
    requests=Corpus("embedder").draw(1, 10_000),
    ledger=ledger,
    agrees=lambda drift: True,
)
environment = Environment(user_classes=[EmbedderUser], stop_timeout=10)
runner = environment.create_local_runner()
runner.start(300, spawn_rate=300)
gevent.sleep(1.5)
runner.stop()  # 300 users wake each second, so some do while they are being stopped
print(len(ledger.requests), sum(request.lost for request in ledger.requests))
"""


@pytest.mark.parametrize("attempt", range(2))
def test_users_that_leave_as_they_wake_lose_no_request(service: Service, attempt: int):
    service.pods = {f"pod-{number}": threading.Lock() for number in range(50)}
    command = [sys.executable, "-c", RUN, service.url]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    sent, lost = map(int, run.stdout.split())
    assert sent > 0, run.stderr
    assert lost == 0
