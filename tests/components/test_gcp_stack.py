"""The stacks on Google Cloud as graphs: what no single value of inventories/gcp.yaml says."""

import ipaddress
import json
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pulumi.runtime import mocks

from components.cluster.cloud import load_balancer_url
from tests.components import stacks
from tests.components.born_on_gcp import NUMBER, PROJECT
from tests.components.inventory import dig
from tests.components.recording import DIGEST, Engine, Made

pytestmark = pytest.mark.stack

SCHEMA = json.loads((Path(__file__).parents[2] / "components" / "outputs.schema.json").read_text())
deployed = partial(stacks.deployed, "gcp")


@pytest.fixture(scope="module")
def dev() -> Engine:
    return stacks.plain("gcp", "gcp-dev")


@pytest.fixture(scope="module")
def prod() -> Engine:
    return stacks.plain("gcp", "gcp-prod")


def test_the_outputs_are_those_of_every_platform(dev: Engine):
    jsonschema.validate(dev.outputs, SCHEMA)
    registry = f"europe-west1-docker.pkg.dev/{PROJECT}/tradewind-gcp-dev"
    assert dev.outputs["services"]["embedder"] == {
        "url": "http://entry.elb.example/embedder",
        "namespace": "models",
        "image": f"{registry}/tradewind/embedder@{DIGEST}",
        "replicas": {"min": 1, "max": 3},
    }
    assert dev.one("embedder-image")["username"] == "oauth2accesstoken"


def test_the_longest_names_make_a_title_that_iam_takes():
    from components.identity.gcp import title  # five seconds, which no other test should wait for

    assert title("gcp-dev", "embedder") == "embedder of the Tradewind stack gcp-dev"
    assert len(title("s" * 63, "e" * 40)) == 100


def test_the_kubeconfig_holds_no_credential(dev: Engine):
    config = json.loads(dev.outputs["platform"]["kubeconfig"])
    [user] = config["users"]
    assert set(user["user"]) == {"exec"}
    assert user["user"]["exec"]["command"] == "gke-gcloud-auth-plugin"
    assert config["clusters"][0]["cluster"]["server"] == "https://10.20.64.2"


def registered(stack: str, **written: Any) -> dict[str, Any]:
    """What the engine is asked by each resource's name: its inputs are no more than a part of that."""
    asked: dict[str, Any] = {}
    register = mocks.MockMonitor.RegisterResource

    def listen(self: mocks.MockMonitor, request: Any) -> Any:
        asked[request.name] = request
        return register(self, request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mocks.MockMonitor, "RegisterResource", listen)
        deployed(stack, **written)
    return {name: request for name, request in asked.items() if request.type.startswith("gcp:")}


def test_everything_waits_for_the_apis():
    from components.platforms.gcp_apis import APIS  # five seconds, which no other test should wait for

    apis = {f"apis-{api}" for api in APIS}
    for name, request in registered("gcp-dev", peer=stacks.PEERS["gcp"]).items():
        first = {urn.rpartition("::")[2] for urn in request.dependencies}
        assert name in apis or apis <= first, name


KEPT = {
    *("key-ring", "key-key", "cluster-gke", "cache-valkey", "registry-repository"),
    *("storage-models-bucket", "storage-logs-bucket"),
}


def test_prod_refuses_to_destroy_what_holds_data_and_dev_does_not():
    protected = {name for name, request in registered("gcp-prod").items() if request.protect}
    assert protected == KEPT
    assert not any(request.protect for request in registered("gcp-dev").values())


def test_a_destroy_leaves_what_the_cloud_would_never_give_back():
    left = {name for name, request in registered("gcp-dev").items() if request.retainOnDelete}
    assert left == {"key-ring", "key-key"}
    with_peer = registered("gcp-dev", peer=stacks.PEERS["gcp"])
    left = {name for name, request in with_peer.items() if request.retainOnDelete}
    assert left == {"key-ring", "key-key", "peer-pool", "peer-provider"}


def test_apis_stay_on_when_the_stack_goes(dev: Engine):
    apis = [each.inputs for each in dev.made if each.type == "gcp:projects/service:Service"]
    assert {each["service"] for each in apis} >= {"container.googleapis.com", "memorystore.googleapis.com"}
    assert not any(each["disableOnDestroy"] for each in apis)


def grants(engine: Engine) -> list[Made]:
    return [each for each in engine.made if each.type.startswith("gcp:") and "role" in each.inputs]


def test_no_binding_is_authoritative_or_reaches_everything(dev: Engine):
    for each in grants(dev):
        assert each.type.lower().endswith("iammember"), each.name
        assert each.inputs["role"] not in ("roles/owner", "roles/editor", "roles/viewer"), each.name
        assert each.inputs["role"].startswith("roles/") and "*" not in each.inputs["member"], each.name
        assert not each.inputs["member"].startswith("all"), each.name


def rights(engine: Engine, account: str) -> dict[str, str]:
    """The roles of a Google account by the binding's name."""
    email = f"{account}@{PROJECT}.iam.gserviceaccount.com"
    return {each.name: each.inputs["role"] for each in grants(engine) if email in each.inputs["member"]}


