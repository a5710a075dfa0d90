"""The place of a rehearsal: nothing of a person's account is in it, and its files are its own."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from airgap.errors import SetupError
from airgap.paths import CHECKOUT
from commands.signing import public_half
from provider.signatures import keys
from tests.doubles import sandbox
from tests.doubles.clusters import token

GIVEN = {
    "AWS_PROFILE": "prod",
    "GOOGLE_APPLICATION_CREDENTIALS": "/home/me/key.json",
    "CLOUDSDK_CONFIG": "/home/me/gcloud",
    "KUBECONFIG": "/home/me/.kube/config",
    "PULUMI_ACCESS_TOKEN": "pul-1234",
    keys.FILE: "/home/me/signing.key",
    "https_proxy": "http://proxy.example:3128",
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sandbox, "STATE", tmp_path)
    monkeypatch.setattr(keys, "STATE", tmp_path)
    return tmp_path


def test_whoever_enters_leaves_credentials_and_proxies_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for key, value in GIVEN.items():
        monkeypatch.setenv(key, value)
    inside = sandbox.entrance(tmp_path)
    assert not GIVEN.keys() & inside.keys()
    assert inside["TRADEWIND_STATE"] == inside["TRADEWIND_REHEARSAL"] == str(tmp_path)


def test_a_shell_that_enters_forgets_them_too():
    script = f"{sandbox.FORGET}; env"
    left = subprocess.run(["sh", "-c", script], env={**GIVEN, "PATH": "/usr/bin:/bin"}, capture_output=True, text=True)
    assert left.returncode == 0, left.stderr
    assert not [line for line in left.stdout.splitlines() if line.startswith(sandbox.CREDENTIALS)]


@pytest.fixture
def settings(place: Path) -> Path:
    """Of aws-dev."""
    sandbox.write_project()
    return place / "project" / "stacks" / "Pulumi.aws-dev.yaml"


def test_the_stack_has_an_account_that_its_own_file_leaves_out(settings: Path):
    own = yaml.safe_load((CHECKOUT / "stacks" / "Pulumi.aws-dev.yaml").read_text())
    copy = yaml.safe_load(settings.read_text())
    given = {"tradewind:account": "123456789012", "tradewind:signing_key": public_half()}
    assert copy["config"] == {**own["config"], **given}


def test_what_was_added_to_the_copy_stays(settings: Path):
    settings.write_text("encryptionsalt: v1:abc\n" + settings.read_text() + "  tradewind:protect: true\n")
    sandbox.write_project()
    copy = yaml.safe_load(settings.read_text())
    assert copy["encryptionsalt"] == "v1:abc"
    assert copy["config"]["tradewind:protect"]


def test_the_program_is_the_checkouts(settings: Path):
    project = yaml.safe_load((settings.parents[1] / "Pulumi.yaml").read_text())
    assert (settings.parents[1] / project["main"] / "__main__.py").resolve() == CHECKOUT / "stacks" / "__main__.py"


def test_a_stack_that_no_double_plays_is_refused_with_those_there_are():
    with pytest.raises(SetupError, match=r"'local'\. To fix: name one of aws-dev, aws-prod, gcp-dev, gcp-prod\."):
        sandbox.require_double("local")


@pytest.mark.parametrize(
    "words",
    [
        ["aws", "eks", "get-token", "--cluster-name", "lab", "--region", "eu-west-1", "--output", "json"],
        ["gke-gcloud-auth-plugin", "--use_application_default_credentials"],
    ],
)
def test_a_stand_in_hands_out_the_token_that_clusters_take(place: Path, words: list[str]):
    sandbox.write_stand_ins()
    said = subprocess.run([place / "bin" / words[0], *words[1:]], capture_output=True, text=True, check=True)
    assert json.loads(said.stdout)["status"] == {"token": token(place)}


@pytest.mark.parametrize("words", [["aws", "s3", "ls"], ["gke-gcloud-auth-plugin"]])
def test_a_stand_in_knows_nothing_else(place: Path, words: list[str]):
    sandbox.write_stand_ins()
    said = subprocess.run([place / "bin" / words[0], *words[1:]], capture_output=True, text=True)
    assert (said.returncode, said.stdout) == (2, "")
    assert f"{words[0]}: the rehearsal knows" in said.stderr
