"""To whom each binding on Google Cloud gives what, and to nobody else and no more."""

import pytest

from components.identity import gcp_bindings as bindings
from tests.doubles.permissions.cel import evaluate
from tests.doubles.permissions.gcp import ATTRIBUTES

BUCKET = "tradewind-gcp-dev-models"
OBJECTS = f"projects/_/buckets/{BUCKET}/objects"
CACHE = "projects/tradewind-dev/locations/europe-west1/instances/tradewind-gcp-dev"


def holds(condition: bindings.Condition, resource: str, listed: str | None = None) -> bool:
    """Whether the condition lets a request through; `listed` is the prefix of a request for a list."""
    api = {} if listed is None else {"storage.googleapis.com/objectListPrefix": listed}
    return evaluate(condition["expression"], ATTRIBUTES, {"resource": {"name": resource}, "api": api})


@pytest.mark.parametrize(
    ("resource", "listed", "allowed"),
    [
        (f"{OBJECTS}/models/embedder/1/model.onnx", None, True),
        (f"{OBJECTS}/models/ranker/1/model.onnx", None, False),
        (f"{OBJECTS}/models/embedder-two/1/model.onnx", None, False),
        (f"{OBJECTS}/secret/models/embedder/x", None, False),
        ("projects/_/buckets/another/objects/models/embedder/1/model.onnx", None, False),
        (f"projects/_/buckets/{BUCKET}", "models/embedder/", True),
        (f"projects/_/buckets/{BUCKET}", "models/embedder/1/", True),
        (f"projects/_/buckets/{BUCKET}", "models/embedder", False),
        (f"projects/_/buckets/{BUCKET}", "models/", False),
        (f"projects/_/buckets/{BUCKET}", "", False),
        (f"projects/_/buckets/{BUCKET}", None, False),
    ],
)
def test_a_service_reads_and_lists_its_own_folder_and_no_other(resource: str, listed: str | None, allowed: bool):
    assert holds(bindings.own_model(BUCKET, "embedder"), resource, listed) is allowed


@pytest.mark.parametrize(
    ("resource", "allowed"),
    [(CACHE, True), (f"{CACHE}-two", False), (CACHE.replace("europe-west1", "us-east1"), False), ("", False)],
)
def test_a_service_connects_to_the_stacks_cache_and_no_other(resource: str, allowed: bool):
    assert holds(bindings.one_cache(CACHE), resource) is allowed


def test_a_name_cannot_break_out_of_its_condition():
    spoiled = bindings.own_model(BUCKET, 'x") || true || resource.name.startsWith("')
    assert not holds(spoiled, f"{OBJECTS}/models/ranker/1/model.onnx")


def test_only_pods_of_one_service_account_act_as_its_account():
    assert bindings.pods("tradewind-dev.svc.id.goog", "models", "embedder") == (
        "serviceAccount:tradewind-dev.svc.id.goog[models/embedder]"
    )


@pytest.mark.parametrize(
    ("pool", "namespace", "service_account"),
    [
        ("tradewind-dev.svc.id.goog", "models", "*"),
        ("tradewind-dev.svc.id.goog", "*", "embedder"),
        ("tradewind-dev.svc.id.goog", "models", ""),
        ("tradewind-dev.svc.id.goog", "models/a", "embedder"),
        ("tradewind-dev", "models", "embedder"),
        ("*.svc.id.goog", "models", "embedder"),
    ],
)
def test_whoever_is_nobody_in_particular_is_refused(pool: str, namespace: str, service_account: str):
    with pytest.raises(ValueError, match="is no service account of a cluster"):
        bindings.pods(pool, namespace, service_account)
