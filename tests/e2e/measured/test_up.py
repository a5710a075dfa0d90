"""The first `make up` in a fresh clone, and what a person can do right after it."""

import json
import re
from pathlib import Path

import jsonschema

from airgap.paths import CHECKOUT
from tests.e2e.checkout import Checkout, Result


def test_it_ends_with_the_service_table_and_a_curl_line(up: Result):
    [row] = [line for line in up.stdout.splitlines() if line.startswith("embedder ")]
    assert re.search(
        r"http://127\.0\.0\.1:\d+/embedder +1 to 3 +127\.0\.0\.1:\d+/tradewind/embedder@sha256:[0-9a-f]{64}", row
    )
    assert up.stdout.splitlines()[-1].startswith("curl -s http://127.0.0.1:")


def test_the_curl_line_answers_with_unit_vectors(checkout: Checkout, up: Result):
    vectors = json.loads(checkout.run("bash", "-c", up.stdout.splitlines()[-1]).ok().stdout)
    assert {len(vector) for vector in vectors} == {384}
    assert all(abs(sum(x * x for x in vector) - 1) < 1e-3 for vector in vectors)


def test_the_time_of_each_stage_is_printed(up: Result):
    summary = next(line for line in up.stderr.splitlines() if "in all" in line)
    assert re.fullmatch(r"environment [\d.]+ s, builds [\d.]+ s, stack [\d.]+ s; in all [\d.]+ s", summary)


def test_the_clone_stays_clean(checkout: Checkout, up: Result):
    assert checkout.run("git", "status", "--porcelain").ok().stdout == ""


def test_the_outputs_are_those_of_the_schema(checkout: Checkout, up: Result):
    schema = json.loads((CHECKOUT / "components" / "outputs.schema.json").read_text())
    jsonschema.validate(checkout.outputs(), schema)


def test_the_commands_of_the_readme_work_as_they_are(checkout: Checkout, up: Result):
    assert "embedder" in checkout.shell("pulumi stack output services --json -s local").ok().stdout
    assert "Locust" in checkout.shell("locust --help").ok().stdout + checkout.shell("locust --version").stdout
    assert "keda-operator" in checkout.shell("kubectl get deployments -n keda").ok().stdout
    assert "serve" in checkout.shell("bentoml --help").ok().stdout


def test_a_shell_has_the_way_to_the_cluster_after_plain_pulumi_too(checkout: Checkout, up: Result):
    (checkout.state / "kubeconfigs" / "local").unlink()
    assert "models" in checkout.shell("kubectl get namespaces").ok().stdout


def test_neither_pulumis_home_nor_the_users_kubeconfig_is_touched(checkout: Checkout, up: Result):
    started = checkout.path.stat().st_ctime
    for path in (Path.home() / ".pulumi", Path.home() / ".kube" / "config"):
        assert not path.exists() or path.stat().st_mtime < started, path


def test_the_passphrase_is_for_its_owner_alone(checkout: Checkout, up: Result):
    assert (checkout.state / "passphrase").stat().st_mode & 0o777 == 0o600
