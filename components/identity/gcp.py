"""Identity on GKE: a service account, and a Google account that only its pods act as (Workload Identity)."""

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components import naming, objects
from components.identity import Abroad, IdentityArgs
from components.identity.gcp_bindings import READS, one_cache, own_model, pods
from components.identity.gcp_federation import GcpTrust
from components.objects import Document
from components.secrets.gcp_files import GcpSecrets, Vault

ACTS_AS = "roles/iam.workloadIdentityUser"
CONNECTS = "roles/memorystore.dbConnectionUser"

ANNOTATION = "iam.gke.io/gcp-service-account"
"""https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity"""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What the services of a stack may reach, each only its own part of it."""

    project: str
    namespace: str
    """Of the services, as it is known at plan time."""
    workload_pool: pulumi.Input[str]
    """What IAM calls the cluster's service accounts after."""
    bucket: pulumi.Input[str]
    """Of the artifacts."""
    cache: pulumi.Input[str]
    """Its whole name, as in GcpCache.name."""
    trust: GcpTrust | None = None
    """Of the peer, where there is one."""
    vault: Vault | None = None
    """Where any service has secrets."""


class GcpIdentity(pulumi.ComponentResource):
    """One Google account for one service account; the pods' SDKs find it without any setting."""

    service_account: pulumi.Output[str]
    abroad = Abroad()
    secrets: Document | None = None

    def __init__(self, name: str, args: IdentityArgs, reach: Reach, opts: pulumi.ResourceOptions | None = None):
        super().__init__("tradewind:identity:GcpIdentity", name, None, opts)
        mine = pulumi.ResourceOptions(parent=self)
        account = gcp.serviceaccount.Account(
            f"{name}-google",
            account_id=account_id(args.owner, args.service),
            display_name=title(args.owner, args.service),
            project=reach.project,
            opts=mine,
        )
        acts = gcp.serviceaccount.IAMMember(
            f"{name}-binding",
            service_account_id=account.name,
            role=ACTS_AS,
            member=pulumi.Output.from_input(reach.workload_pool).apply(
                lambda pool: pods(pool, reach.namespace, args.service)
            ),
            opts=mine,
        )
        reads = gcp.storage.BucketIAMMember(
            f"{name}-model",
            bucket=reach.bucket,
            role=READS,
            member=account.member,
            condition=pulumi.Output.from_input(reach.bucket).apply(lambda bucket: own_model(bucket, args.service)),  # pyright: ignore[reportArgumentType]
            opts=mine,
        )
        # A cache has no policy of its own: the right is the project's, and its condition names the one cache.
        connects = gcp.projects.IAMMember(
            f"{name}-cache",
            project=reach.project,
            role=CONNECTS,
            member=account.member,
            condition=pulumi.Output.from_input(reach.cache).apply(one_cache),  # pyright: ignore[reportArgumentType]
            opts=mine,
        )
        if reach.trust:
            reach.trust.admit(f"{name}-peer", args.service, reach.bucket, mine)
            self.abroad = reach.trust.equip(args.service)
        labels = naming.labels(args.service, args.owner, "identity")
        meta = objects.metadata(args.service, args.namespace, labels, {ANNOTATION: account.email})
        served = objects.account(f"{name}-account", meta, mine)
        # A pod that starts before its bindings stand would be refused what it reads first.
        bound = [served.id, acts.id, reads.id, connects.id]
        if args.secrets and reach.vault:
            kept = GcpSecrets(f"{name}-secrets", args, account.member, reach.vault, mine)
            self.secrets = kept.volume
            bound.append(kept.ready)
        self.service_account = pulumi.Output.all(*bound).apply(lambda _: args.service)
        self.register_outputs({"service_account": self.service_account})


def account_id(owner: str, service: str) -> str:
    return naming.fitted("tradewind", owner, service, limit=naming.GCP_ACCOUNT_LIMIT)


def title(owner: str, service: str) -> str:
    """For people; of the longest names the end is left out."""
    return f"{service} of the Tradewind stack {owner}"[: naming.GCP_TITLE_LIMIT]
