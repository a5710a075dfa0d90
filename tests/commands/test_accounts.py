"""What stops `make up` of a stack in an account: settings, programs, credentials, login, stack, secrets; one line each."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from airgap.check import Check
from airgap.errors import SetupError
from commands import accounts, confirm, settings
from commands.accounts import Owned
from commands.backend import ToldState
from tests.components.samples import CARD
from tests.doubles.command_lines import Failure, Programs

CONFIG = {"tradewind:kind": "aws", "tradewind:account": "123456789012", "tradewind:region": "eu-west-1"}
KMS = "awskms://alias/tradewind?region=eu-west-1"
NOT_LOGGED_IN = "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions\n"


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    monkeypatch.setattr(settings, "CHECKOUT", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in accounts.PASSPHRASES:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "stacks").mkdir()
    return Programs.install(tmp_path / "bin", "aws")


@pytest.fixture(autouse=True)
def logged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, 0, json.dumps({"user": "me", "url": "s3://team-state"}))
    exports(monkeypatch, {"deployment": {"resources": []}})


def says(monkeypatch: pytest.MonkeyPatch, code: int, stdout: str = "", stderr: str = "") -> None:
    """What `pulumi whoami` does, in the CLI's own words."""
    monkeypatch.setattr(accounts, "answer", lambda *_: subprocess.CompletedProcess([], code, stdout, stderr))


def exports(monkeypatch: pytest.MonkeyPatch, export: dict[str, Any] | None) -> None:
    monkeypatch.setattr(ToldState, "export", lambda self: export)


def owned(folder: Path, config: dict[str, Any] = CONFIG, tier: str = "dev", **more: str) -> Owned:
    written = {**more, "config": {**config, "tradewind:tier": tier}}
    (folder / "stacks" / "Pulumi.lab.yaml").write_text(yaml.safe_dump(written))
    return Owned("lab")


def blocking(checks: list[Check]) -> Check:
    [check] = [check for check in checks if check.answer == "missing"]
    return check


def test_a_stack_that_is_ready_has_nothing_missing(aws: Programs, tmp_path: Path):
    stack = owned(tmp_path, secretsprovider=KMS, encryptedkey="AQ==")
    assert [check.what for check in stack.who()] == ["settings", "aws", "identity"]
    found = {check.what: check.detail for check in stack.kept()}
    assert found == {"login": "me at s3://team-state", "stack": "0 resources", "secrets": KMS}
    assert {check.answer for check in [*stack.who(), *stack.kept()]} == {"found"}


@pytest.mark.parametrize("key", ["account", "region"])
def test_a_setting_that_is_missing_is_named_with_its_file(aws: Programs, tmp_path: Path, key: str):
    config = {name: value for name, value in CONFIG.items() if name != f"tradewind:{key}"}
    check = blocking(owned(tmp_path, config).who())
    assert check.detail.startswith(f"stacks/Pulumi.lab.yaml: tradewind:{key} is missing")
    assert f'tradewind:{key}: "<yours>"' in check.fix
    assert aws.asked() == []


def test_a_program_that_is_missing_is_named_before_it_is_asked(aws: Programs, tmp_path: Path):
    aws.remove("aws")
    check = blocking(owned(tmp_path).who())
    assert (check.what, check.detail) == ("aws", "no `aws` on PATH")


def test_both_programs_of_google_are_looked_for(aws: Programs, tmp_path: Path):
    config = {"tradewind:kind": "gcp", "tradewind:project": "tradewind-dev", "tradewind:region": "europe-west1"}
    missing = [check.what for check in owned(tmp_path, config).who() if check.answer == "missing"]
    assert missing == ["gcloud", "gke-gcloud-auth-plugin"]


