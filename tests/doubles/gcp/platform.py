"""Rows of what stands in a network: cluster, cache, registry, buckets."""

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Any

from tests.doubles.gcp.access import ACCOUNT, KEY, agent_may_use
from tests.doubles.gcp.compute import NETWORK, OF_NETWORK, POLICY, SUBNET
from tests.doubles.gcp.formats import api_is_on, path
from tests.doubles.rows import Facts, Reference, Row, values_at

CLUSTER, CACHE = "gcp:container/cluster:Cluster", "gcp:memorystore/instance:Instance"
REPOSITORY, BUCKET = "gcp:artifactregistry/repository:Repository", "gcp:storage/bucket:Bucket"

MINORS = ("1.32", "1.33", "1.34")
"""https://cloud.google.com/kubernetes-engine/docs/release-schedule"""

CACHE_VALUES: Mapping[str, tuple[str, ...]] = {
    "nodeType": ("SHARED_CORE_NANO", "STANDARD_SMALL", "HIGHMEM_MEDIUM", "HIGHMEM_XLARGE"),
    "mode": ("CLUSTER", "CLUSTER_DISABLED"),
    "engineVersion": ("VALKEY_7_2", "VALKEY_8_0", "VALKEY_9_0"),
    "authorizationMode": ("AUTH_DISABLED", "IAM_AUTH"),
    "transitEncryptionMode": ("TRANSIT_ENCRYPTION_DISABLED", "SERVER_AUTHENTICATION"),
    "serverCaMode": (
        "GOOGLE_MANAGED_PER_INSTANCE_CA",
        "GOOGLE_MANAGED_SHARED_CA",
        "CUSTOMER_MANAGED_CAS_CA",
    ),
    "zoneDistributionConfig": ("MULTI_ZONE", "SINGLE_ZONE"),
}
"""https://cloud.google.com/memorystore/docs/valkey/reference/rest/v1/projects.locations.instances"""

BUCKET_NAME = re.compile(r"(?!goog)(?!.*google)[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")
"""https://cloud.google.com/storage/docs/buckets#naming"""

MEMORYSTORE = "no discovery document of Memorystore for Valkey is in the client"


