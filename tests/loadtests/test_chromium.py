"""The pages as a browser draws them, where one is found (conftest.py): a skipped test would count as failed."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from loadtests.evidence import Evidence
from loadtests.overlay import html
from loadtests.page import html as page_of
from loadtests.replicas import Replica
from loadtests.report import document
from loadtests.verdict import judge
from tests.loadtests.samples import an_evidence, facts, with_requests
from tests.support.chromium import probed

Scheme = Literal["light", "dark"]


def crowded(run: Evidence) -> Evidence:
    """A run that has all that a page can show: failures, slow answers, a void verdict, many replicas of long names."""
    run = with_requests(with_requests(run, 28, 37, latency_s=2.5), 30, 34, every=3, status=503)
    pods = [f"embedder-7c9f8d6b5-{i:05d}" for i in range(12)]
    new = [Replica(pod=pod, asked=28, created=28.1, scheduled=28.2, started=29, ready=33) for pod in pods]
    return replace(run, replicas=new, maximum=3, obstacles=["interrupted at 60 s of 280"])


@pytest.fixture
def pages(tmp_path: Path) -> dict[str, Path]:
    run = an_evidence(tmp_path)
    odd = crowded(run)
    good, bad = (document(each, judge(each), facts(tmp_path, i)) for i, each in enumerate((run, odd)))
    texts = {"good": page_of(good), "crowded": page_of(bad), "compared": html(good, bad, [])}
    for name, text in texts.items():
        (tmp_path / f"{name}.html").write_text(text)
    return {name: tmp_path / f"{name}.html" for name in texts}


@pytest.mark.parametrize("name", ["good", "crowded", "compared"])
@pytest.mark.parametrize(("scheme", "width"), [("light", 1240), ("dark", 1240), ("light", 600)])
def test_a_page_is_readable_whole_and_without_an_error(pages: dict[str, Path], name: str, scheme: Scheme, width: int):
    found = probed(pages[name], scheme, width)
    assert found["dark"] == (scheme == "dark")
    assert found["ground"] == {"dark": "rgb(18, 22, 27)", "light": "rgb(255, 255, 255)"}[scheme]
    assert found["errors"] == []
    assert found["faint"] == [], "text has a contrast of 4.5, a line of 3"
    assert found["outside"] == found["overlapping"] == []
    assert found["beyond"] <= 0, "nothing is wider than the window but what scrolls in its own box"
    assert found["readout"].startswith("second 1: ")


def test_the_probe_sees_what_is_wrong(pages: dict[str, Path], tmp_path: Path):
    text = pages["good"].read_text()
    for old, new in (
        ("--soft: #59636e", "--soft: #c9ced3"),
        ("<main>", '<main><div style="width: 3000px">wide</div><script>missing()</script>'),
        (">offered</text>", ">offered and much more than has room</text>"),
    ):
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "wrong.html").write_text(text)
    found = probed(tmp_path / "wrong.html", "light", 1240)
    assert found["faint"] and found["overlapping"] and found["beyond"] > 0
    assert "missing is not defined" in found["errors"][0]
