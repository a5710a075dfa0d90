"""Rows of workload identity federation: pools, and the providers whose tokens they know."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tests.doubles.cloud import Cloud
from tests.doubles.faults import CloudError
from tests.doubles.gcp.formats import NUMBER, api_is_on, path
from tests.doubles.rows import Facts, Reference, Row, Rule

POOL = "gcp:iam/workloadIdentityPool:WorkloadIdentityPool"
PROVIDER = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"

KEPT = "what was deleted can be had back for thirty days, and its name is taken until then"
"""https://cloud.google.com/iam/docs/manage-workload-identity-pools-providers"""

POOL_PATH = "projects/{project}/locations/global/workloadIdentityPools/{workloadIdentityPoolId}"
PROVIDER_PATH = f"{POOL_PATH}/providers/{{workloadIdentityPoolProviderId}}"

LONGEST_TITLE, MOST_AUDIENCES, LONGEST_AUDIENCE = 32, 10, 256
"""https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers"""


def fit_id(name: str) -> Rule:
    """https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools/create"""

    def rule(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
        if not re.fullmatch(r"(?!gcp-)[a-z0-9-]{4,32}", inputs.get(name, "pool")):
            yield name, f"INVALID_ARGUMENT: must be 4 to 32 of a-z, 0-9 and -, not after gcp-, got {inputs[name]!r}"

    return rule


def fit_title(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    if len(inputs.get("displayName", "")) > LONGEST_TITLE:
        yield "displayName", f"INVALID_ARGUMENT: must have at most {LONGEST_TITLE} characters"


def fit_tokens(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    oidc = inputs.get("oidc", {})
    if not oidc.get("issuerUri", "https://").startswith("https://"):
        yield "oidc/issuerUri", f"INVALID_ARGUMENT: must be an https:// address, got {oidc['issuerUri']!r}"
    audiences = oidc.get("allowedAudiences", [])
    if len(audiences) > MOST_AUDIENCES or any(len(each) > LONGEST_AUDIENCE for each in audiences):
        yield "oidc/allowedAudiences", f"INVALID_ARGUMENT: at most {MOST_AUDIENCES} of {LONGEST_AUDIENCE} characters"


def fit_expressions(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """The mapping's and the condition's."""
    from tests.doubles.permissions import cel, federation  # half a second to load, and few resources need it

    mapping = inputs.get("attributeMapping", {"google.subject": "assertion.sub"})
    if "google.subject" not in mapping:
        yield "attributeMapping", "INVALID_ARGUMENT: google.subject must be mapped"
    told = [(f"attributeMapping/{key}", text, federation.CLAIMS) for key, text in mapping.items()]
    if condition := inputs.get("attributeCondition"):
        told.append(("attributeCondition", condition, federation.MAPPED))
    for at, text, attributes in told:
        try:
            cel.evaluate(text, attributes, {"assertion": {}, "google": {}, "attribute": {}})
        except cel.Unevaluable:
            pass
        except cel.UnknownExpression as error:
            yield at, f"INVALID_ARGUMENT: {error}"


def named(facts: Facts) -> dict[str, Any]:
    """Google answers with the project's number, whatever it was asked by."""
    return {"name": facts.id.replace(f"projects/{facts.account}/", f"projects/{NUMBER}/"), "state": "ACTIVE"}


ROWS: Mapping[str, Row] = {
    POOL: Row(
        id=path(POOL_PATH),
        outputs=named,
        api=("iam:v1:WorkloadIdentityPool",),
        ruled=frozenset({"workloadIdentityPoolId", "displayName"}),
        unique=("project", "workloadIdentityPoolId"),
        rules=(fit_id("workloadIdentityPoolId"), fit_title),
        conflicts=(api_is_on("iam"),),
        replaces=frozenset({"project", "workloadIdentityPoolId"}),
        kept=KEPT,
    ),
    PROVIDER: Row(
        id=path(PROVIDER_PATH),
        outputs=named,
        api=("iam:v1:WorkloadIdentityPoolProvider",),
        ruled=frozenset({"workloadIdentityPoolProviderId", "attributeMapping", "attributeCondition"}),
        refers=(Reference(path="workloadIdentityPoolId", tokens=(POOL,), output="workloadIdentityPoolId"),),
        unique=("project", "workloadIdentityPoolId", "workloadIdentityPoolProviderId"),
        rules=(fit_id("workloadIdentityPoolProviderId"), fit_tokens, fit_expressions),
        # Its tokens are exchanged there.
        conflicts=(api_is_on("iam"), api_is_on("sts")),
        replaces=frozenset({"project", "workloadIdentityPoolId", "workloadIdentityPoolProviderId"}),
        kept=KEPT,
    ),
}


def found(token: str, pattern: str, cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A pool or a provider as the provider's data source finds it: what is deleted counts as absent.

    https://github.com/hashicorp/terraform-provider-google/blob/main/google/services/iambeta/resource_iam_workload_identity_pool.go
    """
    id = pattern.format(**arguments)
    if there := cloud.get(token, id):
        return {**there.inputs, **there.outputs, "id": id}
    raise CloudError(f"{id} not found")
