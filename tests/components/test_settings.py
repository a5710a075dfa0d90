"""A stack's settings: typed, unknown keys refused, a given cluster named in full or not at all."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from components.platforms import Feature, require
from components.platforms.local import LocalPlatform, LocalSettings, open_platform
from components.platforms.settings import StackSettings
from components.validation import InvalidInput


def settings(**written: Any) -> StackSettings:
    return StackSettings(stack="lab", written=written)


def refusal(**written: Any) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        open_platform(settings(**written), [])
    return str(caught.value).splitlines()


def test_nothing_has_to_be_written():
    assert (settings().kind, settings().services) == ("local", None)
    assert settings().read_as(LocalSettings).kubeconfig is None


def test_services_are_a_list_as_pulumi_hands_it_over():
    assert settings(services='["embedder"]').services == ["embedder"]


def test_an_unknown_key_is_named_with_the_one_that_was_meant():
    [line] = refusal(kubeconfg="x")
    assert line == ("stacks/Pulumi.lab.yaml: kubeconfg is not a known key, got 'x'. To fix: write kubeconfig instead.")


@pytest.mark.parametrize("services", ["embedder", "[1]", "{}"])
def test_services_that_are_no_list_of_names_are_refused(services: str):
    with pytest.raises(InvalidInput, match=r"^stacks/Pulumi\.lab\.yaml: services"):
        _ = settings(services=services).services


def test_an_unknown_platform_is_refused():
    with pytest.raises(InvalidInput, match=r"kind must be 'local', 'aws' or 'gcp', got 'moon'\. To fix: "):
        _ = settings(kind="moon").kind


@pytest.mark.parametrize(
    ("written", "missing"),
    [
        ({"kubeconfig": "k", "context": "c"}, ["registry"]),
        ({"kubeconfig": "k", "registry": "r:1"}, ["context"]),
        ({"context": "c"}, ["kubeconfig", "registry"]),
    ],
)
def test_half_a_cluster_is_refused_and_the_missing_keys_named(written: dict[str, str], missing: list[str]):
    lines = refusal(**written)
    assert [line.split()[1] for line in lines] == [f"tradewind:{key}" for key in missing]
    assert all("To fix: `pulumi config set " in line for line in lines)


def kubeconfig(folder: Path, server: str = "https://127.0.0.1:1") -> Path:
    path = folder / "config"
    cluster = {"name": "lab", "cluster": {"server": server, "insecure-skip-tls-verify": True}}
    context = {"name": "lab", "context": {"cluster": "lab", "user": "me"}}
    user = {"name": "me", "user": {"token": "t"}}
    path.write_text(yaml.safe_dump({"clusters": [cluster], "contexts": [context], "users": [user]}))
    return path


def test_a_kubeconfig_that_is_not_there_is_named(tmp_path: Path):
    [line] = refusal(kubeconfig=f"{tmp_path}/none", context="lab", registry="r:1")
    assert f"tradewind:kubeconfig must be a file that can be read, got '{tmp_path}/none' (No such file" in line


def test_a_context_that_the_file_lacks_is_named_with_those_it_has(tmp_path: Path):
    [line] = refusal(kubeconfig=str(kubeconfig(tmp_path)), context="prod", registry="r:1")
    assert "tradewind:context must be one of" in line and "(lab), got 'prod'" in line


def test_a_file_that_is_no_kubeconfig_is_refused(tmp_path: Path):
    (tmp_path / "config").write_text("hello")
    [line] = refusal(kubeconfig=f"{tmp_path}/config", context="lab", registry="r:1")
    assert "tradewind:kubeconfig must name a kubeconfig with contexts" in line


def test_a_cluster_that_does_not_answer_is_one_line(tmp_path: Path):
    [line] = refusal(kubeconfig=str(kubeconfig(tmp_path)), context="lab", registry="r:1")
    assert "tradewind:kubeconfig leads to an API server that does not answer or refuses (context 'lab'" in line
    assert "To fix: make `kubectl --kubeconfig" in line


def test_what_a_platform_lacks_is_refused_with_the_reason():
    with pytest.raises(InvalidInput) as caught:
        require("local", LocalPlatform.lacks, [Feature.NODE_AUTOSCALING], "bentos/embedder/card.yaml")
    assert str(caught.value) == (
        "bentos/embedder/card.yaml needs that nodes come and go with the load; local has it not: one fixed node; "
        "replicas grow until it is full. To fix: choose another platform, or do without."
    )


def test_what_a_platform_has_is_not_refused():
    require("local", {}, list(Feature), "bentos/embedder/card.yaml")


@pytest.mark.parametrize("written", [500, "500", 0.01, "499.5"])
def test_a_budget_is_read_as_pulumi_hands_it_over(written: Any):
    assert settings(budget_usd_month=written).read_as(LocalSettings).budget_usd_month == float(written)


@pytest.mark.parametrize("written", [0, -1, "much", "true", "NaN"])
def test_a_budget_that_is_no_sum_of_money_is_refused(written: Any):
    assert refusal(budget_usd_month=written)[0].startswith("stacks/Pulumi.lab.yaml: budget_usd_month must be")
