"""Identity on EKS: a service account, and a role that only its pods take (EKS Pod Identity)."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import naming, objects
from components.identity import Abroad, IdentityArgs
from components.identity.aws_federation import AwsTrust
from components.identity.aws_policies import at_most, may_connect, may_read_model, trust_pods
from components.objects import Document
from components.secrets.aws_files import AwsSecrets, Vault, secret_arns


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What the services of a stack may reach, each only its own part of it."""

    account: str
    namespace: str
    """Of the services, as it is known at plan time."""
    cluster: pulumi.Input[str]
    """Its name."""
    cluster_arn: pulumi.Input[str]
    artifacts: pulumi.Input[str]
    """ARN of the bucket."""
    key: pulumi.Input[str]
    """ARN of what the artifacts are encrypted under."""
    cache: pulumi.Input[str]
    """ARN, as that of the user."""
    cache_user: pulumi.Input[str]
    trust: AwsTrust | None = None
    """Of the peer, where there is one."""
    vault: Vault | None = None
    """Where any service has secrets."""


class AwsIdentity(pulumi.ComponentResource):
    """One role for one service account; the pods' SDKs find it without any setting."""

    service_account: pulumi.Output[str]
    abroad = Abroad()
    secrets: Document | None = None

    def __init__(self, name: str, args: IdentityArgs, reach: Reach, opts: pulumi.ResourceOptions | None = None):
        super().__init__("tradewind:identity:AwsIdentity", name, None, opts)
        mine, tags = pulumi.ResourceOptions(parent=self), naming.tags(args.owner)
        role = aws.iam.Role(
            f"{name}-role",
            name=role_name(args.owner, args.service),
            assume_role_policy=pulumi.Output.from_input(reach.cluster_arn).apply(
                lambda cluster: trust_pods(reach.account, cluster, reach.namespace, args.service)
            ),
            permissions_boundary=self._boundary(f"{name}-boundary", args, reach),
            tags=tags,
            opts=mine,
        )
        granted = [
            self._grant(f"{name}-model", "model", role, may_read_model, reach.artifacts, reach.key, args.service),
            self._grant(f"{name}-cache", "cache", role, may_connect, reach.cache, reach.cache_user),
        ]
        labels = naming.labels(args.service, args.owner, "identity")
        account = objects.account(f"{name}-account", objects.metadata(args.service, args.namespace, labels), mine)
        bound = aws.eks.PodIdentityAssociation(
            f"{name}-binding",
            cluster_name=reach.cluster,
            namespace=reach.namespace,
            service_account=args.service,
            role_arn=role.arn,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[account]),
        )
        if reach.trust:
            reach.trust.admit(f"{name}-peer", args, reach.namespace, reach.artifacts, reach.key, mine)
            self.abroad = reach.trust.equip(f"{name}-peer", args, mine)
        if args.secrets and reach.vault:
            kept = AwsSecrets(f"{name}-secrets", args, role.name, reach.vault, mine)
            self.secrets = kept.volume
            granted.append(kept.ready)
        # A pod that starts before its binding stands would never get the role.
        self.service_account = pulumi.Output.all(account.id, bound.id, *granted).apply(lambda _: args.service)
        self.register_outputs({"service_account": self.service_account})

    def _boundary(self, name: str, args: IdentityArgs, reach: Reach) -> pulumi.Output[str]:
        """ARN of the most that the role can have, whatever is added to it later."""
        vault = reach.vault if args.secrets else None
        kept = [secret_arns(vault.region, reach.account, args.owner, args.service)] if vault else []
        facts = pulumi.Output.all(reach.artifacts, reach.key, reach.cache, reach.cache_user)
        return aws.iam.Policy(
            name,
            name=role_name(args.owner, args.service),
            policy=facts.apply(lambda known: at_most(known[0], known[1], args.service, known[2:], kept)),
            tags=naming.tags(args.owner),
            opts=pulumi.ResourceOptions(parent=self),
        ).arn

    def _grant(self, name, what, role, policy, *facts) -> pulumi.Output[str]:
        return aws.iam.RolePolicy(
            name,
            name=what,
            role=role.name,
            policy=pulumi.Output.all(*facts).apply(lambda known: policy(*known)),
            opts=pulumi.ResourceOptions(parent=self),
        ).id


def role_name(owner: str, service: str) -> str:
    return naming.fitted("tradewind", owner, service, limit=naming.AWS_ROLE_LIMIT)
