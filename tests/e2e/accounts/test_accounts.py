"""A stack in an account: nothing happens there without a word, and a crash is settled wherever the state is kept.

The account is a double behind the real engine; the state is in a folder of its owner's, told of by the CLI alone.
"""

import json
import time
from collections.abc import Iterator

import pytest

from tests.e2e.checkout import Result
from tests.e2e.counts import FULL
from tests.e2e.owner import SETTINGS, Owner
from tests.e2e.rehearsed import kill_engine, require_all_once

LOST = {"aws": "aws:ec2/subnet:Subnet", "gcp": "gcp:compute/network:Network"}
ADOPTED = {"aws": "adopted network-p", "gcp": "adopted network-vpc"}
"""Of six subnets, private and public, whichever is made first."""
LATE = {"aws": "aws:eks/cluster:Cluster", "gcp": "gcp:container/cluster:Cluster"}
"""Made when much is there and much is not."""


@pytest.fixture(scope="module", params=["aws", "gcp"] if FULL else ["aws"])
def owner(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owner]:
    made = Owner.settle(request.param, tmp_path_factory.mktemp("owner"))
    try:
        yield made
    finally:
        made.leave()


@pytest.fixture
def confirmed(owner: Owner) -> tuple[str, ...]:
    return ("--stack", owner.stack, "--confirm", owner.stack)


@pytest.fixture
def where(owner: Owner) -> str:
    key, id = SETTINGS[owner.kind]
    return f"{key} {id}"


def refused(result: Result) -> str:
    """The one line that stops a command, after what it says of the account."""
    assert result.code == 1
    assert result.stdout == ""
    return result.stderr.strip().splitlines()[-1]


def locks(owner: Owner) -> list[str]:
    folder = owner.folder / "backend" / ".pulumi" / "locks" / "organization" / "tradewind" / owner.stack
    return [path.name for path in folder.glob("*.json")]


def begun(owner: Owner) -> set[str]:
    """Types of what the engine has begun to make and not yet ended."""
    file = owner.folder / "backend" / ".pulumi" / "stacks" / "tradewind" / f"{owner.stack}.json"
    latest = json.loads(file.read_text())["checkpoint"]["latest"] or {}
    return {each["resource"]["type"] for each in latest.get("pending_operations") or []}


def test_what_a_person_has_not_done_yet_is_a_line_with_the_fix(owner: Owner, confirmed: tuple[str, ...]):
    key, id = SETTINGS[owner.kind]
    line = refused(owner.command("up", *confirmed))
    assert line.startswith(f"settings: stacks/Pulumi.{owner.stack}.yaml: tradewind:{key} is missing")
    owner.settings.write_text(owner.settings.read_text() + f'  tradewind:{key}: "{id}"\n')
    line = refused(owner.command("up", *confirmed))
    assert line.startswith("login: nobody is logged in. To fix: ") and "pulumi login" in line
    owner.pulumi("login", (owner.folder / "backend").as_uri()).ok()
    line = refused(owner.command("up", *confirmed))
    assert line.startswith(f"stack: {owner.stack} is not initialised. To fix: ")
    assert f'pulumi stack init {owner.stack} --secrets-provider "{owner.kind}kms://' in line
    owner.pulumi("stack", "init", owner.stack).ok()
    assert owner.cloud.operations() == []


def test_without_the_word_all_is_shown_and_nothing_made(owner: Owner, where: str):
    before = owner.export()
    result = owner.command("up", "--stack", owner.stack)
    assert result.code == 2
    assert f"{owner.stack} is a real account: {where}, region eu" in result.stderr and "tier dev" in result.stderr
    line = f"nothing was made. To go on: make up STACK={owner.stack} CONFIRM={owner.stack}"
    assert result.stderr.splitlines()[-1] == line
    counts = dict(line.split() for line in result.stdout.splitlines()[1:-1])
    assert {"network", "cluster", "registry", "cache", "storage", "service"} <= counts.keys()
    assert result.stdout.splitlines()[-1].split() == ["in", "all", str(sum(map(int, counts.values())))]
    assert owner.cloud.operations() == []
    assert owner.export() == before


def test_doctor_finds_all_that_is_needed(owner: Owner):
    result = owner.command("doctor", "--stack", owner.stack).ok()
    assert "missing" not in result.stdout
    for said in ("identity", "region", "login", "secrets", "addresses", f"plugin {owner.kind}"):
        assert said in result.stdout


def test_what_was_lost_or_killed_is_found_and_all_is_there_once(owner: Owner, confirmed: tuple[str, ...]):
    owner.cloud.plan("create", LOST[owner.kind], "lost")
    assert owner.command("up", *confirmed).code == 1
    owner.cloud.plan("create", LATE[owner.kind], "slow")
    process = owner.start("up", *confirmed)
    while LATE[owner.kind] not in begun(owner):
        assert process.poll() is None
        time.sleep(0.1)
    assert kill_engine(owner.checkout.state / "home")
    said = process.communicate()[1]
    assert ADOPTED[owner.kind] in said, "it had begun with what was lost"
    assert locks(owner)
    said = owner.command("recover", "--stack", owner.stack).ok().stderr
    assert "freed the lock of process" in said and "pending creates cleared" in said
    assert not locks(owner)
    assert "embedder" in owner.command("up", *confirmed).ok().stdout
    require_all_once(owner.kind, owner.export(), owner.cloud)


def test_with_all_there_nothing_would_change(owner: Owner):
    result = owner.command("up", "--stack", owner.stack)
    assert (result.code, result.stdout) == (2, "")
    assert "nothing would change" in result.stderr


def test_without_the_word_nothing_is_destroyed(owner: Owner):
    before = owner.cloud.things()
    result = owner.command("down", "--stack", owner.stack)
    assert result.code == 2
    assert "destroy" in result.stdout.splitlines()[0] and "network" in result.stdout
    assert owner.cloud.things() == before


def test_with_it_all_goes(owner: Owner, confirmed: tuple[str, ...]):
    owner.command("down", *confirmed).ok()
    assert not owner.cloud.things(LATE[owner.kind])
    assert owner.export().get("resources", []) == []
