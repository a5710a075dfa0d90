"""Node classes and pools of Auto Mode are ready when what they name is there; then, and only then, nodes come."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from airgap.kubernetes_provider.cluster import Object
from components.cluster.aws import node_pool
from tests.doubles.aws import ec2, iam
from tests.doubles.cloud import Thing
from tests.doubles.clusters.conftest import REGION
from tests.doubles.clusters.machines import POOL
from tests.doubles.clusters.nodes import ACCESS_ENTRY, EKS, KARPENTER
from tests.doubles.clusters.played import Played
from tests.doubles.gcp.platform import CLUSTER

pytestmark = pytest.mark.cluster

Tidy = Callable[[Object], Object]

CLASS: dict[str, Any] = {
    "role": "nodes",
    "subnetSelectorTerms": [{"id": "subnet-0"}, {"id": "subnet-1"}],
    "securityGroupSelectorTerms": [{"id": "sg-0c1"}],
    "networkPolicy": "DefaultAllow",
    "networkPolicyEventLogs": "Enabled",
}


@pytest.fixture
def born(aws: Played) -> Played:
    aws.pass_()
    aws.cluster.kind(EKS, "NodeClass", fresh=True)
    return aws


def a_class(played: Played, **spoilt: Any) -> Object:
    return played.make(EKS, "NodeClass", "models", spec={**CLASS, **spoilt})


def a_pool(played: Played, **spoilt: Any) -> Object:
    return played.make(KARPENTER, "NodePool", "models", spec={**node_pool("amd64"), **spoilt})


def asking(**requirements: list[str]) -> dict[str, Any]:
    spec = node_pool("amd64")["template"]
    assert isinstance(spec, dict)
    asked = [{"key": key, "operator": "In", "values": values} for key, values in requirements.items()]
    return {"template": {"spec": {**spec["spec"], "requirements": asked}}}


def nodes(played: Played) -> list[Object]:
    return [each for each in played.cluster.list("v1", "Node", None) if POOL in each["metadata"]["labels"]]


def test_a_class_and_a_pool_as_our_stack_has_them_get_two_nodes(born: Played, tidy: Tidy):
    made, pool = tidy(a_class(born)), tidy(a_pool(born))
    born.pass_()
    assert set(born.told(made).values()) == {
        ("True", "SubnetsReady"), ("True", "SecurityGroupsReady"), ("True", "InstanceProfileReady"), ("True", "Ready"),
    }  # fmt: skip
    assert born.told(pool, "Ready") == {"Ready": ("True", "Ready")}
    found = nodes(born)
    assert len(found) == 2
    assert {each["metadata"]["labels"]["topology.kubernetes.io/zone"] for each in found} == {"eu-west-1a", "eu-west-1b"}
    for each in found:
        labels = each["metadata"]["labels"]
        assert labels["kubernetes.io/arch"] == "amd64" and labels["kubernetes.io/os"] == "linux"
        assert labels[POOL] == "models" and labels["node.kubernetes.io/instance-type"] == "c6i.2xlarge"
        assert each["metadata"]["annotations"]["kwok.x-k8s.io/node"] == "fake"
        assert each["status"]["capacity"]["cpu"] == "8" and each["status"]["allocatable"]["pods"] == "58"


@pytest.mark.parametrize(
    ("spoilt", "condition", "said"),
    [
        ({"role": "nobody"}, "InstanceProfileReady", "Role nobody not found"),
        ({"subnetSelectorTerms": [{"id": "subnet-0"}, {"id": "subnet-9"}]}, "SubnetsReady", "did not match any Subnets: {'id': 'subnet-9'}"),
        ({"subnetSelectorTerms": [{"tags": {"kind": "public"}}]}, "SubnetsReady", "did not match any Subnets"),
        ({"securityGroupSelectorTerms": [{"id": "sg-404"}]}, "SecurityGroupsReady", "did not match any SecurityGroups"),
        ({"securityGroupSelectorTerms": [{"name": "other"}]}, "SecurityGroupsReady", "did not match any SecurityGroups"),
    ],
)  # fmt: skip
def test_what_a_class_names_has_to_be_there(
    born: Played, tidy: Tidy, spoilt: dict[str, Any], condition: str, said: str
):
    made, pool = tidy(a_class(born, **spoilt)), tidy(a_pool(born))
    born.pass_()
    assert born.told(made)[condition][0] == "False" and said in born.message(made, condition)
    assert born.told(made)["Ready"] == ("False", "UnhealthyDependents") and said in born.message(made, "Ready")
    assert born.told(pool)["NodeClassReady"] == ("False", "NodeClassNotReady")
    assert nodes(born) == []


def test_what_comes_later_makes_it_ready(born: Played, tidy: Tidy):
    made, pool = tidy(a_class(born, role="late")), tidy(a_pool(born))
    born.pass_()
    born.where.store.put(Thing(token=iam.ROLE, id="late", inputs={"name": "late"}, outputs={}))
    arn = {"principalArn": "arn:aws:iam::123456789012:role/late"}
    born.where.store.put(Thing(token=ACCESS_ENTRY, id="lab:late", inputs=arn, outputs={}))
    born.pass_()
    assert born.told(made)["Ready"][0] == born.told(pool)["Ready"][0] == "True" and len(nodes(born)) == 2


def test_things_are_found_by_their_tags(born: Played, tidy: Tidy):
    groups = [{"tags": {"aws:eks:cluster-name": "lab"}}]
    made = tidy(a_class(born, subnetSelectorTerms=[{"tags": {"kind": "private"}}], securityGroupSelectorTerms=groups))
    born.pass_()
    assert born.told(made)["Ready"][0] == "True"


def test_nodes_with_a_role_that_the_cluster_does_not_let_in_never_register(born: Played, tidy: Tidy):
    tidy(a_class(born, role="strangers"))
    pool = tidy(a_pool(born))
    born.pass_(times=2)
    assert nodes(born) == []
    assert "no access entry of the cluster lets in nodes with the role strangers" in born.events(pool)[0]


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        (asking(**{"kubernetes.io/arch": ["x86_64"]}), "kubernetes.io/arch has no value x86_64"),
        (asking(**{"karpenter.sh/capacity-type": ["ondemand"]}), "karpenter.sh/capacity-type has no value ondemand"),
        (
            asking(**{"topology.kubernetes.io/zone": ["us-east-1a"]}),
            "topology.kubernetes.io/zone has no value us-east-1a",
        ),
        (asking(**{"karpenter.k8s.aws/instance-category": ["c"]}), "is not supported by EKS Auto Mode"),
        (asking(**{"kubernetes.io/os": ["linux"]}), "label kubernetes.io/os is not supported"),
    ],
)
def test_requirements_that_no_machine_meets_are_named(born: Played, tidy: Tidy, spoilt: dict[str, Any], said: str):
    tidy(a_class(born))
    pool = tidy(a_pool(born, **spoilt))
    born.pass_()
    assert born.told(pool)["ValidationSucceeded"][0] == "False" and said in born.message(pool, "ValidationSucceeded")
    assert born.told(pool)["Ready"][0] == "False" and nodes(born) == []


def test_a_label_that_no_node_may_have_is_told(born: Played, tidy: Tidy):
    tidy(a_class(born))
    template = {**asking()["template"], "metadata": {"labels": {"team": "not/allowed"}}}
    pool = tidy(a_pool(born, template=template))
    born.pass_()
    assert nodes(born) == [] and "team" not in born.told(pool) and "Invalid value" in born.events(pool)[0]


def test_a_class_that_is_not_there_is_named(born: Played, tidy: Tidy):
    pool = tidy(a_pool(born))
    born.pass_()
    assert born.told(pool)["NodeClassReady"] == ("False", "NodeClassNotFound")
    assert "NodeClass.eks.amazonaws.com models not found" in born.message(pool, "Ready")


def test_nodes_follow_their_pool(born: Played, tidy: Tidy):
    tidy(a_class(born))
    pool = a_pool(born)
    born.pass_()
    before = {each["metadata"]["name"] for each in nodes(born)}
    a_pool(born, **asking(**{"kubernetes.io/arch": ["arm64"]}))
    born.pass_()
    assert {each["metadata"]["labels"]["kubernetes.io/arch"] for each in nodes(born)} == {"arm64"}
    assert not before & {each["metadata"]["name"] for each in nodes(born)}
    a_pool(born, limits={"cpu": "8"})
    born.pass_()
    assert len(nodes(born)) == 1
    born.end(pool)
    born.pass_()
    assert nodes(born) == []


def test_autopilots_nodes_are_there_at_once(gcp: Played):
    gcp.pass_(times=2)
    found = [each for each in gcp.cluster.list("v1", "Node", None) if each["metadata"]["name"].startswith("gk3-")]
    zones = {each["metadata"]["labels"]["topology.kubernetes.io/zone"] for each in found}
    assert len(found) == 2 and all(each.startswith(REGION["gcp"]) for each in zones) and len(zones) == 2
    assert gcp.where.itself(CLUSTER)


def test_a_subnet_that_goes_makes_its_class_unready_and_leaves_the_nodes(born: Played, tidy: Tidy):
    made = tidy(a_class(born))
    tidy(a_pool(born))
    born.pass_()
    born.where.store.remove(ec2.SUBNET, "subnet-1")
    born.pass_()
    assert born.told(made)["Ready"][0] == "False" and len(nodes(born)) == 2


def test_another_cluster_of_the_account_is_not_this_one(aws: Played):
    store = aws.where.store
    store.put(Thing(token="aws:eks/cluster:Cluster", id="other", inputs={}, outputs={}))
    assert replace(aws.where, cluster="other").itself("aws:eks/cluster:Cluster") == store.get(
        "aws:eks/cluster:Cluster", "other"
    )
