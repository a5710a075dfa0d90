"""What an earlier life of the stack has left of a workload identity pool, whose name stays taken for thirty days."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_gcp as gcp

NONE_YET = (" not found", "SERVICE_DISABLED")
"""Of the provider's answer where there is none, and where the project has the API off. It says the first of what was
deleted too, which it cannot bring back; Google refuses to make that anew."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Ids for ResourceOptions(import_=...); None: it is yet to be made."""

    pool: str | None = None
    provider: str | None = None


def kept(project: str, pool: str, provider: str, opts: pulumi.InvokeOptions) -> Kept:
    """Asks at plan time, since an import must be known before the resource is registered."""
    called: dict[str, Any] = {"project": project, "workload_identity_pool_id": pool, "opts": opts}
    found = Kept()
    try:
        found = Kept(pool=gcp.iam.get_workload_identity_pool(**called).id)
        ours = gcp.iam.get_workload_identity_pool_provider(**called, workload_identity_pool_provider_id=provider)
        return Kept(pool=found.pool, provider=ours.id)
    except Exception as refusal:  # the SDK has no narrower one
        if any(word in str(refusal) for word in NONE_YET):
            return found
        raise
