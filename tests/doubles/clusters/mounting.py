"""What mounts the secrets of a cloud: its kind is served where the cluster has the add-on, and nothing is mounted."""

from pathlib import Path

import yaml

from tests.doubles.aws import eks
from tests.doubles.clusters.stage import PLAYER, Stage
from tests.doubles.gcp import platform

DEFINITION = Path(__file__).with_name("manifests") / "secretproviderclasses.yaml"
CLASS = "secrets-store.csi.x-k8s.io/v1"
AWS_ADD_ON = "aws-secrets-store-csi-driver-provider"


def of_eks(stage: Stage) -> None:
    """Once the add-on is there."""
    added = [each.inputs for each in stage.where.store.things(eks.ADD_ON) if each.inputs["addonName"] == AWS_ADD_ON]
    if any(stage.where.cluster in ("", each["clusterName"]) for each in added):
        _define(stage)


def of_gke(stage: Stage) -> None:
    """Where the cluster says so."""
    cluster = stage.where.itself(platform.CLUSTER)
    if cluster and cluster.inputs.get("secretManagerConfig", {}).get("enabled"):
        _define(stage)


def _define(stage: Stage) -> None:
    body = yaml.safe_load(DEFINITION.read_text())
    known = {each["metadata"]["name"] for each in stage.all("apiextensions.k8s.io/v1", "CustomResourceDefinition")}
    if body["metadata"]["name"] not in known:
        stage.cluster.apply(body, PLAYER, force=True)
