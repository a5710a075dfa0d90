"""The process: how it starts and ends, and what it tells about itself."""

import asyncio
import json
import signal
import subprocess
import time

import httpx
import pytest
import serving
from texts import words


@pytest.mark.parametrize("path", ["/encode", "/readyz", "/livez"])
def test_every_answer_names_the_pod(server, path):
    answer = httpx.request("POST" if path == "/encode" else "GET", f"{server.url}{path}", timeout=30)
    assert answer.status_code == 200
    assert answer.headers["x-pod"] == "embedder-7c9f-x2"


def test_a_request_with_an_id_is_told_when_it_begins_and_when_it_has_ended(tmp_path):
    log = tmp_path / "log"
    texts = {"texts": [words(5)]}
    with serving.process(serving.OWN, log) as (running, service):
        serving.wait_ready(running, service, log)
        service.encode([words(5)])
        for name, body in (("17-1", texts), ('17-2"', texts), ("17-3" + "x" * 999, {"texts": []})):
            header = {"x-correlation-id": name}
            httpx.post(f"{service.url}/encode", json=body, headers=header, timeout=30)
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    told = [(line["request"][:6], line["event"], line.get("status")) for line in lines]
    assert told == [
        ("17-1", "began", None),
        ("17-1", "ended", 200),
        ('17-2"', "began", None),
        ('17-2"', "ended", 200),
        ("17-3xx", "began", None),
        ("17-3xx", "ended", 400),
    ]
    assert max(len(line["request"]) for line in lines) == 128
    assert all(line["ms"] > 0 for line in lines if line["event"] == "ended")


def test_metrics_that_the_scaler_reads_are_there(server):
    server.encode([words(5)])
    names = {name.split("{")[0] for name in server.metrics() if 'endpoint="/encode"' in name}
    assert {"bentoml_service_request_in_progress", "bentoml_service_request_duration_seconds_sum"} <= names


def test_bentoml_serve_serves_the_same(tmp_path, local):
    log = tmp_path / "log"
    with serving.process(serving.BENTOML, log) as (running, service):
        serving.wait_ready(running, service, log)
        assert service.encode([words(9)])[0] == pytest.approx(local([words(9)])[0], abs=1e-5)
        assert any(name.startswith("bentoml_service_request_in_progress") for name in service.metrics())


def test_it_is_one_process(tmp_path):
    log = tmp_path / "log"
    with serving.process(serving.OWN, log) as (running, service):
        serving.wait_ready(running, service, log)
        children = subprocess.run(["ps", "--ppid", str(running.pid), "-o", "pid="], capture_output=True, text=True)
        assert children.stdout.split() == []


@pytest.mark.parametrize("after_s", [0.2, 0.5, 0.8])
def test_sigterm_ends_it_before_it_serves(tmp_path, after_s):
    with serving.process(serving.OWN, tmp_path / "log") as (running, _):
        time.sleep(after_s)
        running.send_signal(signal.SIGTERM)
        running.wait(timeout=10)


def test_sigterm_lets_it_answer_what_is_in_flight(tmp_path):
    log = tmp_path / "log"

    async def answered_while_ending(running: subprocess.Popen, url: str) -> int:
        async with httpx.AsyncClient(timeout=60) as client:
            body = {"texts": [words(254, start) for start in range(6)]}
            call = asyncio.create_task(client.post(f"{url}/encode", json=body))
            await asyncio.sleep(0.1)
            running.send_signal(signal.SIGTERM)
            return (await call).status_code

    with serving.process(serving.OWN, log) as (running, service):
        serving.wait_ready(running, service, log)
        assert asyncio.run(answered_while_ending(running, service.url)) == 200
        assert running.wait(timeout=10) == 0


def test_it_writes_nothing_beside_the_sources(tmp_path):
    def files() -> dict[str, int]:
        paths = (path for path in serving.BENTO.rglob("*") if ".venv" not in path.parts and path.is_file())
        return {str(path): path.stat().st_mtime_ns for path in paths if "__pycache__" not in path.parts}

    log, before = tmp_path / "log", files()
    with serving.process(serving.OWN, log) as (running, service):
        serving.wait_ready(running, service, log)
        service.encode([words(5)])
    assert files() == before


def test_a_missing_model_is_one_clear_line(tmp_path):
    from encoder import Encoder

    with pytest.raises(FileNotFoundError, match=r"To fix: uv run .* --group build python .*export\.py"):
        Encoder(tmp_path)
