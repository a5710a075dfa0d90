"""What `make up` leaves on stdout."""

import io
import json
import subprocess

from rich.console import Console

from commands.services import curl_line, print_services

IMAGE = "127.0.0.1:20001/tradewind/embedder@sha256:" + "a1" * 32
SERVICE = {"url": "http://127.0.0.1:20002/embedder", "namespace": "models", "image": IMAGE}


def printed() -> str:
    out = io.StringIO()
    services = {"embedder": {**SERVICE, "replicas": {"min": 1, "max": 3}}}
    print_services(services, Console(file=out, width=200, highlight=False))
    return out.getvalue()


def test_each_service_has_its_url_replicas_and_whole_image_on_one_line():
    [row] = [line for line in printed().splitlines() if line.startswith("embedder")]
    assert row.split("  ")[0] == "embedder"
    assert SERVICE["url"] in row and "1 to 3" in row and row.rstrip().endswith(IMAGE)


def test_the_last_line_is_a_request_that_a_shell_understands():
    line = printed().splitlines()[-1]
    assert line == curl_line("embedder", SERVICE["url"])
    words = subprocess.run(["bash", "-c", f"printf '%s\\n' {line}"], capture_output=True, text=True, check=True)
    *_, body = words.stdout.splitlines()
    assert all(json.loads(body).values())
