"""`simulate`: a table, and files that hold each second."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from components.capacity import predicted_replicas
from loadtests.__main__ import app
from loadtests.simulation import card_rates, grown, simulated
from tests.components.samples import a_capacity, a_card
from tests.loadtests.samples import a_bento


def test_the_load_grows_until_its_peak_takes_the_pods():
    card, rates = grown(a_card(), a_capacity(), card_rates(a_card(), None), 10_000)
    assert predicted_replicas(card, a_capacity(), max(rates)) == card.scale.max == 10_000
    assert rates[0] / max(rates) == pytest.approx(5 / 75)


def test_every_second_is_told_of_ten_thousand_pods(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    bentos = a_bento(tmp_path)
    simulated(bentos / "embedder", tmp_path, None, "spike", 10_000, (2, 15))
    told = capsys.readouterr().out
    assert "embedder: the card's spike, 18888.9 to 283333.3 requests per second" in told
    [home] = (tmp_path / "embedder" / "simulated").iterdir()
    rows = list(csv.DictReader((home / "series.csv").open()))
    assert list(rows[0]) == [
        "second",
        "offered",
        "oracle",
        "desired, 2 s",
        "ready, 2 s",
        "desired, 15 s",
        "ready, 15 s",
    ]
    assert max(int(row["oracle"]) for row in rows) == 8334
    summaries = json.loads((home / "summary.json").read_text())
    assert [each["sync_s"] for each in summaries] == [2, 15]
    assert summaries[0]["replica_seconds"] == sum(int(row["desired, 2 s"]) for row in rows)
    assert "<script" in (home / "replicas.html").read_text()


def test_a_trace_is_simulated_instead_of_the_cards_load(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "t.csv").write_text("second,rps\n0,5\n60,80\n90,5\n")
    simulated(a_bento(tmp_path) / "embedder", tmp_path, tmp_path / "t.csv", None, None, (2,))
    assert "5.0 to 80.0 requests per second" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--service", "none"], "bentos/none/card.yaml: the file is missing"),
        (["--service", "embedder", "--trace", "none.csv"], "--trace none.csv: no such file"),
    ],
)
def test_what_cannot_be_simulated_ends_with_two_and_a_sentence(options: list[str], said: str):
    found = CliRunner().invoke(app, ["simulate", *options])
    assert found.exit_code == 2 and said in found.output
