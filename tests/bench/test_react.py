"""What the bench counts of the load tests that it runs."""

import subprocess
from pathlib import Path

import pytest

from airgap.errors import SetupError
from bench import react
from loadtests.run import FAILED, NOT_JUDGED


@pytest.mark.parametrize("code", [FAILED, NOT_JUDGED])
def test_a_run_that_left_no_report_does_not_count_the_one_before_it(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(react, "REPORTS", tmp_path)
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, code))
    card, capacity = react.stepped(react.CHECKOUT / "bentos" / "embedder")
    before = tmp_path / card.name / "2026-12-01T01-52-08Z"
    before.mkdir(parents=True)
    (before / "report.json").write_text("{}")
    (before.parent / "latest").symlink_to(before.name)
    with pytest.raises(SetupError, match="left no report"):
        react.loaded(card, capacity, 5, {})
    assert (before / "report.json").exists()
