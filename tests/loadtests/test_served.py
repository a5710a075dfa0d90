"""What replicas say that they did, read from their logs."""

import json
import time

import pytest

from loadtests.ledger import Work
from loadtests.served import Logs, Served, request_id
from loadtests.watcher import Cluster as Watched
from tests.loadtests import standin
from tests.loadtests.standin import Service
from tests.support.api_server import ApiServer

ORIGIN = 1234.5


def a_line(number: int, event: str, origin: float = ORIGIN) -> bytes:
    return json.dumps({"request": request_id(origin, number), "event": event}).encode()


def test_each_event_is_kept_with_its_replica():
    served = Served(ORIGIN)
    served.read("pod-0", [a_line(1, "began"), a_line(2, "began"), a_line(1, "ended")])
    served.read("pod-1", [a_line(2, "began")])
    assert served.work == {1: Work(["pod-0"], ["pod-0"]), 2: Work(["pod-0", "pod-1"])}


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"INFO: started",
        a_line(1, "began", origin=99.0),
        a_line(1, "began")[:-12],
        b'{"request": null, "also": "' + request_id(ORIGIN, 1).encode() + b'"}',
        b'["' + request_id(ORIGIN, 1).encode() + b'"]',
    ],
)
def test_what_is_not_about_this_run_is_passed_over(line: bytes):
    served = Served(ORIGIN)
    served.read("pod-0", [line])
    assert served.work == {}


@pytest.mark.cluster
def test_logs_of_pods_that_come_and_go_are_read_to_their_end(
    with_scaled_objects: ApiServer, cluster: standin.Cluster, service: Service
):
    cluster.quiet_since = time.monotonic() + 999  # only this test scales
    logs = Logs(Watched(with_scaled_objects.kubeconfig, "tests"), cluster.namespace, standin.NAME, Served(ORIGIN))
    logs.start()
    cluster.scale(2)
    _until(lambda: len(logs.served.work) == len(_written(service)) == 2, lambda: _tell(service, "began"))
    numbers = {pod: number for number, pod in enumerate(service.logs)}
    cluster.leaving = lambda pod: service.logs[pod].append(a_line(numbers[pod], "ended") + b"\n")
    cluster.scale(1)
    _until(lambda: len(cluster.node.pods) == 1)
    [gone] = numbers.keys() - cluster.node.pods
    number = numbers[gone]
    logs.settle([number])
    assert logs.served.work[number] == Work([gone], [gone])
    assert logs.missed == []
    logs.stop()


def _tell(service: Service, event: str) -> None:
    """Each pod whose log is read says so of a request of its own, once."""
    for number, written in enumerate(service.logs.values()):
        if not written:
            written.append(a_line(number, event) + b"\n")


def _written(service: Service) -> list[str]:
    return [pod for pod, lines in service.logs.items() if lines]


def _until(condition, meanwhile=lambda: None) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        meanwhile()
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
