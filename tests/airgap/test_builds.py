"""All builds of `make up`, two at a time."""

import time
from pathlib import Path

import psutil
import pytest

from airgap import builds, golang
from airgap.errors import SetupError


def test_every_image_and_every_bento_has_a_target():
    assert {"node", "engine", "manifests", "keda", "envoy", "valkey", "bento:embedder"} <= set(builds.TARGETS)
    assert list(builds.TARGETS)[-1] == "manifests", "programs of the others render them"


def test_an_unknown_target_is_refused_with_those_there_are(said: list[str]):
    with pytest.raises(SetupError, match=r"no target 'kedda'\. To fix: name some of node, engine, keda,"):
        builds.prepare(said.append, ["keda", "kedda"])
    assert said == []


@pytest.mark.timeout(60)
def test_a_failure_ends_the_compiler_of_the_other_build_and_leaves_what_waits(
    tmp_path: Path, fresh_artifacts: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "go" / "small").mkdir(parents=True)
    (tmp_path / "go" / "small" / "go.mod").write_text("module small\n\ngo 1.22\n")
    (tmp_path / "go" / "small" / "go.sum").write_text("")
    (tmp_path / "go" / "small" / "main.go").write_text('package main\n\nimport _ "net/http"\n\nfunc main() {}\n')
    monkeypatch.setattr(golang, "MODULES", tmp_path / "go")
    monkeypatch.setattr(golang, "CACHE", tmp_path / "empty")  # the compiler has a minute of work

    def compiling() -> list[psutil.Process]:
        return [child for child in psutil.Process().children(recursive=True) if child.name() in ("go", "compile")]

    def fails(report: object) -> None:
        while not compiling():
            time.sleep(0.05)
        raise SetupError("disk: full. To fix: free some.")

    targets = {
        "compiles": lambda report: golang.binary("small", "./.", report),
        "fails": fails,
        "taken": lambda report: time.sleep(1),
        "waits": lambda report: said.append("begun"),
    }
    monkeypatch.setattr(builds, "TARGETS", targets)
    start = time.monotonic()
    with pytest.raises(SetupError, match="disk: full"):
        builds.prepare(said.append)
    assert time.monotonic() - start < 20
    assert "begun" not in said
    assert not [child for child in compiling() if child.name() == "go"]
