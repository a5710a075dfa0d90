"""`make rehearse`: both clouds' small stacks through their whole lives, with nobody's account."""

import re

import pytest

from tests.e2e.checkout import Checkout, Result
from tests.e2e.counts import FULL

STACKS = ["aws-dev", "aws-prod", "gcp-dev", "gcp-prod"] if FULL else ["aws-dev", "gcp-dev"]
STEPS = ["up", "up again, no change", "drift found", "refresh", "destroy", "up anew", "destroy anew"]


@pytest.fixture(scope="module")
def rehearsed(checkout: Checkout) -> Result:
    return checkout.make("rehearse", *(["STACK=all"] if FULL else [])).ok()


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def summary(rehearsed: Result, stack: str) -> str:
    """What is said of one stack at the end."""
    return rehearsed.stderr.rpartition(f"\n{stack}\n")[2]


def test_every_step_was_taken_and_its_time_is_told(rehearsed: Result, stack: str):
    print(f"\nrehearsal: {rehearsed.seconds:.0f} s")
    said = rehearsed.stderr.rpartition(f"\n{stack}\n")[2]
    times = re.findall(r"^  (\S.*?) +(\d+\.\d) s$", said.partition(" resources: ")[0], re.MULTILINE)
    assert [name for name, _ in times] == STEPS
    print(", ".join(f"{name} {seconds} s" for name, seconds in times))


def test_the_resources_are_told_by_room(summary: str):
    [rooms] = re.findall(r"^  \d+ resources: (.*)$", summary, re.MULTILINE)[:1]
    for room in ("network", "cluster", "registry", "identity", "storage", "cache", "secrets", "service", "addons"):
        assert re.search(rf"\b{room} \d+", rooms)


def test_the_changed_property_is_named(summary: str):
    assert re.search(r"^  drift: \w+ of \w+ \S+, as `pulumi refresh` named it$", summary, re.MULTILINE)


def test_the_topology_is_drawn(checkout: Checkout, rehearsed: Result, stack: str):
    assert "<svg" in (checkout.state / "rehearsal" / f"{stack}.svg").read_text()


def test_every_preview_says_that_it_is_a_rehearsal(checkout: Checkout, rehearsed: Result, stack: str):
    words = [file.read_text() for file in (checkout.state / "rehearsal" / "logs" / stack).glob("*-up-*.log")]
    assert words
    assert all("REHEARSAL: this is a double" in text for text in words)


def test_the_policy_pack_was_asked_and_had_nothing_against_it(checkout: Checkout, rehearsed: Result, stack: str):
    words = [file.read_text() for file in (checkout.state / "rehearsal" / "logs" / stack).glob("*-up-*.log")]
    assert all("tradewind@v" in text and "[mandatory]" not in text for text in words)


def test_a_secret_of_the_stack_is_in_no_log(checkout: Checkout, rehearsed: Result, stack: str):
    token = (checkout.state / "rehearsal" / "token").read_text()
    assert not [
        file
        for file in (checkout.state / "rehearsal" / "logs").rglob("*")
        if file.is_file() and token in file.read_text()
    ]


def test_nothing_runs_on_afterwards(checkout: Checkout, rehearsed: Result):
    assert checkout.leftovers({}) == []


def test_the_stacks_own_files_stay_as_they_were(checkout: Checkout, rehearsed: Result):
    """Pulumi writes the salt of a new stack beside the program that it finds."""
    assert checkout.run("git", "status", "--porcelain", "stacks").ok().stdout == ""
