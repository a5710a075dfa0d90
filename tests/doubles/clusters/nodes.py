"""EKS Auto Mode's node classes and node pools: whether what they name exists, and makes sense."""

from pathlib import Path
from typing import Any

import yaml

from airgap.kubernetes_provider.cluster import Object
from airgap.kubernetes_provider.errors import ApiError
from tests.doubles.aws import ec2, eks, iam
from tests.doubles.clusters import machines
from tests.doubles.clusters.requirements import nonsense
from tests.doubles.clusters.stage import PLAYER, Stage
from tests.doubles.clusters.statuses import Told, conditions, holds

EKS, KARPENTER = "eks.amazonaws.com/v1", "karpenter.sh/v1"
DEFINITIONS = [Path(__file__).with_name("manifests") / f"{kinds}.yaml" for kinds in ("nodeclasses", "nodepools")]
ACCESS_ENTRY = "aws:eks/accessEntry:AccessEntry"


def definitions(stage: Stage) -> None:
    """Both kinds are served from the cluster's birth."""
    known = {each["metadata"]["name"] for each in stage.all("apiextensions.k8s.io/v1", "CustomResourceDefinition")}
    for file in DEFINITIONS:
        body = yaml.safe_load(file.read_text())
        if body["metadata"]["name"] not in known:
            stage.cluster.apply(body, PLAYER, force=True)


def classes(stage: Stage) -> None:
    for each in stage.all(EKS, "NodeClass"):
        spec, store = each["spec"], stage.where.store
        subnets = [{"id": found.id, "tags": found.inputs.get("tags") or {}} for found in store.things(ec2.SUBNET)]
        roles = {found.inputs["name"] for found in store.things(iam.ROLE)}
        told = {
            "SubnetsReady": _selected("Subnet", spec["subnetSelectorTerms"], subnets),
            "SecurityGroupsReady": _selected("SecurityGroup", spec["securityGroupSelectorTerms"], _groups(stage)),
            "InstanceProfileReady": (True, "InstanceProfileReady", "")
            if spec.get("role") in roles
            else (False, "NodeRoleNotFound", f"Role {spec.get('role')} not found"),
        }
        _report(stage, each, told)


def pools(stage: Stage) -> None:
    """A pool that is ready gets its nodes; whose role the cluster does not let in stays without."""
    for each in stage.all(KARPENTER, "NodePool"):
        template = each["spec"]["template"]["spec"]
        problems = list(nonsense(template["requirements"], stage.where.region))
        valid = (
            not problems,
            "ValidationSucceeded" if not problems else "NodePoolValidationFailed",
            "; ".join(problems),
        )
        found = _class_of(stage, template["nodeClassRef"])
        _report(stage, each, {"ValidationSucceeded": valid, "NodeClassReady": _usable(template["nodeClassRef"], found)})
        if found and holds(each, "Ready"):
            if may_join(stage, found["spec"].get("role", "")):
                _launch(stage, each)
            else:
                role = found["spec"].get("role")
                stage.warn(
                    each, "NodesNotRegistered", f"no access entry of the cluster lets in nodes with the role {role}"
                )
    machines.without_pool(stage, {each["metadata"]["name"] for each in stage.all(KARPENTER, "NodePool")})


def _launch(stage: Stage, pool: Object) -> None:
    try:
        machines.of_pool(stage, pool)
    except ApiError as error:  # of a label or taint that no node may have
        stage.warn(pool, "NodeRegistrationFailed", str(error))


def may_join(stage: Stage, role: str) -> bool:
    """EKS makes an access entry for its own pools' role alone."""
    itself = stage.where.itself(eks.CLUSTER)
    own = (itself.inputs.get("computeConfig") or {}).get("nodeRoleArn", "") if itself else ""
    entries = [each.inputs["principalArn"] for each in stage.where.store.things(ACCESS_ENTRY)]
    return any(arn.rpartition("/")[2] == role for arn in (own, *entries))


def _groups(stage: Stage) -> list[dict[str, Any]]:
    """Security groups; EKS makes one with each cluster."""
    store = stage.where.store
    made = [
        {"id": each.id, "name": each.inputs.get("name", ""), "tags": each.inputs.get("tags") or {}}
        for each in store.things(ec2.GROUP)
    ]
    born = [
        {
            "id": each.outputs["vpcConfig"]["clusterSecurityGroupId"],
            "name": f"eks-cluster-sg-{each.id}",
            "tags": {"aws:eks:cluster-name": each.id, f"kubernetes.io/cluster/{each.id}": "owned"},
        }
        for each in store.things(eks.CLUSTER)
    ]
    return made + born


def _selected(what: str, terms: list[dict[str, Any]], there: list[dict[str, Any]]) -> Told:
    """Karpenter is content when one term picks something; a term that picks nothing is a mistake all the same."""
    idle = [term for term in terms if not any(_fits(term, each) for each in there)]
    if idle:
        return False, f"{what}sNotFound", f"{what}Selector did not match any {what}s: {', '.join(map(str, idle))}"
    return True, f"{what}sReady", ""


def _fits(term: dict[str, Any], one: dict[str, Any]) -> bool:
    if "tags" in term:
        return all(
            one["tags"].get(key) == value or (value == "*" and key in one["tags"])
            for key, value in term["tags"].items()
        )
    return all(one.get(key) == value for key, value in term.items())


def _class_of(stage: Stage, reference: dict[str, str]) -> Object | None:
    if (reference["group"], reference["kind"]) != (EKS.partition("/")[0], "NodeClass"):
        return None
    return stage.find(EKS, "NodeClass", None, reference["name"])


def _usable(reference: dict[str, str], found: Object | None) -> Told:
    if found is None:
        return (
            False,
            "NodeClassNotFound",
            f"{reference['kind']}.{reference['group']} {reference['name']} not found on cluster",
        )
    if not holds(found, "Ready"):
        return False, "NodeClassNotReady", f"NodeClass {reference['name']} is not ready"
    return True, "NodeClassReady", ""


def _report(stage: Stage, live: Object, told: dict[str, Told]) -> None:
    """Its conditions, and Ready as what they come to; the message says what is missing where Karpenter's would not."""
    bad = [f"{kind}=False ({message})" for kind, (fine, _, message) in told.items() if not fine]
    ready = (False, "UnhealthyDependents", ", ".join(bad)) if bad else (True, "Ready", "")
    before = (live.get("status") or {}).get("conditions") or []
    stage.report(live, {"conditions": conditions(live, {**told, "Ready": ready}, before)})
