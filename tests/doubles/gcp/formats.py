"""What Google Cloud's ids, links and accounts look like."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.doubles.cloud import Cloud
from tests.doubles.faults import CloudError
from tests.doubles.rows import Facts, Rule

NUMBER = "123456789012"
"""Of the project."""

SERVICE = "gcp:projects/service:Service"

AGENTS = {
    "compute": "compute-system",
    "container": "container-engine-robot",
    "storage": "gs-project-accounts",
    "artifactregistry": "gcp-sa-artifactregistry",
    "memorystore": "gcp-sa-memorystore",
    "secretmanager": "gcp-sa-secretmanager",
}
"""Google's own accounts in a project, by service: https://cloud.google.com/iam/docs/service-agents"""


def agent(service: str) -> str:
    return f"serviceAccount:service-{NUMBER}@{AGENTS[service]}.iam.gserviceaccount.com"


def path(pattern: str) -> Callable[[Facts], str]:
    """The id as the import line of the SDK has it; `{project}`, `{region}` and inputs are filled in."""
    return lambda facts: pattern.format(**{**facts.inputs, "project": facts.account, "region": facts.region})


def link(facts: Facts) -> str:
    return f"https://www.googleapis.com/compute/v1/{facts.id}"


def require_on(cloud: Cloud, project: str, api: str, title: str) -> None:
    """Of a lookup, in the API's words."""
    on = {thing.inputs["service"] for thing in cloud.things(SERVICE) if thing.inputs["project"] == project}
    if f"{api}.googleapis.com" not in on:
        raise CloudError(
            f"googleapi: Error 403: {title} has not been used in project {project} before or it is disabled. "
            "SERVICE_DISABLED"
        )


def api_is_on(api: str) -> Rule:
    """A conflict: Google answers nothing for an API that the project has not turned on."""

    def rule(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
        on = {thing.inputs["service"] for thing in facts.cloud.things(SERVICE)}
        if f"{api}.googleapis.com" not in on:
            yield "project", f"SERVICE_DISABLED: {api}.googleapis.com has not been used in project {facts.account}"

    return rule
