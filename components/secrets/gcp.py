"""The stack's own key in Cloud KMS, and the agents by which Google's services use it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components import naming
from components.secrets.gcp_kept import kept

ROTATION = f"{90 * 24 * 3600}s"
"""Ninety days: CIS Google Cloud 1.10."""
PENDING = f"{30 * 24 * 3600}s"
"""Between a version's destruction and its end, in which it can be had back."""

KEY = "data"
"""Name of the one key in the stack's ring."""

USE = "roles/cloudkms.cryptoKeyEncrypterDecrypter"

MADE_ON_REQUEST = ("container", "artifactregistry", "memorystore")
"""Services whose agent is made by asking for it: https://cloud.google.com/iam/docs/service-agents"""


@dataclass(frozen=True, kw_only=True)
class GcpKeyArgs:
    owner: str
    """The stack, as in naming.OWNER."""
    project: str
    project_number: pulumi.Input[str]
    region: str
    protect: bool = False
    """Refuse a destroy: without the key all that it encrypted is lost."""
    secrets: bool = False
    """Whether Secret Manager encrypts with it too."""


class GcpKey(pulumi.ComponentResource):
    """One key for all that the stack keeps: a cluster's secrets and disks, images, the cache, artifacts.

    Google's services decrypt for whoever may read the data, so no role of a pod names the key.
    """

    id: pulumi.Output[str]
    """Known once every service that encrypts with it may do so."""

    def __init__(
        self,
        name: str,
        args: GcpKeyArgs,
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ):
        """`after` is what lookups wait for: the APIs that answer them."""
        super().__init__("tradewind:secrets:GcpKey", name, None, opts)
        self._name, self._args, self._mine = name, args, pulumi.ResourceOptions(parent=self)
        self._looks = pulumi.InvokeOutputOptions(parent=self, depends_on=list(after))
        # Neither ring nor key can be deleted, and a key whose versions are destroyed encrypts no more. So a destroy
        # leaves both as they are, for the next `up` to adopt: https://cloud.google.com/kms/docs/faq
        ring_name = naming.fitted("tradewind", args.owner, limit=naming.GCP_NAME_LIMIT)
        left = kept(args.project, args.region, ring_name, KEY, pulumi.InvokeOptions(parent=self))
        ring = gcp.kms.KeyRing(
            f"{name}-ring",
            name=ring_name,
            project=args.project,
            location=args.region,
            opts=self._lasting(left.ring),
        )
        key = gcp.kms.CryptoKey(
            f"{name}-key",
            name=KEY,
            key_ring=ring.id,
            purpose="ENCRYPT_DECRYPT",
            rotation_period=ROTATION,
            destroy_scheduled_duration=PENDING,
            labels=naming.tags(args.owner),
            opts=self._lasting(left.key),
        )
        grants = [self._grant(service, member, key.id) for service, member in self._agents().items()]
        self.id = pulumi.Output.all(key.id, *grants).apply(lambda ids: ids[0])
        self.register_outputs({"id": self.id})

    def _lasting(self, left: str | None) -> pulumi.ResourceOptions:
        """Of what no destroy ends; `left` is its id where an earlier stack of this name has made it."""
        protect = self._args.protect
        return pulumi.ResourceOptions(parent=self, protect=protect, retain_on_delete=True, import_=left)

    def _agents(self) -> dict[str, pulumi.Input[str]]:
        """IAM members by the service that they act for."""
        wanted = (*MADE_ON_REQUEST, *(["secretmanager"] if self._args.secrets else []))
        asked = {service: self._asked(service) for service in wanted}
        # The agent of disks comes with the API and is never told; looking up that of buckets makes it.
        number = self._args.project_number
        disks = pulumi.Output.concat("serviceAccount:service-", number, "@compute-system.iam.gserviceaccount.com")
        buckets = gcp.storage.get_project_service_account_output(project=self._args.project, opts=self._looks).member
        return {**asked, "compute": disks, "storage": buckets}

    def _asked(self, service: str) -> pulumi.Output[str]:
        agent = gcp.projects.ServiceIdentity(
            f"{self._name}-{service}-agent",
            project=self._args.project,
            service=f"{service}.googleapis.com",
            opts=self._mine,
        )
        return agent.member

    def _grant(self, service: str, member: pulumi.Input[str], key: pulumi.Input[str]) -> pulumi.Output[str]:
        return gcp.kms.CryptoKeyIAMMember(
            f"{self._name}-{service}", crypto_key_id=key, role=USE, member=member, opts=self._mine
        ).id