def known_minor(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    if not inputs.get("minMasterVersion", MINORS[0]).startswith(MINORS):
        yield "minMasterVersion", f"INVALID_ARGUMENT: no version {inputs['minMasterVersion']!r} in this channel"


def cluster_name(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    if not re.fullmatch(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?", inputs.get("name", "name")):
        yield "name", f"INVALID_ARGUMENT: must have at most 40 lower case letters, digits and -, got {inputs['name']!r}"


def autopilot_decides(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """What the provider refuses beside enable_autopilot."""
    if inputs.get("enableAutopilot"):
        for name in ("workloadIdentityConfig", "nodeConfig", "removeDefaultNodePool", "initialNodeCount"):
            if name in inputs:
                yield name, "conflicts with enableAutopilot"


def ranges_are_the_subnets(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    subnet = facts.cloud.get(SUBNET, inputs.get("subnetwork", ""))
    names = values_at(subnet.inputs, "secondaryIpRanges/*/rangeName") if subnet else []
    for name, range_name in inputs.get("ipAllocationPolicy", {}).items():
        if name.endswith("SecondaryRangeName") and range_name not in names:
            yield (
                f"ipAllocationPolicy/{name}",
                f"INVALID_ARGUMENT: the subnetwork has no secondary range {range_name!r}",
            )


def cache_values(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    for name, allowed in CACHE_VALUES.items():
        found = inputs.get(name)
        value = found.get("mode") if isinstance(found, Mapping) else found
        if value is not None and value not in allowed:
            yield name, f"INVALID_ARGUMENT: must be one of {', '.join(allowed)}, got {value!r}"


def cache_counts(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://cloud.google.com/memorystore/docs/valkey/about-ha-replicas"""
    if not re.fullmatch(r"[a-z]([a-z0-9-]{2,61}[a-z0-9])", inputs.get("instanceId", "valkey")):
        yield "instanceId", f"INVALID_ARGUMENT: must have 4 to 63 lower case letters, got {inputs['instanceId']!r}"
    if not 0 <= inputs.get("replicaCount", 0) <= 5:
        yield "replicaCount", f"INVALID_ARGUMENT: must be 0 to 5, got {inputs['replicaCount']}"
    if inputs.get("mode") == "CLUSTER_DISABLED" and inputs.get("shardCount", 1) != 1:
        yield "shardCount", f"INVALID_ARGUMENT: must be 1 without cluster mode, got {inputs['shardCount']}"


def connection_policy(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """Caches get their addresses only where a policy of the network lets them."""
    covered = [
        each.inputs["network"]
        for each in facts.cloud.things(POLICY)
        if (each.inputs["serviceClass"], each.inputs["location"]) == ("gcp-memorystore", inputs["location"])
    ]
    for network in values_at(inputs, "desiredAutoCreatedEndpoints/*/network"):
        if network not in covered:
            yield "desiredAutoCreatedEndpoints", f"FAILED_PRECONDITION: no service connection policy for {network}"


def bucket_name(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    if not BUCKET_NAME.fullmatch(inputs.get("name", "name")):
        yield "name", f"INVALID_ARGUMENT: Invalid bucket name: {inputs['name']!r}"


def _cluster(facts: Facts) -> dict[str, Any]:
    authority = base64.b64encode(b"no certificate: this double runs no API server").decode()
    client = {"clientCertificate": "", "clientKey": "", "clientCertificateConfig": {"issueClientCertificate": False}}
    return {
        "endpoint": "10.20.64.2",
        "masterAuth": {"clusterCaCertificate": authority, **client},
        "masterVersion": f"{facts.inputs.get('minMasterVersion', MINORS[-1])}.1-gke.1000",
        "selfLink": f"https://container.googleapis.com/v1/{facts.id}",
    }


def _cache(facts: Facts) -> dict[str, Any]:
    def connection(kind: str, address: str) -> dict[str, Any]:
        return {"pscAutoConnection": {"connectionType": f"CONNECTION_TYPE_{kind}", "ipAddress": address, "port": 6379}}

    connections = [connection("READER", "10.20.64.4"), connection("PRIMARY", "10.20.64.3")]
    return {
        "name": facts.id,
        "state": "ACTIVE",
        "endpoints": [{"connections": connections}],
        "managedServerCas": [{"caCerts": [{"certificates": ["no certificate: this double runs no cache"]}]}],
    }


ROWS: Mapping[str, Row] = {
    CLUSTER: Row(
        id=path("projects/{project}/locations/{location}/clusters/{name}"),
        outputs=_cluster,
        serves=lambda served: {
            "endpoint": served.address,
            "masterAuth": {"clusterCaCertificate": served.authority},
        },
        api=("container:v1:Cluster",),
        renames={
            "datapathProvider": "networkConfig.datapathProvider",
            "minMasterVersion": "initialClusterVersion",
            "gatewayApiConfig": "networkConfig.gatewayApiConfig",
            "enableAutopilot": "autopilot.enabled",
            "clusterAutoscaling": "autoscaling",
            "clusterAutoscaling/autoProvisioningDefaults": "autoprovisioningNodePoolDefaults",
            "loggingConfig/enableComponents": "componentConfig.enableComponents",
            "monitoringConfig/enableComponents": "componentConfig.enableComponents",
            "monitoringConfig/managedPrometheus": "managedPrometheusConfig",
            "maintenancePolicy/recurringWindow": "window.recurringWindow",
            "maintenancePolicy/recurringWindow/startTime": "window.startTime",
            "maintenancePolicy/recurringWindow/endTime": "window.endTime",
        },
        unchecked={
            "deletionProtection": "the provider's own",
            "maintenancePolicy/maintenanceExclusions": "a map by name in the API, a list here",
        },
        refers=(
            OF_NETWORK,
            Reference(path="subnetwork", tokens=(SUBNET,)),
            Reference(path="privateClusterConfig/privateEndpointSubnetwork", tokens=(SUBNET,)),
            Reference(path="databaseEncryption/keyName", tokens=(KEY,), holds=False),
            Reference(path="clusterAutoscaling/autoProvisioningDefaults/bootDiskKmsKey", tokens=(KEY,), holds=False),
            Reference(
                path="clusterAutoscaling/autoProvisioningDefaults/serviceAccount", tokens=(ACCOUNT,), output="email"
            ),
        ),
        unique=("project", "location", "name"),
        rules=(known_minor, cluster_name, autopilot_decides),
        conflicts=(
            api_is_on("container"),
            ranges_are_the_subnets,
            agent_may_use("databaseEncryption/keyName", "container"),
            agent_may_use("clusterAutoscaling/autoProvisioningDefaults/bootDiskKmsKey", "compute"),
        ),
        replaces=frozenset({"name", "location", "network", "subnetwork", "enableAutopilot", "datapathProvider"}),
        refuses_deletion=lambda inputs: (
            "cannot destroy cluster without setting deletion_protection=false and running `pulumi up`"
            if inputs.get("deletionProtection", True)
            else None
        ),
    ),
    CACHE: Row(
        id=path("projects/{project}/locations/{location}/instances/{instanceId}"),
        outputs=_cache,
        unchecked={
            "automatedBackupConfig": MEMORYSTORE,
            "deletionProtectionEnabled": MEMORYSTORE,
        },
        ruled=frozenset({"instanceId", "shardCount", "replicaCount", *CACHE_VALUES}),
        refers=(
            Reference(path="kmsKey", tokens=(KEY,), holds=False),
            Reference(path="desiredAutoCreatedEndpoints/*/network", tokens=(NETWORK,)),
        ),
        unique=("project", "location", "instanceId"),
        rules=(cache_values, cache_counts),
        conflicts=(api_is_on("memorystore"), connection_policy, agent_may_use("kmsKey", "memorystore")),
        replaces=frozenset({"instanceId", "location", "kmsKey", "authorizationMode", "transitEncryptionMode", "mode"}),
        refuses_deletion=lambda inputs: (
            "FAILED_PRECONDITION: the instance has deletion protection"
            if inputs.get("deletionProtectionEnabled")
            else None
        ),
    ),
    REPOSITORY: Row(
        id=path("projects/{project}/locations/{location}/repositories/{repositoryId}"),
        outputs=lambda facts: {
            "name": facts.inputs["repositoryId"],
            "registryUri": f"{facts.region}-docker.pkg.dev/{facts.account}/{facts.inputs['repositoryId']}",
        },
        api=("artifactregistry:v1:Repository",),
        renames={"repositoryId": "name"},
        unchecked={"cleanupPolicies": "a map by id in the API, a list here"},
        refers=(Reference(path="kmsKeyName", tokens=(KEY,), holds=False),),
        unique=("project", "location", "repositoryId"),
        conflicts=(api_is_on("artifactregistry"), agent_may_use("kmsKeyName", "artifactregistry")),
        replaces=frozenset({"repositoryId", "location", "format", "kmsKeyName"}),
    ),
    BUCKET: Row(
        id=path("{name}"),
        outputs=lambda facts: {
            "url": f"gs://{facts.id}",
            "selfLink": f"https://www.googleapis.com/storage/v1/b/{facts.id}",
        },
        api=("storage:v1:Bucket",),
        renames={
            "uniformBucketLevelAccess": "iamConfiguration.uniformBucketLevelAccess.enabled",
            "publicAccessPrevention": "iamConfiguration.publicAccessPrevention",
            "lifecycleRules": "lifecycle.rule",
            "logging/logBucket": "logBucket",
        },
        unchecked={
            "forceDestroy": "the provider's own: it empties the bucket first",
            "lifecycleRules/condition/withState": "three states here, isLive with two in the API",
        },
        refers=(
            Reference(path="encryption/defaultKmsKeyName", tokens=(KEY,), holds=False),
            Reference(path="logging/logBucket", tokens=(BUCKET,), output="name"),
        ),
        unique=("name",),
        rules=(bucket_name,),
        conflicts=(api_is_on("storage"), agent_may_use("encryption/defaultKmsKeyName", "storage")),
        replaces=frozenset({"name", "location", "project"}),
    ),
}
