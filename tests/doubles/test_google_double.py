"""What Google's double refuses, asked one call at a time as the engine asks it."""

from pathlib import Path
from typing import Any

import pytest

from provider.protocol import Values
from tests.components.born_on_gcp import PROJECT
from tests.doubles import gcp
from tests.doubles.cloud import Cloud
from tests.doubles.double import Double
from tests.doubles.faults import CloudError
from tests.doubles.gcp.access import ACCOUNT, KEY, RING
from tests.doubles.gcp.compute import NETWORK, SUBNET
from tests.doubles.gcp.formats import SERVICE
from tests.doubles.gcp.platform import BUCKET, CACHE, CLUSTER
from tests.doubles.in_process import asked

HERE = {"project": PROJECT, "location": "europe-west1"}
MEMBER = "gcp:projects/iAMMember:IAMMember"


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    return Cloud(tmp_path / "gcp.sqlite")


@pytest.fixture
def double(cloud: Cloud) -> Double:
    double = gcp.double(cloud)
    double.configure(Values({"region": "europe-west1", "project": PROJECT}))
    return double


def made(double: Double, token: str, inputs: dict[str, Any], name: str = "it") -> str:
    return double.create(asked(token, name, inputs)).id


def turn_on(double: Double, *apis: str) -> None:
    for api in apis:
        made(double, SERVICE, {"project": PROJECT, "service": f"{api}.googleapis.com"}, api)


@pytest.mark.parametrize(
    ("token", "inputs", "said"),
    [
        (NETWORK, {"name": "Lab"}, "name INVALID_ARGUMENT: must match"),
        (NETWORK, {"name": "lab", "routingMode": "WORLD"}, "routingMode must be one of GLOBAL, REGIONAL, got 'WORLD'"),
        (SUBNET, {"name": "lab", "network": "n", "ipCidrRange": "10.0.0.1/16"}, "ipCidrRange INVALID_ARGUMENT"),
        (SERVICE, {"service": "computes.googleapis.com"}, "service NOT_FOUND: service 'computes.googleapis.com'"),
        (ACCOUNT, {"accountId": "short"}, "accountId INVALID_ARGUMENT: must have 6 to 30"),
        (MEMBER, {"project": PROJECT, "role": "roles/king", "member": "user:a@b.c"}, "role INVALID_ARGUMENT"),
        (MEMBER, {"project": PROJECT, "role": "roles/storage.objectViewer", "member": "a@b.c"}, "member INVALID_ARGUMENT"),
        (BUCKET, {"name": "my-google-bucket", "location": "EU"}, "name INVALID_ARGUMENT: Invalid bucket name"),
        (BUCKET, {"name": "lab", "location": "EU", "labels": {"Owner": "me"}}, "labels must be lower case"),
        (BUCKET, {"name": "lab", "location": "EU", "softDeletePolicy": {"retentionDurationSeconds": 0.5}}, "softDeletePolicy/"),
        (CACHE, HERE | {"instanceId": "lab-cache", "shardCount": 1, "nodeType": "HUGE"}, "nodeType INVALID_ARGUMENT"),
        (CLUSTER, {"name": "lab", "minMasterVersion": "1.20"}, "minMasterVersion INVALID_ARGUMENT"),
        (CLUSTER, {"enableAutopilot": True, "initialNodeCount": 3}, "initialNodeCount conflicts with enableAutopilot"),
        (CLUSTER, {"releaseChannel": {"channel": "DAILY"}}, "releaseChannel/channel must be one of"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_with_the_reason(double: Double, token: str, inputs: dict[str, Any], said: str):
    found = [f"{path} {why}" for path, why in double.check(asked(token, "it", inputs)).failures]
    assert any(line.startswith(said) for line in found), found


def test_nothing_is_made_through_an_api_that_is_off(double: Double, cloud: Cloud):
    with pytest.raises(CloudError, match=r"^SERVICE_DISABLED: compute\.googleapis\.com"):
        made(double, NETWORK, {"name": "lab"})
    turn_on(double, "compute")
    assert made(double, NETWORK, {"name": "lab"}) == f"projects/{PROJECT}/global/networks/lab"


def test_ranges_of_pods_and_nodes_lie_apart(double: Double):
    turn_on(double, "compute")
    network = made(double, NETWORK, {"name": "lab"})
    pods = [{"rangeName": "pods", "ipCidrRange": "10.20.128.0/17"}]
    nodes = {"network": network, "name": "nodes", "ipCidrRange": "10.20.0.0/18", "secondaryIpRanges": pods}
    made(double, SUBNET, nodes)
    with pytest.raises(CloudError, match=r"^INVALID_ARGUMENT: 10\.20\.192\.0/24 overlaps 10\.20\.128\.0/17"):
        made(double, SUBNET, {"network": network, "name": "more", "ipCidrRange": "10.20.192.0/24"})


def test_a_customers_key_is_of_use_once_the_agent_has_its_grant(double: Double):
    turn_on(double, "storage", "cloudkms")
    key = made(double, KEY, {"keyRing": made(double, RING, HERE | {"name": "lab"}), "name": "data"})
    bucket = {"name": "lab-models", "location": "EU", "encryption": {"defaultKmsKeyName": key}}
    with pytest.raises(
        CloudError, match=r"^PERMISSION_DENIED: .*gs-project-accounts\.iam\.gserviceaccount\.com may not use"
    ):
        made(double, BUCKET, bucket)
    grant = {"cryptoKeyId": key, "role": "roles/cloudkms.cryptoKeyEncrypterDecrypter", "member": gcp.agent("storage")}
    made(double, gcp.access.USES_KEY, grant)
    assert made(double, BUCKET, bucket) == "lab-models"


def test_a_role_is_given_to_an_account_that_is_there(double: Double):
    turn_on(double, "iam", "cloudresourcemanager")
    member = f"serviceAccount:embedder@{PROJECT}.iam.gserviceaccount.com"
    grant = {"project": PROJECT, "role": "roles/storage.objectViewer", "member": member}
    with pytest.raises(CloudError, match=r"^INVALID_ARGUMENT: Service account .* does not exist"):
        made(double, MEMBER, grant)
    made(double, ACCOUNT, {"accountId": "embedder", "project": PROJECT})
    made(double, MEMBER, grant)


def test_a_ring_cannot_be_deleted_and_keeps_its_name(double: Double, cloud: Cloud):
    turn_on(double, "cloudkms")
    ring = made(double, RING, HERE | {"name": "lab"})
    double.delete(asked(RING, "it", HERE | {"name": "lab"}, id=ring))
    assert [each.id for each in cloud.things(RING, kept=True)] == [ring]
    with pytest.raises(CloudError, match=r"exists already \(a key ring cannot be deleted\)$"):
        made(double, RING, HERE | {"name": "lab"})
