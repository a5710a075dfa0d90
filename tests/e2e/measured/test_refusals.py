"""A pod that asks for a token without a word is refused twice, by one rule and in the same words.

By the API server of the stack, and by the preview of any program in a shell after `make env`. An image that the stack has
not verified is refused by the API server alone.
"""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.checkout import Checkout, Result
from tests.e2e.cluster import Cluster

RULE = "pod-token-asked-for"
WORDS = re.compile(r"A pod must say .*? calls the API server\.")
PROGRAM = """
import json
from pathlib import Path
import pulumi, pulumi_kubernetes as kubernetes

provider = kubernetes.Provider("lab", kubeconfig=Path({kubeconfig!r}).read_text())
pod = json.loads(Path({pod!r}).read_text())
kubernetes.core.v1.Pod("lab", metadata=pod["metadata"], spec=pod["spec"], opts=pulumi.ResourceOptions(provider=provider))
"""


@pytest.fixture
def good(cluster: Cluster) -> dict[str, Any]:
    """One replica of the embedder, by hand."""
    found = cluster.get("/apis/apps/v1/namespaces/models/deployments/embedder")["spec"]["template"]
    meta = {"name": "lab", "namespace": "models", "labels": found["metadata"]["labels"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": found["spec"]}


@pytest.fixture
def bad(good: dict[str, Any]) -> dict[str, Any]:
    changed = copy.deepcopy(good)
    del changed["spec"]["automountServiceAccountToken"]
    return changed


def applied(checkout: Checkout, pod: dict[str, Any], file: Path) -> Result:
    file.write_text(json.dumps(pod))
    return checkout.shell(f"kubectl apply --dry-run=server -f {file}")


def previewed(checkout: Checkout, pod: dict[str, Any], folder: Path) -> Result:
    """In a project of its own, with the shell of the README and no word of a policy."""
    (folder / "pod.json").write_text(json.dumps(pod))
    runtime = {"name": "python", "options": {"virtualenv": str(checkout.path / ".venv")}}
    (folder / "Pulumi.yaml").write_text(json.dumps({"name": "lab", "runtime": runtime}))
    kubeconfig = checkout.shell("echo $KUBECONFIG").ok().stdout.strip()
    (folder / "__main__.py").write_text(PROGRAM.format(kubeconfig=kubeconfig, pod=str(folder / "pod.json")))
    (folder / "state").mkdir()
    there = f"cd {folder}; export PULUMI_BACKEND_URL=file://{folder}/state"
    return checkout.shell(f"{there}; pulumi stack init lab; pulumi preview --non-interactive")


def test_the_same_pod_with_its_word_is_taken(checkout: Checkout, good: dict[str, Any], tmp_path: Path):
    assert "pod/lab created" in applied(checkout, good, tmp_path / "pod.json").ok().stdout
    assert "[mandatory]" not in previewed(checkout, good, tmp_path).ok().stdout


def test_both_refuse_it_by_one_rule_in_the_same_words(checkout: Checkout, bad: dict[str, Any], tmp_path: Path):
    by_server, by_preview = applied(checkout, bad, tmp_path / "pod.json"), previewed(checkout, bad, tmp_path)
    assert by_server.code and f"ValidatingAdmissionPolicy '{RULE}'" in by_server.stderr
    assert by_preview.code and re.search(rf"\[mandatory\].* {RULE} ", by_preview.stdout)
    # The preview's dry run is refused by the API server besides.
    of_the_pack = by_preview.stdout.partition("Policies:")[2].partition("Diagnostics:")[0]
    [by_admission], [by_pack] = WORDS.findall(by_server.stderr), WORDS.findall(" ".join(of_the_pack.split()))
    assert by_admission == by_pack


@pytest.mark.parametrize("service", ["embedder", None])
def test_an_image_that_the_stack_has_not_verified_does_not_run(
    checkout: Checkout, good: dict[str, Any], tmp_path: Path, service: str | None
):
    [container] = good["spec"]["containers"]
    if service:
        container["image"] = container["image"].partition("@")[0] + "@sha256:" + "0" * 64
    else:
        del good["metadata"]["labels"]["app.kubernetes.io/name"]
    refused = applied(checkout, good, tmp_path / "pod.json")
    policy = ".".join(filter(None, ["model-image-verified.models", service]))
    assert refused.code and f"ValidatingAdmissionPolicy '{policy}'" in refused.stderr