def test_nobody_logged_in_is_told_how(aws: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    says(monkeypatch, 3, stderr=NOT_LOGGED_IN)
    [check] = owned(tmp_path).kept()
    assert (check.answer, check.detail) == ("missing", "nobody is logged in")
    assert 'eval "$(make -s env STACK=lab)"' in check.fix and "pulumi login" in check.fix


def test_a_backend_that_does_not_answer_is_told_in_its_own_words(
    aws: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    says(monkeypatch, 1, stderr="error: problem logging in: unable to open bucket s3://team-state\n")
    [check] = owned(tmp_path).kept()
    assert check.detail == "error: problem logging in: unable to open bucket s3://team-state"


def test_a_stack_that_is_not_initialised_is_told_how_with_the_keeper_of_its_secrets(
    aws: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    exports(monkeypatch, None)
    check = blocking(owned(tmp_path).kept())
    assert check.detail == "lab is not initialised"
    assert 'pulumi stack init lab --secrets-provider "awskms://alias/<key>?region=eu-west-1"' in check.fix


def test_a_passphrase_does_not_open_prod(aws: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "open sesame")
    assert {check.answer for check in owned(tmp_path, encryptionsalt="v1:a").kept()} == {"found"}
    check = blocking(owned(tmp_path, tier="prod", encryptionsalt="v1:a").kept())
    assert check.what == "secrets"
    assert 'pulumi stack change-secrets-provider "awskms://alias/<key>?region=eu-west-1"' in check.fix


def test_a_passphrase_has_to_be_given(aws: Programs, tmp_path: Path):
    assert blocking(owned(tmp_path, encryptionsalt="v1:a").kept()).detail == "a passphrase, and none is given"


def test_the_checkouts_own_passphrase_is_none(aws: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", str(accounts.engine.PASSPHRASE))
    assert blocking(owned(tmp_path, encryptionsalt="v1:a").kept()).detail == "a passphrase, and none is given"


def test_a_file_that_a_colleague_did_not_commit_is_named(aws: Programs, tmp_path: Path):
    check = blocking(owned(tmp_path).kept())
    assert "neither secretsprovider nor encryptionsalt" in check.detail


def test_pulumi_cloud_keeps_secrets_by_itself(aws: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    says(monkeypatch, 0, json.dumps({"user": "me", "url": "https://app.pulumi.com/me"}))
    assert [check.detail for check in owned(tmp_path).kept()][-1] == "service"


def test_another_account_stops_all_before_engine_and_plugins(
    aws: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(confirm.plugins, "check", lambda _: pytest.fail("asked of a stranger's stack"))
    monkeypatch.setattr(confirm.engine, "ensure", lambda _: pytest.fail("built for a stranger's stack"))
    owned(tmp_path, CONFIG | {"tradewind:account": "999999999999"})
    with pytest.raises(SetupError, match=r"identity: account 123456789012, .*the stack's account is 999999999999"):
        confirm.prepare("lab")


def test_expired_credentials_are_one_line(aws: Programs, tmp_path: Path):
    owned(tmp_path)
    words = "An error occurred (ExpiredToken) when calling the GetCallerIdentity operation: The token is expired"
    aws.answer("aws", "sts", Failure(f"\n{words}\n", 254))
    with pytest.raises(SetupError) as error:
        confirm.prepare("lab")
    [line] = str(error.value).splitlines()
    assert line.startswith(f"identity: {words}. To fix: `aws sso login`")


def test_a_plugin_that_cannot_be_had_stops_all_before_the_engine(
    aws: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    out_of_reach = Check(what="plugin aws", answer="missing", detail="7.51.1 is not here", fix="let it be reached.")
    monkeypatch.setattr(accounts.plugins, "check", lambda _: out_of_reach)
    monkeypatch.setattr(confirm.engine, "ensure", lambda _: pytest.fail("something was touched"))
    owned(tmp_path)
    with pytest.raises(SetupError, match=r"^plugin aws: 7\.51\.1 is not here\. To fix: let it be reached\."):
        confirm.prepare("lab")


@pytest.mark.parametrize(("layer", "asked"), [("platform", True), ("services", False)])
def test_quotas_are_asked_of_whoever_makes_what_has_one(
    aws: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layer: str, asked: bool
):
    monkeypatch.setattr(accounts, "built", lambda: False)
    checks = list(owned(tmp_path, {**CONFIG, "tradewind:layer": layer}).all())
    assert ("addresses" in [check.what for check in checks]) is asked


@pytest.mark.parametrize(
    ("secrets", "services", "asked"),
    [
        ([], None, False),
        (["api-token"], None, True),
        (["api-token"], ["embedder"], True),
        (["api-token"], [], False),
        (["Wrong"], None, False),
    ],
)
def test_a_card_with_secrets_asks_for_what_keeps_them(
    aws: Programs,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    secrets: list[str],
    services: list[str] | None,
    asked: bool,
):
    card = tmp_path / "bentos" / "embedder" / "card.yaml"
    card.parent.mkdir(parents=True)
    card.write_text(yaml.safe_dump(CARD | {"secrets": secrets}))
    told: set[str] = set()
    monkeypatch.setattr(Owned, "who", lambda _: [])
    stack = owned(tmp_path, CONFIG if services is None else {**CONFIG, "tradewind:services": services})
    account = stack.account
    monkeypatch.setattr(account, "region_open", lambda: Check(what="region", answer="found", detail="open"))
    monkeypatch.setattr(account, "services", lambda keys: told.update(keys) or [])
    monkeypatch.setattr(account, "quotas", lambda *_: [])
    monkeypatch.setattr(accounts, "built", lambda: False)
    list(stack.all())
    assert {"account", "region"} <= told and ("secrets" in told) is asked
