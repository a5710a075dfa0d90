"""What of Cloud KMS an earlier life of the stack has left: neither ring nor key can ever be deleted."""

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

DISABLED = "SERVICE_DISABLED"
"""Of Google's answer while the project has the API off: then there is no ring either."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Ids for ResourceOptions(import_=...); None: it is yet to be made."""

    ring: str | None = None
    key: str | None = None


def kept(project: str, region: str, ring: str, key: str, opts: pulumi.InvokeOptions) -> Kept:
    """Asks at plan time, since an import must be known before the resource is registered."""
    try:
        rings = gcp.kms.get_key_rings(project=project, location=region, opts=opts).key_rings
    except Exception as refusal:  # the SDK has no narrower one
        if DISABLED in str(refusal):
            return Kept()
        raise
    if ring not in {_last(each.name) for each in rings}:
        return Kept()
    ring_id = f"projects/{project}/locations/{region}/keyRings/{ring}"
    keys = {_last(each.name) for each in gcp.kms.get_crypto_keys(key_ring=ring_id, opts=opts).keys}
    return Kept(ring=ring_id, key=f"{ring_id}/cryptoKeys/{key}" if key in keys else None)


def _last(name: str | None) -> str:
    return (name or "").rpartition("/")[2]
