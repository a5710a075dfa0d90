"""A stack in an account: nothing happens there without a word, and a crash is settled wherever the state is kept.

The account is a double behind the real engine; the state is in a folder of its owner's, told of by the CLI alone.
"""

import time
from collections.abc import Iterator

import pytest

from tests.e2e.checkout import Result
from tests.e2e.owner import STACK, Owner
from tests.e2e.rehearsed import kill_engine, require_all_once

CONFIRMED = ("--stack", STACK, "--confirm", STACK)


@pytest.fixture(scope="module")
def owner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owner]:
    made = Owner.settle(tmp_path_factory.mktemp("owner"))
    try:
        yield made
    finally:
        made.leave()


def refused(result: Result) -> str:
    """The one line that stops a command, after what it says of the account."""
    assert result.code == 1
    assert result.stdout == ""
    return result.stderr.strip().splitlines()[-1]


def test_what_a_person_has_not_done_yet_is_a_line_with_the_fix(owner: Owner):
    line = refused(owner.command("up", *CONFIRMED))
    assert line.startswith("settings: stacks/Pulumi.aws-dev.yaml: tradewind:account is missing")
    settings = owner.checkout.path / "stacks" / "Pulumi.aws-dev.yaml"
    settings.write_text(settings.read_text() + '  tradewind:account: "123456789012"\n')
    line = refused(owner.command("up", *CONFIRMED))
    assert line.startswith("login: nobody is logged in. To fix: ") and "pulumi login" in line
    owner.pulumi("login", (owner.folder / "backend").as_uri()).ok()
    line = refused(owner.command("up", *CONFIRMED))
    assert line.startswith("stack: aws-dev is not initialised. To fix: ")
    assert 'pulumi stack init aws-dev --secrets-provider "awskms://alias/<key>?region=eu-west-1"' in line
    owner.pulumi("stack", "init", STACK).ok()
    assert owner.cloud.operations() == []


def test_without_the_word_all_is_shown_and_nothing_made(owner: Owner):
    before = owner.export()
    result = owner.command("up", "--stack", STACK)
    assert result.code == 2
    for said in ("account 123456789012, region eu-west-1, tier dev", "as arn:aws:iam::123456789012:user/me"):
        assert said in result.stderr
    assert result.stderr.splitlines()[-1] == "nothing was made. To go on: make up STACK=aws-dev CONFIRM=aws-dev"
    counts = dict(line.split() for line in result.stdout.splitlines()[1:-1])
    assert {"network", "cluster", "registry", "cache", "storage", "service"} <= counts.keys()
    assert result.stdout.splitlines()[-1].split() == ["in", "all", str(sum(map(int, counts.values())))]
    assert owner.cloud.operations() == []
    assert owner.export() == before


def test_doctor_finds_all_that_is_needed(owner: Owner):
    result = owner.command("doctor", "--stack", STACK).ok()
    assert "missing" not in result.stdout
    for said in ("identity", "region", "login", "secrets", "addresses", "vCPUs on demand", "plugin aws"):
        assert said in result.stdout


def test_what_was_lost_or_killed_is_found_and_all_is_there_once(owner: Owner):
    owner.cloud.plan("create", "aws:ec2/subnet:Subnet", "lost")
    assert owner.command("up", *CONFIRMED).code == 1
    process = owner.start("up", *CONFIRMED)
    while "aws:eks/cluster:Cluster" not in {thing.token for thing in owner.cloud.things()}:
        assert process.poll() is None
        time.sleep(0.1)
    assert kill_engine(owner.checkout.state / "home")
    said = process.communicate()[1]
    assert "adopted network-" in said, "it had begun with what was lost"
    assert list(owner.folder.glob("backend/.pulumi/locks/organization/tradewind/aws-dev/*.json"))
    said = owner.command("recover", "--stack", STACK).ok().stderr
    assert "freed the lock of process" in said and "pending creates cleared" in said
    assert not list(owner.folder.glob("backend/.pulumi/locks/organization/tradewind/aws-dev/*.json"))
    assert "embedder" in owner.command("up", *CONFIRMED).ok().stdout
    require_all_once("aws", owner.export(), owner.cloud)


def test_with_all_there_nothing_would_change(owner: Owner):
    result = owner.command("up", "--stack", STACK)
    assert (result.code, result.stdout) == (2, "")
    assert "nothing would change" in result.stderr


def test_without_the_word_nothing_is_destroyed(owner: Owner):
    before = owner.cloud.things()
    result = owner.command("down", "--stack", STACK)
    assert result.code == 2
    assert "destroy" in result.stdout.splitlines()[0] and "network" in result.stdout
    assert owner.cloud.things() == before


def test_with_it_all_goes(owner: Owner):
    owner.command("down", *CONFIRMED).ok()
    assert owner.cloud.things() == []
    assert owner.export().get("resources", []) == []
