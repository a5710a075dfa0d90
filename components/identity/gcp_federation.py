"""Trust between a stack on Google Cloud and one on AWS, seen from Google: who is let in, and what pods go out with."""

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components import naming
from components.identity import FILES, TOKEN, Abroad, token_file
from components.identity.gcp_bindings import MAPPED, READS, own_model, peers_pods, services_of
from components.identity.gcp_kept_pools import kept
from components.identity.peers import AWS_AUDIENCE, POOL_PROVIDER, AwsPeer, google_audience, pool_id, role_arn


@dataclass(frozen=True, kw_only=True)
class GcpTrust:
    """What binds each service to its namesake of the peer."""

    peer: AwsPeer
    issuer: str
    """Of our own cluster."""
    namespace: str
    """Of the services, here and there."""
    pool: pulumi.Input[str]
    """`projects/<number>/locations/global/workloadIdentityPools/<id>`, known once its provider stands."""

    def admit(self, name: str, service: str, bucket: pulumi.Input[str], opts: pulumi.ResourceOptions) -> None:
        """The service's namesake of the peer reads its artifacts here and does nothing else; it acts as no account."""
        gcp.storage.BucketIAMMember(
            f"{name}-model",
            bucket=bucket,
            role=READS,
            member=pulumi.Output.from_input(self.pool).apply(lambda pool: peers_pods(pool, self.namespace, service)),
            condition=pulumi.Output.from_input(bucket).apply(lambda found: own_model(found, service)),  # pyright: ignore[reportArgumentType]
            opts=opts,
        )

    def equip(self, service: str) -> Abroad:
        """What AWS' SDKs look for; Google's find Workload Identity as before, since nothing here is theirs."""
        return Abroad(
            environment={
                "AWS_ROLE_ARN": role_arn(self.peer.account, self.issuer, service),
                "AWS_WEB_IDENTITY_TOKEN_FILE": f"{FILES}/{TOKEN}",
                "AWS_REGION": self.peer.region,
                "AWS_DEFAULT_REGION": self.peer.region,  # the one that boto3 reads
            },
            files=[token_file(AWS_AUDIENCE)],
        )


class GcpFederation(pulumi.ComponentResource):
    """A pool in which the peer's pods are known by the tokens of its cluster, which by itself gives nobody anything."""

    trust: GcpTrust

    def __init__(
        self,
        name: str,
        peer: AwsPeer,
        owner: str,
        project: str,
        issuer: str,
        namespace: str,
        opts: pulumi.ResourceOptions | None = None,
    ):
        """`issuer` is that of our own cluster, `namespace` that of the services, here and there."""
        super().__init__("tradewind:identity:GcpFederation", name, None, opts)
        id = pool_id(issuer, peer.issuer)
        left = kept(project, id, POOL_PROVIDER, pulumi.InvokeOptions(parent=self))
        exchange = gcp.projects.Service(
            f"{name}-sts",
            project=project,
            service="sts.googleapis.com",
            disable_on_destroy=False,
            opts=pulumi.ResourceOptions(parent=self),
        )
        # What was deleted keeps its name for thirty days. So a destroy leaves pool and provider, with no binding, for
        # the next `up` to adopt: https://cloud.google.com/iam/docs/manage-workload-identity-pools-providers
        pool = gcp.iam.WorkloadIdentityPool(
            f"{name}-pool",
            workload_identity_pool_id=id,
            project=project,
            display_name=f"Peer of {owner}"[: naming.GCP_POOL_TITLE_LIMIT],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[exchange], retain_on_delete=True, import_=left.pool),
        )
        provider = gcp.iam.WorkloadIdentityPoolProvider(
            f"{name}-provider",
            workload_identity_pool_id=pool.workload_identity_pool_id,
            workload_identity_pool_provider_id=POOL_PROVIDER,
            project=project,
            attribute_mapping=MAPPED,
            attribute_condition=services_of(namespace),
            oidc={
                "issuer_uri": peer.issuer,
                "allowed_audiences": [pool.name.apply(lambda whole: f"https:{google_audience(whole)}")],
            },
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True, import_=left.provider),
        )
        ready = pulumi.Output.all(pool.name, provider.id).apply(lambda both: both[0])
        self.trust = GcpTrust(peer=peer, issuer=issuer, namespace=namespace, pool=ready)
        self.register_outputs({"pool": ready})
