"""A pod whose image is named by a tag is refused twice, by one rule and in the same words.

By the API server of the stack, and by the preview of any program in a shell after `make env`.
"""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.checkout import Checkout, Result
from tests.e2e.cluster import Cluster

RULE = "pod-image-by-digest"
WORDS = re.compile(r"A container's image must .*? as the registry gave it\.")
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
    found = cluster.get("/apis/apps/v1/namespaces/models/deployments/embedder")["spec"]["template"]["spec"]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "lab", "namespace": "models"}, "spec": found}


@pytest.fixture
def bad(good: dict[str, Any]) -> dict[str, Any]:
    changed = copy.deepcopy(good)
    [container] = changed["spec"]["containers"]
    container["image"] = container["image"].partition("@")[0] + ":latest"
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


def test_the_same_pod_with_a_digest_is_taken(checkout: Checkout, good: dict[str, Any], tmp_path: Path):
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
