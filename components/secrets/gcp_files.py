"""Secrets of services on GKE: kept by Secret Manager, mounted by GKE's add-on as whoever the pod is."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components import naming
from components.identity import IdentityArgs
from components.objects import Manifest, metadata
from components.secrets import provider_class, volume_of_class

DRIVER = "secrets-store-gke.csi.k8s.io"
"""https://cloud.google.com/secret-manager/docs/secret-manager-managed-csi-component"""

READS = "roles/secretmanager.secretAccessor"


@dataclass(frozen=True, kw_only=True)
class Vault:
    """Where a stack keeps the secrets of its services."""

    project: str
    region: str
    key: pulumi.Input[str]
    """Whole name of what they are encrypted under; of the same region, as Secret Manager wants."""
    protect: bool
    ready: Sequence[pulumi.Resource] = ()
    """What a SecretProviderClass depends on."""


class GcpSecrets(pulumi.ComponentResource):
    """The secrets of one service, without values, which its account alone reads; and the class that mounts them."""

    ready: pulumi.Output[str]
    """Name of the SecretProviderClass, known once the account may read all that it names."""

    def __init__(
        self,
        name: str,
        args: IdentityArgs,
        member: pulumi.Input[str],
        vault: Vault,
        opts: pulumi.ResourceOptions | None = None,
    ):
        """`member` is the service's own account, as bindings name it."""
        super().__init__("tradewind:secrets:GcpSecrets", name, None, opts)
        mine = pulumi.ResourceOptions(parent=self)
        encrypted = {"location": vault.region, "customer_managed_encryption": {"kms_key_name": vault.key}}
        kept, grants = {}, []
        for each in args.secrets:
            secret = gcp.secretmanager.Secret(
                f"{name}-{each}",
                secret_id=secret_id(args.owner, args.service, each),
                project=vault.project,
                replication={"user_managed": {"replicas": [encrypted]}},  # pyright: ignore[reportArgumentType]
                deletion_protection=vault.protect,
                labels=naming.tags(args.owner),
                opts=pulumi.ResourceOptions(parent=self, protect=vault.protect),
            )
            kept[each] = secret.id
            grants.append(
                gcp.secretmanager.SecretIamMember(
                    f"{name}-{each}-read",
                    project=vault.project,
                    secret_id=secret.secret_id,
                    role=READS,
                    member=member,
                    opts=mine,
                ).id
            )
        labels = naming.labels(args.service, args.owner, "secrets")
        meta = metadata(args.service, args.namespace, labels)
        made = Manifest(
            f"{name}-class",
            provider_class(meta, "gke", {"secrets": pulumi.Output.all(**kept).apply(mounted)}),
            pulumi.ResourceOptions(parent=self, depends_on=list(vault.ready)),
        )
        self.volume = volume_of_class(DRIVER, args.service)
        self.ready = pulumi.Output.all(made.id, *grants).apply(lambda _: args.service)
        self.register_outputs({"ready": self.ready})


def secret_id(owner: str, service: str, secret: str) -> str:
    """At most 180 of 255 characters; an underscore is in no part, so no two services have one id."""
    return f"tradewind_{owner}_{service}_{secret}"


def mounted(ids: Mapping[str, str]) -> str:
    """`secrets` of GKE's provider: which secret is which file. JSON is YAML."""
    return json.dumps([{"resourceName": f"{id}/versions/latest", "path": secret} for secret, id in sorted(ids.items())])
