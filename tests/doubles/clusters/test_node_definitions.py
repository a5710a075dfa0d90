"""Our definitions of Auto Mode's kinds take what our stack writes, and refuse what their makers document otherwise."""

from typing import Any

import pytest

from airgap.kubernetes_provider.errors import ApiError
from components.cluster.aws import node_pool
from tests.doubles.clusters.nodes import EKS, KARPENTER
from tests.doubles.clusters.played import Played
from tests.doubles.clusters.test_nodes import CLASS, asking

pytestmark = pytest.mark.cluster


@pytest.mark.parametrize(
    ("kind", "spec", "said"),
    [
        ("NodeClass", {**CLASS, "networkPolicys": "DefaultAllow"}, "networkPolicys"),
        ("NodeClass", {**CLASS, "networkPolicy": "Allow"}, "Unsupported value"),
        ("NodeClass", {**CLASS, "instanceProfile": "p"}, "must specify exactly one of"),
        ("NodeClass", {**CLASS, "subnetSelectorTerms": []}, "should have at least 1 items"),
        ("NodePool", {**node_pool("amd64"), "limit": {}}, "limit"),
        ("NodePool", {**node_pool("amd64"), "disruption": {"consolidationPolicy": "WhenUnderutilized"}}, "Unsupported value"),
        ("NodePool", {**node_pool("amd64"), "limits": {"cpu": "many"}}, "should match"),
        ("NodePool", asking(**{"kubernetes.io/arch": []}), "must have a value defined"),
    ],
)  # fmt: skip
def test_the_definitions_refuse(aws: Played, kind: str, spec: dict[str, Any], said: str):
    aws.pass_()
    with pytest.raises(ApiError, match=said):
        aws.make(EKS if kind == "NodeClass" else KARPENTER, kind, "refused", spec=spec)
