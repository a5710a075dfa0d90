"""Whatever can be listed is in the room's README."""

import re
from pathlib import Path

import pytest

from loadtests.corpus import LENGTH_MIX
from loadtests.report import SCHEMA, document
from loadtests.sabotage import SABOTAGES
from loadtests.shapes import SHAPES
from loadtests.verdict import CLAUSES, judge
from tests.loadtests.samples import an_evidence, facts

README = Path(__file__).parents[2] / "loadtests" / "README.md"


@pytest.fixture(scope="module")
def text() -> str:
    return README.read_text()


def test_each_clause_has_its_line(text: str, tmp_path: Path):
    run = an_evidence(tmp_path)
    assert all(f"| {clause(run).name} |" in text for clause in CLAUSES)


def test_each_key_of_a_report_and_each_curve_is_told(text: str, tmp_path: Path):
    run = an_evidence(tmp_path)
    found = document(run, judge(run), facts(tmp_path))
    table = text.split("## Report")[1].split("## Parameters")[0]
    inner = ("verdict", "replicas", "requests", "series")
    keys = [*found, *found["verdict"]["clauses"][0], *(key for each in inner for key in found[each])]
    assert [key for key in keys if f"`{key}`" not in table] == []
    assert f"{SCHEMA} is this" in table


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_has_its_phases_and_lengths(text: str, shape: str):
    table = text.split("## Load")[1].splitlines()
    line = next(line for line in table if line.startswith(f"| {shape} |"))
    for phase in SHAPES[shape]:
        assert phase.name in line
        if phase.name != "ebb":
            assert re.search(rf"{phase.name} `?{phase.seconds}\b", line), (phase, line)


def test_each_option_and_its_twin_is_listed(text: str):
    source = (README.parent / "parameters.py").read_text()
    options = re.findall(r'add\(\s*"(--\w+)",\s*env_var="(\w+)"', source)
    assert len(options) == 10
    assert all(f"| `{option}` | `{twin}` |" in text for option, twin in options)


def test_each_sabotage_is_named(text: str):
    assert all(f"`{name}`" in text for name in SABOTAGES)


def test_the_length_mix_is_the_one_that_is_shipped(text: str):
    assert all(f"{low} to {high}" in text for low, high, _ in LENGTH_MIX.values())
