"""make plan, of the Bento that is here."""

import pytest

from airgap.errors import SetupError
from commands.foretold import print_plan


def test_each_rate_has_its_replicas_and_nodes_and_the_sizes_are_told(capsys: pytest.CaptureFixture[str]):
    print_plan("embedder", "4x16")
    told = capsys.readouterr().out
    heading, *rows = (line.split() for line in told.splitlines() if line)
    assert heading[:5] == ["requests/s", "replicas", "with", "spare", "nodes"]
    assert [row[3] for row in rows[:5]] == ["1"] * 5
    assert "One requests 0.1 cores and 0.25 GiB; a node has 4 cores and 16 GiB." in told


@pytest.mark.parametrize(
    ("service", "node", "told"),
    [
        ("nothing", "4x16", r"SERVICE=nothing: no folder bentos/nothing; there are: .*embedder.*\. To fix: choose one"),
        ("embedder", "large", "NODE=large: is no node. To fix: write cores and GiB, as in 4x16"),
        (
            "embedder",
            "4x0.1",
            "a replica requests 0.1 cores and 0.25 GiB, and a node has .* To fix: name a larger NODE",
        ),
    ],
)
def test_what_cannot_be_planned_is_told_with_the_fix(service: str, node: str, told: str):
    with pytest.raises(SetupError, match=told):
        print_plan(service, node)
