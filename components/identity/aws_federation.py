"""Trust between a stack on AWS and one on Google Cloud, seen from AWS: who is let in, and what our pods go out with."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import naming, objects
from components.identity import FILES, TOKEN, Abroad, IdentityArgs, token_file
from components.identity.aws_policies import at_most, may_read_model, trust_tokens
from components.identity.peers import AWS_AUDIENCE, GcpPeer, google_audience, pool_name, role_name
from components.objects import Manifest

CREDENTIALS = "google.json"


@dataclass(frozen=True, kw_only=True)
class AwsTrust:
    """What binds each service to its namesake of the peer."""

    peer: GcpPeer
    provider: pulumi.Input[str]
    """ARN of the peer's issuer in this account."""
    pool: pulumi.Input[str]
    """The peer's pool, in which our pods are known."""

    def admit(
        self,
        name: str,
        args: IdentityArgs,
        namespace: str,
        bucket: pulumi.Input[str],
        key: pulumi.Input[str],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """A role that the service's namesake of the peer takes, to read its artifacts here and do nothing else."""
        issuer, service = self.peer.issuer, args.service
        role = aws.iam.Role(
            f"{name}-role",
            name=role_name(issuer, service),
            assume_role_policy=pulumi.Output.from_input(self.provider).apply(
                lambda arn: trust_tokens(arn, issuer, namespace, service)
            ),
            permissions_boundary=self._boundary(f"{name}-boundary", args, bucket, key, opts),
            tags=naming.tags(args.owner),
            opts=opts,
        )
        aws.iam.RolePolicy(
            f"{name}-model",
            name="model",
            role=role.name,
            policy=pulumi.Output.all(bucket, key).apply(lambda arns: may_read_model(arns[0], arns[1], service)),
            opts=opts,
        )

    def _boundary(
        self,
        name: str,
        args: IdentityArgs,
        bucket: pulumi.Input[str],
        key: pulumi.Input[str],
        opts: pulumi.ResourceOptions,
    ) -> pulumi.Output[str]:
        """ARN of the most that the role can have, whatever is added to it later."""
        return aws.iam.Policy(
            name,
            name=role_name(self.peer.issuer, args.service),
            policy=pulumi.Output.all(bucket, key).apply(lambda arns: at_most(arns[0], arns[1], args.service)),
            tags=naming.tags(args.owner),
            opts=opts,
        ).arn

    def equip(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions) -> Abroad:
        """What Google's SDKs look for: a token of the pod's own, and a file that says where to show it."""
        called, pool = f"{args.service}-google", pulumi.Output.from_input(self.pool)
        labels = naming.labels(args.service, args.owner, "identity")
        content = pool.apply(lambda pool: json.dumps(external_account(pool), indent=2))
        told = Manifest(
            f"{name}-credentials",
            objects.document(
                "v1", "ConfigMap", objects.metadata(called, args.namespace, labels), data={CREDENTIALS: content}
            ),
            opts,
        )
        file = {"configMap": {"name": told.id.apply(lambda _: called), "optional": False}}
        return Abroad(
            environment={
                "GOOGLE_APPLICATION_CREDENTIALS": f"{FILES}/{CREDENTIALS}",
                # Clients that are told none ask for it, and may not know.
                "GOOGLE_CLOUD_PROJECT": self.peer.project,
            },
            files=[token_file(pool.apply(lambda pool: f"https:{google_audience(pool)}")), file],
        )


class AwsFederation(pulumi.ComponentResource):
    """The peer's issuer as an OIDC provider of the account, which by itself gives nobody anything."""

    trust: AwsTrust

    def __init__(
        self,
        name: str,
        peer: GcpPeer,
        owner: str,
        issuer: pulumi.Output[str],
        opts: pulumi.ResourceOptions | None = None,
    ):
        """`issuer` is that of our own cluster."""
        super().__init__("tradewind:identity:AwsFederation", name, None, opts)
        # Without a thumbprint, since AWS trusts the authorities of known issuers:
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
        provider = aws.iam.OpenIdConnectProvider(
            f"{name}-provider",
            url=peer.issuer,
            client_id_lists=[AWS_AUDIENCE],
            tags=naming.tags(owner),
            opts=pulumi.ResourceOptions(parent=self),
        ).arn
        pool = issuer.apply(lambda ours: pool_name(peer.project_number, peer.issuer, ours))
        self.trust = AwsTrust(peer=peer, provider=provider, pool=pool)
        self.register_outputs({"provider": provider})


def external_account(pool: str) -> dict[str, object]:
    """Google's credentials with no secret in them: https://google.aip.dev/auth/4117"""
    return {
        "type": "external_account",
        "audience": google_audience(pool),
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": "https://sts.googleapis.com/v1/token",
        "credential_source": {"file": f"{FILES}/{TOKEN}", "format": {"type": "text"}},
    }
