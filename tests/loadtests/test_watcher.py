"""What the watcher sees of a real API server."""

import threading
import time

import pytest

from loadtests.follower import followers
from loadtests.preflight import Restless, await_rest
from loadtests.replicas import Diary
from loadtests.target import target
from loadtests.watcher import Cluster as Watched
from loadtests.watcher import Watcher
from tests.loadtests import standin
from tests.loadtests.conftest import outputs
from tests.support.api_server import ApiServer

pytestmark = pytest.mark.cluster


@pytest.fixture
def watched(with_scaled_objects: ApiServer) -> Watched:
    return Watched(with_scaled_objects.kubeconfig, "tests")


def test_desired_and_ready_are_seen_within_a_second_of_their_change(watched: Watched, cluster: standin.Cluster):
    cluster.leave_alone()
    began = time.monotonic()
    watcher = Watcher(watched, cluster.namespace, "embedder", lambda: time.monotonic() - began)
    watcher.start()
    time.sleep(1.5)
    cluster.scale(3)
    scaled = time.monotonic() - began
    time.sleep(2)
    cluster._kubelet()
    time.sleep(2.5)
    watcher.stop()
    wanted = next(sample.at for sample in watcher.samples if sample.desired == 3)
    assert scaled - 0.1 <= wanted < scaled + 1.2
    assert [sample.ready for sample in watcher.samples][-1] == 3
    assert any(sample.desired == 3 and sample.ready < 3 for sample in watcher.samples)
    gaps = [b.at - a.at for a, b in zip(watcher.samples, watcher.samples[1:], strict=False)]
    assert all(0.7 < gap < 1.3 for gap in gaps), gaps
    assert watcher.missed == []


def test_new_pods_are_followed_from_the_order_to_readiness(watched: Watched, cluster: standin.Cluster):
    cluster.leave_alone()
    cluster._kubelet()  # the pod that is there serves before anybody looks
    began, diary = time.monotonic(), Diary()
    following = followers(watched, cluster.namespace, "embedder", diary, lambda: time.monotonic() - began)
    for each in following:
        each.start()
    time.sleep(1)
    cluster.scale(3)
    scaled = time.monotonic() - began
    time.sleep(1.5)
    cluster._kubelet()
    readied = time.monotonic() - began
    time.sleep(0.5)
    for each in following:
        each.stop()
    assert not any(each.is_alive() for each in following), "a stop ends the wait for the next change"
    found = diary.replicas([])
    assert len(found) == 2
    for each in found:
        assert each.asked is not None
        assert each.created is not None
        assert each.ready is not None
        assert scaled - 0.5 < each.asked <= each.created < scaled + 1 < each.ready < readied + 0.3


def test_a_stream_that_breaks_is_opened_anew(watched: Watched, cluster: standin.Cluster):
    cluster.leave_alone()
    began, diary = time.monotonic(), Diary()
    following = followers(watched, cluster.namespace, "embedder", diary, lambda: time.monotonic() - began)
    for each in following:
        each.start()
    time.sleep(1)
    for each in following:
        each._stream.shutdown()
    time.sleep(1)
    cluster.scale(2)
    time.sleep(1)
    for each in following:
        each.stop()
    assert [desired for _, desired in diary.orders] == [2]


def test_a_look_that_fails_is_a_noted_gap_and_not_the_end(watched: Watched, cluster: standin.Cluster):
    began = time.monotonic()
    watcher = Watcher(watched, cluster.namespace, "absent", lambda: time.monotonic() - began)
    watcher.start()
    time.sleep(1.5)
    watcher.deployment_name = "embedder"
    time.sleep(1.5)
    watcher.stop()
    assert "NotFoundException: (404)" in watcher.missed[0]
    assert watcher.samples


def test_a_service_that_does_not_rest_cannot_be_judged(watched: Watched, cluster: standin.Cluster):
    cluster.leave_alone()
    cluster.scale(2)
    found = target(outputs("http://127.0.0.1:1/embedder", "kind: Config", cluster.namespace), "embedder")
    with pytest.raises(Restless, match=r"does not rest at its min within 1 s: . ready of 2 desired, min 1. To fix: "):
        await_rest(watched, found, 1)


def test_a_service_that_comes_to_rest_is_waited_for(watched: Watched, cluster: standin.Cluster):
    cluster.scale(2)
    found = target(outputs("http://127.0.0.1:1/embedder", "kind: Config", cluster.namespace), "embedder")
    await_rest(watched, found, 30)


def test_a_stop_does_not_wait_for_the_next_second(watched: Watched, cluster: standin.Cluster):
    watcher = Watcher(watched, cluster.namespace, "embedder", time.monotonic)
    watcher.start()
    began = time.monotonic()
    watcher.stop()
    assert time.monotonic() - began < 0.9
    assert watcher not in threading.enumerate()
