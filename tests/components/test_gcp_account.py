"""What a project of Google Cloud is asked, and what a person is told: against a double of its command line."""

from pathlib import Path

import pytest

from airgap.check import Check
from components.platforms.accounts.gcp import OTHERS, PROJECTS, GcpProject
from components.platforms.gcp_apis import APIS
from tests.doubles.command_lines import Failure, Programs

TOKEN = "auth application-default print-access-token"


@pytest.fixture
def gcloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    for name in (*PROJECTS, *OTHERS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return Programs.install(tmp_path, "gcloud")


@pytest.fixture
def project(gcloud: Programs) -> GcpProject:
    return GcpProject("tradewind-dev", "europe-west1")


def quotas(project: GcpProject, tier: str = "dev", **there: int) -> dict[str, Check]:
    return {check.what: check for check in project.quotas(tier, {f"gcp:{key}": n for key, n in there.items()})}


def test_the_project_is_seen_by_the_credentials_that_pulumi_takes(project: GcpProject):
    check = project.identity()
    assert check.answer == "found"
    assert check.detail.startswith("project tradewind-dev (415104041262), by application-default credentials")
    assert check.detail.endswith("gcloud itself is me@example.com")


def test_another_project_of_gcloud_is_refused_with_both(gcloud: Programs, project: GcpProject):
    gcloud.answer("gcloud", "config list", {"core": {"project": "shop-prod"}})
    check = project.identity()
    assert (check.answer, check.detail) == ("missing", "gcloud's project is shop-prod; the stack's is tradewind-dev")
    assert "gcloud config set project tradewind-dev" in check.fix
    assert not [line for line in gcloud.asked() if "describe" in line], "it is not even looked at"


@pytest.mark.parametrize("name", PROJECTS)
def test_another_project_in_the_environment_is_refused_with_its_variable(
    project: GcpProject, monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.setenv(name, "shop-prod")
    check = project.identity()
    assert check.answer == "missing"
    assert check.detail == f"{name} is shop-prod; the stack's is tradewind-dev"


@pytest.mark.parametrize("name", OTHERS)
def test_credentials_that_only_pulumi_would_take_are_refused(
    project: GcpProject, monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.setenv(name, "{}")
    check = project.identity()
    assert check.answer == "missing"
    assert f"unset {name}" in check.fix


def test_a_machine_without_a_project_of_its_own_is_fine(gcloud: Programs, project: GcpProject):
    gcloud.answer("gcloud", "config list", {})
    assert project.identity().answer == "found"


@pytest.mark.parametrize(
    ("command", "words", "fix"),
    [
        (
            TOKEN,
            "ERROR: (gcloud.auth.application-default.print-access-token) Your default credentials were not found. To set up "
            "Application Default Credentials, see https://cloud.google.com/docs/authentication/external/set-up-adc for more "
            "information.",
            "gcloud auth application-default login",
        ),
        (
            TOKEN,
            "ERROR: (gcloud.auth.application-default.print-access-token) Reauthentication failed. cannot prompt during "
            "non-interactive execution.",
            "gcloud auth application-default login",
        ),
        (
            "projects describe",
            "ERROR: (gcloud.projects.describe) [None] does not have permission to access projects instance [tradewind-dev] "
            "(or it may not exist): The caller does not have permission. This command is authenticated with an access token",
            "tradewind:project",
        ),
        (
            "projects describe",
            "ERROR: (gcloud.projects.describe) [None] does not have permission to access projects instance [tradewind-dev] "
            "(or it may not exist): Cloud Resource Manager API has not been used in project 1 before or it is disabled.",
            "gcloud services enable",
        ),
    ],
)
def test_credentials_that_do_not_work_are_one_line_with_the_fix(
    gcloud: Programs, project: GcpProject, command: str, words: str, fix: str
):
    gcloud.answer("gcloud", command, Failure(words))
    check = project.identity()
    assert check.answer == "missing"
    assert "\n" not in check.detail
    assert check.detail.startswith("(gcloud.")
    assert fix in check.fix


def test_a_project_that_is_being_deleted_is_refused(gcloud: Programs, project: GcpProject):
    answer = {"projectId": "tradewind-dev", "projectNumber": "1", "lifecycleState": "DELETE_REQUESTED"}
    gcloud.answer("gcloud", "projects describe", answer)
    assert "undelete tradewind-dev" in project.identity().fix


def test_apis_that_are_off_are_turned_on_by_make_up(project: GcpProject):
    [check] = project.services(())
    assert check.answer == "built"
    assert "memorystore" in check.detail and "compute" not in check.detail.split(", ")


def test_all_apis_on_is_found(gcloud: Programs, project: GcpProject):
    gcloud.answer("gcloud", "services list", enabled("serviceusage", *APIS))
    [check] = project.services(())
    assert check.answer == "found"


@pytest.mark.parametrize(("key", "api"), [("public_access", "dns"), ("peer", "sts"), ("secrets", "secretmanager")])
def test_what_a_setting_asks_for_is_looked_for_too(gcloud: Programs, project: GcpProject, key: str, api: str):
    gcloud.answer("gcloud", "services list", enabled("serviceusage", *APIS))
    [check] = project.services([key])
    assert check.answer == "built"
    assert api in check.detail


@pytest.mark.parametrize("first", ["serviceusage", "cloudresourcemanager"])
def test_what_turns_the_others_on_is_missing_where_it_is_off(gcloud: Programs, project: GcpProject, first: str):
    gcloud.answer("gcloud", "services list", enabled(*({"serviceusage", *APIS} - {first})))
    [check] = project.services(())
    assert check.answer == "missing"
    assert f"gcloud services enable {first}.googleapis.com --project tradewind-dev" in check.fix


def test_before_compute_is_on_its_quotas_are_left_for_later(gcloud: Programs, project: GcpProject):
    gcloud.answer("gcloud", "services list", enabled("serviceusage", "cloudresourcemanager"))
    assert {check.answer for check in quotas(project).values()} == {"built"}
    assert project.region_open().answer == "built"
    assert not [line for line in gcloud.asked() if line.startswith("gcloud compute")]


def test_a_region_is_up(gcloud: Programs, project: GcpProject):
    assert project.region_open().detail == "europe-west1 is UP"
    gcloud.answer("gcloud", "compute regions", {"name": "europe-west1", "status": "DOWN", "quotas": []})
    assert GcpProject("tradewind-dev", "europe-west1").region_open().answer == "missing"


def test_a_stack_fits(project: GcpProject):
    found = quotas(project)
    assert {check.answer for check in found.values()} == {"found"}
    assert found["networks"].detail == "1 of 5 in use, the stack takes 1 more"
    assert found["CPUs"].detail == "2 of 24 in use, the stack takes 8 more"


def test_what_does_not_fit_is_named_with_metric_and_page(gcloud: Programs, project: GcpProject):
    full = {"name": "tradewind-dev", "quotas": [{"metric": "NETWORKS", "limit": 5.0, "usage": 5.0}]}
    gcloud.answer("gcloud", "compute project-info", full)
    check = quotas(project)["networks"]
    assert (check.answer, check.detail) == ("missing", "5 of 5 in use, the stack takes 1 more")
    assert "6 of NETWORKS at https://console.cloud.google.com/iam-admin/quotas?project=tradewind-dev" in check.fix


def test_a_metric_that_the_project_has_not_limits_nothing(gcloud: Programs, project: GcpProject):
    gcloud.answer("gcloud", "compute project-info", {"name": "tradewind-dev", "quotas": []})
    assert quotas(project)["networks"].detail == "the project has no limit NETWORKS"


def test_nothing_but_reading_is_asked(gcloud: Programs, project: GcpProject):
    project.identity(), project.region_open(), list(project.services(())), quotas(project)
    verbs = {"print-access-token", "list", "describe"}
    assert all(verbs & set(line.split()) for line in gcloud.asked())


def enabled(*names: str) -> list[dict[str, object]]:
    return [{"config": {"name": f"{name}.googleapis.com"}, "state": "ENABLED"} for name in names]
