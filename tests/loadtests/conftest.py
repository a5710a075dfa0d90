"""A service on loopback, a cluster for it, and the load test as a process."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from airgap import manifests
from loadtests.evidence import Evidence
from tests.loadtests.samples import a_bento, an_evidence
from tests.loadtests.standin import Cluster, Service
from tests.support.api_server import ApiServer
from tests.support.chromium import chromium
from tests.support.installing import install_bases

collect_ignore = [] if chromium() else ["test_chromium.py"]  # a skipped test would count as failed

LOCUSTFILE = Path(__file__).with_name("short_locustfile.py")
ROOT = LOCUSTFILE.parents[2]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Evidence:
    """A run that scaled as its card says, for one thing of it to be spoiled."""
    return an_evidence(tmp_path)


@pytest.fixture
def service() -> Iterator[Service]:
    found = Service()
    yield found
    found.close()


@pytest.fixture(scope="module")
def with_scaled_objects(api_server: ApiServer) -> ApiServer:
    """The API server, which knows KEDA's ScaledObjects; for one module, since the rehearsal's tests remove them."""
    definitions = [each for each in manifests.keda(print) if each["metadata"]["name"] == "scaledobjects.keda.sh"]
    install_bases(api_server.cluster, definitions)
    return api_server


@pytest.fixture
def cluster(with_scaled_objects: ApiServer, service: Service) -> Iterator[Cluster]:
    space = f"models-{uuid.uuid4().hex[:8]}"
    found = Cluster(with_scaled_objects.kubeconfig, space, service, with_scaled_objects.pki)
    yield found
    found.close()


@pytest.fixture
def start(tmp_path: Path, service: Service) -> Iterator[Start]:
    """Starts a load test of the service: `start(kubeconfig, namespace, *arguments)`. Its reports are in tmp_path."""
    a_bento(
        tmp_path,
        card={"load": {"base_rps": 4, "peak_rps": 40}, "slo": {"timeout_s": 2, "scale_up_s": 6, "scale_down_s": 45}},
        capacity={"rps_per_replica": 20.0},
    )
    running: list[subprocess.Popen[str]] = []

    def begin(kubeconfig: str, namespace: str, *arguments: str, url: str | None = None) -> "subprocess.Popen[str]":
        found = outputs(url or service.url, kubeconfig, namespace)
        (tmp_path / "outputs.json").write_text(json.dumps(found))
        command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--service", "embedder"]
        for name in ("bentos", "outputs", "reports"):
            command += [f"--{name}", str(tmp_path / (f"{name}.json" if name == "outputs" else name))]
        process = subprocess.Popen(
            [*command, *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        if process.poll() is None:
            process.kill()
            process.wait()


def outputs(url: str, kubeconfig: str, namespace: str) -> dict[str, Any]:
    """The stack's two outputs."""
    service = {"url": url, "namespace": namespace, "image": "none@sha256:0", "replicas": {"min": 1, "max": 3}}
    platform = {"kind": "local", "kubeconfig": kubeconfig, "context": "tests", "entry": url}
    return {"services": {"embedder": service}, "platform": platform}
