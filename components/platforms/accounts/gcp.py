"""A project of Google Cloud, asked through `gcloud` as Pulumi asks it: with application-default credentials."""

import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from typing import Any

from airgap.check import Check
from components.platforms.accounts.command_line import Fixes, asked, said, seen
from components.platforms.accounts.gcp_quotas import NEEDS, Quota

KEY = "project"

INSTALL = "install it: https://cloud.google.com/sdk/docs/install"
FIXES: Fixes = (
    ("no `gcloud` on PATH", INSTALL),
    ("default credentials|[Rr]eauth|invalid_grant|expired|revoked", "`gcloud auth application-default login`."),
    (
        "SERVICE_DISABLED|has not been used in project",
        "turn on, by `gcloud services enable`, the API that it names.",
    ),
    (
        "permission|PERMISSION_DENIED",
        "have its owner let you in, or correct tradewind:project in the settings.",
    ),
    ("no answer|Unable to find the server|Connection|resolve", "let this machine reach Google; HTTPS_PROXY is heeded."),
    ("", "repair what it names."),
)

PROJECTS = ("GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT")
OTHERS = (
    *("GOOGLE_CREDENTIALS", "GOOGLE_CLOUD_KEYFILE_JSON", "GCLOUD_KEYFILE_JSON"),
    *("GOOGLE_OAUTH_ACCESS_TOKEN", "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT"),
)
"""What Pulumi's provider would take first, and nothing here could ask for.

https://www.pulumi.com/registry/packages/gcp/installation-configuration/
"""

FIRST = ("serviceusage", "cloudresourcemanager")
"""Turn on the others, and tell who may; no stack can turn these on for itself."""


class GcpProject:
    key = KEY
    programs: Mapping[str, str] = {
        "gcloud": INSTALL,
        "gke-gcloud-auth-plugin": "`gcloud components install gke-gcloud-auth-plugin`, or its package by apt.",
    }
    package = "gcp"

    def __init__(self, id: str, region: str):
        self.id, self.region = id, region
        self.secrets_provider = f"gcpkms://projects/{id}/locations/{region}/keyRings/<ring>/cryptoKeys/<key>"

    def identity(self) -> Check:
        return seen("identity", self._identity, FIXES)

    def region_open(self) -> Check:
        return self._with_compute("region", self._region_open)

    def services(self, keys: Collection[str]) -> Iterator[Check]:
        yield seen("APIs", lambda: self._services(keys), FIXES)

    def quotas(self, tier: str, there: Mapping[str, int]) -> Iterator[Check]:
        for need in NEEDS:
            yield self._with_compute(need.what, lambda need=need: self._quota(need, need.still(tier, there)))

    def _identity(self) -> Check:
        if others := [name for name in OTHERS if os.environ.get(name)]:
            fix = f"unset {others[0]}, and let GOOGLE_APPLICATION_CREDENTIALS name the file of a key, if there is one."
            detail = f"{others[0]} is set, and whose it is cannot be asked"
            return Check(what="identity", answer="missing", detail=detail, fix=fix)
        own = self._ask("config", "list").get("core", {})
        named = {f"{name} is": os.environ[name] for name in PROJECTS if os.environ.get(name)}
        named |= {"gcloud's project is": own["project"]} if "project" in own else {}
        for who, project in named.items():
            if project != self.id:
                detail = f"{who} {project}; the stack's is {self.id}"
                fix = f"`gcloud config set project {self.id}`, or correct tradewind:project in the stack's settings."
                return Check(what="identity", answer="missing", detail=detail, fix=fix)
        seen_as = self._ask("projects", "describe", self.id)
        detail = f"project {seen_as['projectId']} ({seen_as['projectNumber']}), by application-default credentials"
        if account := own.get("account"):
            detail += f"; gcloud itself is {account}"
        if seen_as["lifecycleState"] != "ACTIVE":
            fix = f"`gcloud projects undelete {self.id}`, or correct tradewind:project in the stack's settings."
            return Check(what="identity", answer="missing", detail=f"{detail}; it is being deleted", fix=fix)
        return Check(what="identity", answer="found", detail=detail)

    def _services(self, keys: Collection[str]) -> Check:
        from components.platforms.gcp_apis import APIS, BY_KEY  # with Google's SDK

        needed = dict.fromkeys((*FIRST, *APIS, *(api for key in sorted(keys) for api in BY_KEY.get(key, ()))))
        off = [api for api in needed if f"{api}.googleapis.com" not in self._enabled]
        if first := [f"{api}.googleapis.com" for api in FIRST if api in off]:
            fix = f"`gcloud services enable {' '.join(first)} --project {self.id}`."
            return Check(what="APIs", answer="missing", detail=f"{', '.join(first)} off", fix=fix)
        if off:
            return Check(what="APIs", answer="built", detail=f"`make up` turns on {', '.join(off)}")
        return Check(what="APIs", answer="found", detail=f"all {len(needed)} on")

    def _with_compute(self, what: str, look: Callable[[], Check]) -> Check:
        """Before the first `up` Compute Engine, which knows of regions and quotas, may be off."""

        def guarded() -> Check:
            if "compute.googleapis.com" not in self._enabled:
                return Check(what=what, answer="built", detail="can be asked once `make up` has turned compute on")
            return look()

        return seen(what, guarded, FIXES)

    def _region_open(self) -> Check:
        if (status := self._quotas_of_region["status"]) != "UP":
            fix = "wait, or take another region."
            return Check(what="region", answer="missing", detail=f"{self.region} is {status}", fix=fix)
        return Check(what="region", answer="found", detail=f"{self.region} is UP")

    def _quota(self, need: Quota, more: int) -> Check:
        listed = (self._quotas_of_region if need.of_region else self._quotas_of_project)["quotas"]
        quota = next((each for each in listed if each["metric"] == need.metric), None)
        if quota is None:
            return Check(what=need.what, answer="found", detail=f"the project has no limit {need.metric}")
        page = f"https://console.cloud.google.com/iam-admin/quotas?project={self.id}"
        fix = f"free some, or ask for at least {quota['usage'] + more:g} of {need.metric} at {page}"
        return need.check(more, quota["usage"], quota["limit"], fix)

    @cached_property
    def _enabled(self) -> set[str]:
        return {each["config"]["name"] for each in self._ask("services", "list", "--enabled", "--project", self.id)}

    @cached_property
    def _quotas_of_region(self) -> dict[str, Any]:
        return self._ask("compute", "regions", "describe", self.region, "--project", self.id)

    @cached_property
    def _quotas_of_project(self) -> dict[str, Any]:
        return self._ask("compute", "project-info", "describe", "--project", self.id)

    def _ask(self, *words: str) -> Any:
        environment = {
            "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": self._token.name,
            "CLOUDSDK_BILLING_QUOTA_PROJECT": self.id,
            # gcloud would offer to turn an API on, and this only reads.
            "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
            "CLOUDSDK_CORE_SHOULD_PROMPT_TO_ENABLE_API": "0",
        }
        return asked(["gcloud", *words, "--format=json"], environment)

    @cached_property
    def _token(self):
        """A file, gone with this object, since an argument could be seen by others on the machine."""
        file = tempfile.NamedTemporaryFile("w")  # noqa: SIM115
        file.write(said(["gcloud", "auth", "application-default", "print-access-token"], {}).strip())
        file.flush()
        return file


def open_account(id: str, region: str) -> GcpProject:
    return GcpProject(id, region)
