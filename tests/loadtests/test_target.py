"""What a run reads of a stack, and which targets it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest

from loadtests.target import Refused, on_loopback, outputs, target

OUTPUTS: dict[str, Any] = {
    "services": {
        "embedder": {
            "url": "http://127.0.0.1:30080/embedder/",
            "namespace": "models",
            "image": "127.0.0.1:5000/tradewind/embedder@sha256:0",
            "replicas": {"min": 1, "max": 3},
        }
    },
    "platform": {
        "kind": "local",
        "kubeconfig": "kind: Config",
        "context": "tradewind",
        "entry": "http://127.0.0.1:30080",
    },
}


def test_a_service_is_read_from_the_two_outputs():
    found = target(OUTPUTS, "embedder")
    assert (found.url, found.namespace, found.minimum, found.maximum) == (
        "http://127.0.0.1:30080/embedder",
        "models",
        1,
        3,
    )
    assert (found.kubeconfig, found.context) == ("kind: Config", "tradewind")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/x", "http://127.8.9.1/", "http://localhost:3000", "http://[::1]:80/"]
)
def test_a_loopback_url_is_taken(url: str):
    assert on_loopback(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/",
        "http://example.com/",
        "http://localhost.example.com/",
        "http://127.0.0.1@example.com/",
        "x",
        "",
    ],
)
def test_another_host_is_refused_with_the_fix(url: str):
    with pytest.raises(Refused, match=r"is not on loopback.*To fix: "):
        on_loopback(url)


def test_an_unknown_service_is_refused_naming_those_there_are():
    with pytest.raises(Refused, match=r"no service 'other'; it has: embedder. To fix:"):
        target(OUTPUTS, "other")


@pytest.mark.parametrize("key", ["kubeconfig", "context"])
def test_a_platform_without_a_cluster_is_refused(key: str):
    platform = {**OUTPUTS["platform"], key: None}
    with pytest.raises(Refused, match=f"platform.{key} .* is missing or empty. To fix: make up"):
        target({**OUTPUTS, "platform": platform}, "embedder")


def test_outputs_come_from_a_file_where_one_is_given(tmp_path: Path):
    (tmp_path / "outputs.json").write_text(json.dumps(OUTPUTS))
    assert outputs("local", tmp_path / "outputs.json") == OUTPUTS


@pytest.mark.parametrize("text", [None, "{"])
def test_an_unreadable_outputs_file_is_refused_with_the_command_that_makes_it(tmp_path: Path, text: str | None):
    file = tmp_path / "outputs.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(Refused, match="To fix: pulumi stack output --json --show-secrets"):
        outputs("local", file)


def test_outputs_come_from_the_engine_on_path_with_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    engine = tmp_path / "pulumi"
    engine.write_text('#!/bin/sh\necho "{\\"asked\\": \\"$*\\"}"\n')
    engine.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert outputs("local") == {"asked": "stack output --json --show-secrets --stack local"}


def test_an_engine_that_fails_or_is_missing_is_one_line_with_the_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused, match=r"pulumi is not on PATH. To fix: eval"):
        outputs("local")
    engine = tmp_path / "pulumi"
    engine.write_text("#!/bin/sh\necho 'error: no stack named local' >&2\nexit 255\n")
    engine.chmod(0o755)
    with pytest.raises(Refused, match="no stack named local To fix: make up"):
        outputs("local")
