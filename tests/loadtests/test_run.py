"""Whole runs of the load test: real Locust, a real service on loopback, a real API server."""

import csv
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from loadtests.sabotage import MARK, PAUSED
from tests.loadtests.conftest import ROOT, Start
from tests.loadtests.standin import Cluster, Service
from tests.support.api_server import ApiServer

pytestmark = [pytest.mark.cluster, pytest.mark.alone]  # a few need no API server, but each starts a whole Locust

NOT_ASKED = "passed; not judged: overshoot, prediction"
"""The stand-in's plan takes all of scale.max, and its scaler has no signal whose answer can be foreseen."""


def ended(process: "subprocess.Popen[str]", timeout: float = 90) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=timeout)
    return process.returncode, out, err


def report(folder: Path) -> dict[str, Any]:
    latest = folder / "reports" / "embedder" / "latest"
    assert (latest / "report.html").stat().st_size > 10_000
    return json.loads((latest / "report.json").read_text())


def test_a_service_that_scales_passes(
    start: Start, cluster: Cluster, service: Service, with_scaled_objects: ApiServer, tmp_path: Path
):
    also = ("--csv", str(tmp_path / "locust"), "--html", str(tmp_path / "locust.html"))
    code, out, err = ended(start(with_scaled_objects.kubeconfig, cluster.namespace, *also))
    assert code == 0, out + err
    found = report(tmp_path)
    assert found["verdict"]["passed"]
    replicas = {key: found["replicas"][key] for key in ("min", "predicted", "max", "last")}
    assert replicas == {"min": 1, "predicted": 3, "max": 3, "last": 1}
    assert found["requests"]["failed"] == found["requests"]["lost"] == 0
    assert found["requests"]["checked"] == -(-found["requests"]["total"] // 20)
    assert found["requests"]["total"] == len(service.bodies) == len(set(service.bodies)), "each sent once, none twice"
    assert max(found["series"]["serving"]) == 3
    plateau = slice(10, 16)
    offered, sent = (sum(found["series"][key][plateau]) for key in ("offered", "sent"))
    assert sent == pytest.approx(offered, rel=0.2)
    assert found["generator"]["lag_p99_ms"] <= found["generator"]["lag_limit_ms"]
    assert found["generator"]["pinned"]["core"] is not None
    [total] = [row for row in csv.DictReader((tmp_path / "locust_stats.csv").open()) if row["Name"] == "Aggregated"]
    assert int(total["Request Count"]) == found["requests"]["total"], "Locust's own tables hold what the ledger holds"
    assert (tmp_path / "locust.html").stat().st_size > 10_000
    assert "plateau" in err
    assert out.splitlines()[-2:] == [NOT_ASKED, f"report: {tmp_path}/reports/embedder/{_time(found)}/report.html"]


def test_two_processes_share_the_arrivals_and_their_ledger_is_one(
    start: Start, cluster: Cluster, service: Service, with_scaled_objects: ApiServer, tmp_path: Path
):
    code, out, err = ended(start(with_scaled_objects.kubeconfig, cluster.namespace, "--processes", "2"))
    assert code == 0, out + err
    found = report(tmp_path)
    assert found["verdict"]["passed"]
    assert found["generator"]["processes"] == 2
    assert found["requests"]["lost"] == 0
    assert found["requests"]["total"] == len(service.bodies) == len(set(service.bodies)), "each sent once, none twice"


def test_the_same_seed_sends_the_same_requests(
    start: Start, cluster: Cluster, service: Service, with_scaled_objects: ApiServer
):
    sent = []
    for _ in range(2):
        service.bodies.clear()
        process = start(with_scaled_objects.kubeconfig, cluster.namespace, "--seed", "7")
        _until(lambda: len(service.bodies) > 15)
        process.terminate()
        ended(process, 30)
        sent.append(service.bodies[:12])
    assert set(sent[0]) == set(sent[1])


def test_the_same_load_with_the_scaler_paused_fails_and_the_scaler_is_put_back(
    start: Start, cluster: Cluster, with_scaled_objects: ApiServer, tmp_path: Path
):
    process = start(with_scaled_objects.kubeconfig, cluster.namespace, "--sabotage", "no-scaler")
    code, out, err = ended(process)
    assert code == 1, out + err
    found = report(tmp_path)
    assert "scaled-up" in found["verdict"]["failing"]
    assert "failed: scaled-up" in out
    assert found["replicas"]["max"] == 1
    assert found["sabotage"] == "no-scaler"
    assert out.splitlines()[-1] == "control no-scaler failed as it must: scaled-up"
    assert not {PAUSED, MARK} & cluster.annotations().keys()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_puts_the_scaler_back_and_leaves_a_report_without_a_verdict(
    start: Start, cluster: Cluster, with_scaled_objects: ApiServer, tmp_path: Path, number: int
):
    process = start(with_scaled_objects.kubeconfig, cluster.namespace, "--sabotage", "no-scaler")
    _until(lambda: PAUSED in cluster.annotations())
    time.sleep(4)
    process.send_signal(number)
    code, out, err = ended(process, 30)
    assert code == 130, out + err
    assert not {PAUSED, MARK} & cluster.annotations().keys()
    verdict = report(tmp_path)["verdict"]
    assert not verdict["judged"]
    assert "interrupted at" in verdict["obstacles"][0]


def test_a_pause_left_by_a_killed_run_is_taken_back_by_the_next(
    start: Start, cluster: Cluster, with_scaled_objects: ApiServer
):
    process = start(with_scaled_objects.kubeconfig, cluster.namespace, "--sabotage", "no-scaler")
    _until(lambda: PAUSED in cluster.annotations())
    process.kill()
    process.wait()
    assert PAUSED in cluster.annotations()
    following = start(with_scaled_objects.kubeconfig, cluster.namespace)
    _until(lambda: PAUSED not in cluster.annotations())
    following.terminate()
    assert "the sabotage no-scaler was still there, from loadtests on" in ended(following, 30)[2]


def test_a_pause_that_a_person_set_is_left_alone_and_the_run_refused(
    start: Start, cluster: Cluster, with_scaled_objects: ApiServer
):
    cluster.annotate({PAUSED: "true"})
    code, _, err = ended(start(with_scaled_objects.kubeconfig, cluster.namespace))
    assert code == 2
    assert "is paused, and not by a load test. To fix: kubectl annotate scaledobject" in err
    assert cluster.annotations()[PAUSED] == "true"


def test_answers_that_are_garbage_fail_the_vectors(
    start: Start, cluster: Cluster, service: Service, with_scaled_objects: ApiServer, tmp_path: Path
):
    service.garbage = True
    code, out, _ = ended(start(with_scaled_objects.kubeconfig, cluster.namespace))
    assert code == 1, out
    assert report(tmp_path)["verdict"]["failing"] == ["vectors"]


def test_two_runs_of_one_service_at_once_are_refused(start: Start, cluster: Cluster, with_scaled_objects: ApiServer):
    first = start(with_scaled_objects.kubeconfig, cluster.namespace)
    _until(lambda: len(cluster.service.bodies) > 0)
    code, _, err = ended(start(with_scaled_objects.kubeconfig, cluster.namespace))
    assert code == 2
    assert "another load test of embedder runs in this checkout. To fix:" in err
    first.terminate()
    ended(first, 30)


def test_a_generator_that_cannot_keep_up_makes_the_run_void(
    start: Start, cluster: Cluster, with_scaled_objects: ApiServer, tmp_path: Path
):
    code, out, err = ended(start(with_scaled_objects.kubeconfig, cluster.namespace, "--sabotage", "slow-generator"))
    assert code == 3, out + err
    assert report(tmp_path)["verdict"]["obstacles"][0].startswith("the generator used ")
    assert out.splitlines()[-1] == "control slow-generator failed as it must: void"


def test_a_generator_of_several_processes_cannot_be_slowed(
    start: Start, cluster: Cluster, with_scaled_objects: ApiServer
):
    arguments = ("--sabotage", "slow-generator", "--processes", "2")
    code, _, err = ended(start(with_scaled_objects.kubeconfig, cluster.namespace, *arguments))
    assert code == 2
    assert "burns the one process that sends. To fix: no --processes." in err


def test_a_signal_while_it_waits_for_the_service_to_rest_ends_it(
    start: Start, cluster: Cluster, service: Service, with_scaled_objects: ApiServer
):
    cluster.leave_alone()
    cluster.scale(2)
    process = start(with_scaled_objects.kubeconfig, cluster.namespace)
    assert process.stderr
    assert "waiting up to 105 s for the service to rest" in process.stderr.readline()
    process.terminate()
    code, out, err = ended(process, 10)
    assert code == 130, out + err
    assert service.bodies == []


def test_a_target_that_is_not_on_loopback_is_refused_before_anything_is_sent(start: Start, service: Service):
    code, _, err = ended(start("kind: Config", "models", url="http://192.0.2.1/embedder"))
    assert code == 2
    assert "'192.0.2.1' is not on loopback" in err
    assert service.bodies == []


def test_the_module_hands_its_options_to_locust(tmp_path: Path):
    command = [
        sys.executable,
        "-m",
        "loadtests",
        "run",
        "--service",
        "embedder",
        "--outputs",
        str(tmp_path / "none.json"),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert f"--outputs {tmp_path}/none.json: " in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--service is missing. To fix: --service embedder"),
        (["--service", "embedder", "--master"], "need not share a clock. To fix: --processes N"),
        (["--service", "embedder", "--arrivals", "paretto"], "--arrivals paretto: No such file"),
    ],
)
def test_locust_without_what_a_run_needs_is_refused(arguments: list[str], message: str):
    command = [sys.executable, "-m", "locust", "-f", "loadtests/locustfile.py", "--headless", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert message in done.stderr


def _until(condition, timeout: float = 30) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def _time(found: dict[str, Any]) -> str:
    return found["started"].replace(":", "-").replace("+00-00", "Z")
