"""Clusters of both clouds on the real API server, with the charts of a stack recorded and no controller of them."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from airgap.kubernetes_provider.cluster import Cluster, Object
from provider.protocol import Values
from tests.doubles.aws import domains, ec2, eks, iam
from tests.doubles.cloud import Cloud, Thing
from tests.doubles.clusters.controllers import Where
from tests.doubles.clusters.machines import FAKE
from tests.doubles.clusters.played import Played
from tests.doubles.gcp import compute, platform
from tests.doubles.kubernetes.conftest import GATEWAY, KEDA, PROMETHEUS, a_release, remove_definitions
from tests.doubles.kubernetes.provider import Rehearsed
from tests.support.api_server import ApiServer

REGION = {"aws": "eu-west-1", "gcp": "europe-west1"}
LABELS = {"app": "shop"}
CERTIFIED, UNPROVEN = "ai.example.com", "unproven.example.com"
"""Domains of certificates: the record of one of them is there."""


def certificate(domain: str) -> str:
    return f"arn:aws:acm:{REGION['aws']}:123456789012:certificate/{domain}"


@pytest.fixture(scope="package")
def namespace(api_server: ApiServer) -> Iterator[str]:
    """Where the charts of a stack are recorded, whose definitions and nodes are gone afterwards."""
    cluster = api_server.cluster
    remove_definitions(cluster)
    name = f"t-{uuid.uuid4().hex[:8]}"
    api_server.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    plugin = Rehearsed()
    plugin.configure(Values({"kubeconfig": api_server.kubeconfig}))
    for each in (
        KEDA,
        GATEWAY,
        {**PROMETHEUS, "values": {"server": {"fullnameOverride": "prometheus", "service": {"servicePort": 9090}}}},
    ):
        plugin.create(a_release(each, name))
    yield name
    cluster.request("DELETE", cluster.path("v1", "Secret", name), {"labelSelector": "owner=helm"})
    remove_definitions(cluster)
    remove_nodes(cluster)


def remove_nodes(cluster: Cluster) -> None:
    for each in cluster.list("v1", "Node", None):
        if FAKE.items() <= (each["metadata"].get("annotations") or {}).items():
            cluster.delete("v1", "Node", None, each["metadata"]["name"], "Background")


@pytest.fixture
def aws(api_server: ApiServer, namespace: str, tmp_path: Path) -> Played:
    return Played(api_server, Where(kind="aws", region=REGION["aws"], store=aws_cloud(tmp_path)), namespace)


@pytest.fixture
def gcp(api_server: ApiServer, namespace: str, tmp_path: Path) -> Played:
    return Played(api_server, Where(kind="gcp", region=REGION["gcp"], store=gcp_cloud(tmp_path)), namespace)


def aws_cloud(folder: Path) -> Cloud:
    """A cluster with its network, as the double of AWS would have made them."""
    cloud = Cloud(folder / "aws.sqlite")
    for number, letter in enumerate("abc"):
        tags = {"kubernetes.io/role/internal-elb": "1", "kind": "private"}
        inputs = {"availabilityZone": f"eu-west-1{letter}", "tags": tags}
        cloud.put(Thing(token=ec2.SUBNET, id=f"subnet-{number}", inputs=inputs, outputs={}))
    for domain in (CERTIFIED, UNPROVEN):
        name, value = f"_proof.{domain}", "_answer.acm-validations.aws."
        option = {"resourceRecordName": f"{name}.", "resourceRecordType": "CNAME", "resourceRecordValue": value}
        outputs = {"arn": certificate(domain), "domainValidationOptions": [option]}
        inputs = {"domainName": domain}
        cloud.put(Thing(token=domains.CERTIFICATE, id=certificate(domain), inputs=inputs, outputs=outputs))
    inputs = {
        "zoneId": domains.ZONES["example.com"],
        "name": f"_proof.{CERTIFIED}",
        "type": "CNAME",
        "records": [value],
    }
    cloud.put(Thing(token=domains.RECORD, id="proof", inputs=inputs, outputs={}))
    cloud.put(Thing(token=iam.ROLE, id="nodes", inputs={"name": "nodes"}, outputs={}))
    cloud.put(Thing(token=iam.ROLE, id="strangers", inputs={"name": "strangers"}, outputs={}))
    inputs = {"computeConfig": {"enabled": True, "nodeRoleArn": "arn:aws:iam::123456789012:role/nodes"}}
    outputs = {"vpcConfig": {"clusterSecurityGroupId": "sg-0c1"}}
    cloud.put(Thing(token=eks.CLUSTER, id="lab", inputs=inputs, outputs=outputs))
    return cloud


def gcp_cloud(folder: Path) -> Cloud:
    cloud = Cloud(folder / "gcp.sqlite")
    cloud.put(Thing(token=compute.SUBNET, id="nodes", inputs={"ipCidrRange": "10.30.0.0/24"}, outputs={}))
    cloud.put(Thing(token=platform.CLUSTER, id="lab", inputs={"subnetwork": "nodes"}, outputs={}))
    return cloud


@pytest.fixture
def tidy(aws: Played) -> Iterator[Callable[[Object], Object]]:
    """Ends what it was given."""
    made: list[Object] = []

    def keep(one: Object) -> Object:
        made.append(one)
        return one

    yield keep
    for each in made:
        aws.end(each)