def test_nodes_pull_from_the_one_repository_and_push_to_none(dev: Engine):
    assert rights(dev, "tradewind-gcp-dev-nodes") == {
        "cluster-nodes-role": "roles/container.defaultNodeServiceAccount",
        "registry-nodes-read": "roles/artifactregistry.reader",
    }
    assert dev.one("registry-nodes-read")["repository"] == "tradewind-gcp-dev"


def test_a_service_has_two_rights_and_each_is_limited(dev: Engine):
    found = rights(dev, "tradewind-gcp-dev-embedder")
    assert set(found.values()) == {"roles/storage.objectViewer", "roles/memorystore.dbConnectionUser"}
    assert all(dev.one(name)["condition"]["expression"] for name in found)
    account = dev.object("ServiceAccount", "embedder")
    email = f"tradewind-gcp-dev-embedder@{PROJECT}.iam.gserviceaccount.com"
    assert account["metadata"]["annotations"] == {"iam.gke.io/gcp-service-account": email}
    acts = dev.one("embedder-identity-binding")
    assert acts["member"] == f"serviceAccount:{PROJECT}.svc.id.goog[models/embedder]"
    assert acts["serviceAccountId"].endswith(f"/{email}")


def test_each_service_that_encrypts_may_use_the_key(dev: Engine):
    members = {each.inputs["member"] for each in grants(dev) if "cryptoKeyId" in each.inputs}
    agents = (
        "gcp-sa-container",
        "gcp-sa-artifactregistry",
        "gcp-sa-memorystore",
        "compute-system",
        "gs-project-accounts",
    )
    assert members == {f"serviceAccount:service-{NUMBER}@{agent}.iam.gserviceaccount.com" for agent in agents}


KEYS = {
    "cluster-gke": ("databaseEncryption/keyName", "clusterAutoscaling/autoProvisioningDefaults/bootDiskKmsKey"),
    "cache-valkey": ("kmsKey",),
    "registry-repository": ("kmsKeyName",),
    "storage-models-bucket": ("encryption/defaultKmsKeyName",),
    "storage-logs-bucket": ("encryption/defaultKmsKeyName",),
}


@pytest.mark.parametrize(("resource", "path"), [(name, path) for name, paths in KEYS.items() for path in paths])
def test_what_is_kept_is_under_the_stacks_key(dev: Engine, resource: str, path: str):
    assert dig(dev.one(resource), path) == "key-key-id"


@pytest.mark.parametrize("cidr", ["10.20.0.0/16", "192.168.16.0/20"])
def test_no_two_ranges_overlap_and_all_lie_in_the_network(cidr: str):
    subnets = [each.inputs for each in deployed("gcp-dev", network_cidr=cidr).made if "ipCidrRange" in each.inputs]
    more = [each for subnet in subnets for each in subnet["secondaryIpRanges"]]
    found = [ipaddress.IPv4Network(each["ipCidrRange"]) for each in [*subnets, *more]]
    assert len(found) == 4
    assert not any(a.overlaps(b) for a in found for b in found if a is not b)
    outside = [str(each) for each in found if not each.subnet_of(ipaddress.IPv4Network(cidr))]
    assert outside == ["172.20.0.0/20"]
    assert all(each["privateIpGoogleAccess"] and each["logConfig"]["flowSampling"] == 1 for each in subnets)


def test_prod_protects_what_holds_data_and_dev_does_not(dev: Engine, prod: Engine):
    for name, path, kept in (
        ("cluster-gke", "deletionProtection", True),
        ("cache-valkey", "deletionProtectionEnabled", True),
        ("storage-models-bucket", "forceDestroy", False),
    ):
        assert (dig(prod.one(name), path), dig(dev.one(name), path)) == (kept, not kept)
    assert deployed("gcp-prod", protect="false").one("cluster-gke")["deletionProtection"] is False


def test_administrators_reach_the_api_server_only_from_where_the_stack_says(dev: Engine):
    closed = dev.one("cluster-gke")
    assert closed["privateClusterConfig"]["enablePrivateEndpoint"] is True
    opened = deployed("gcp-dev", admin_cidrs='["203.0.113.7/32"]').one("cluster-gke")
    assert opened["privateClusterConfig"]["enablePrivateEndpoint"] is False
    blocks = [each["cidrBlock"] for each in opened["masterAuthorizedNetworksConfig"]["cidrBlocks"]]
    assert blocks == ["10.20.0.0/16", "203.0.113.7/32"]
    assert opened["masterAuthorizedNetworksConfig"]["gcpPublicCidrsAccessEnabled"] is False


def test_autopilot_gets_what_it_asks_for():
    from components.platforms.gcp_services import SIZES  # as above

    for size in SIZES.values():
        assert (size.cpu_request, size.memory_request) == (size.cpu_limit, size.memory_limit)


def test_an_internal_load_balancer_has_an_address_and_no_name():
    assert load_balancer_url({"loadBalancer": {"ingress": [{"ip": "10.20.0.9"}]}}) == "http://10.20.0.9"


def test_a_cache_without_an_authority_has_no_certificates():
    from components.cache.gcp import bundle  # as above

    assert bundle([]) == "\n"
