"""Secrets of services on EKS: kept by Secrets Manager, mounted by AWS' provider as whoever the pod is."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import naming
from components.identity import IdentityArgs
from components.identity.aws_policies import may_read_secrets
from components.objects import Manifest, metadata
from components.secrets import provider_class, volume_of_class

ADD_ON = "aws-secrets-store-csi-driver-provider"
"""Driver and provider: https://docs.aws.amazon.com/eks/latest/userguide/workloads-add-ons-available-eks.html"""
DRIVER = "secrets-store.csi.k8s.io"

RECOVERY_DAYS = 30
"""In which a secret that was kept from destruction can be had back, if it is deleted all the same."""


@dataclass(frozen=True, kw_only=True)
class Vault:
    """Where a stack keeps the secrets of its services."""

    region: str
    key: pulumi.Input[str]
    """ARN of what they are encrypted under."""
    protect: bool
    ready: Sequence[pulumi.Resource] = ()
    """What a SecretProviderClass depends on."""


class AwsSecretsDriver(pulumi.ComponentResource):
    """What mounts secrets into the pods of a cluster, as an add-on of EKS; by itself it may read none of them."""

    def __init__(
        self,
        name: str,
        owner: str,
        cluster: pulumi.Input[str],
        version: str,
        opts: pulumi.ResourceOptions | None = None,
    ):
        """`version` is the cluster's, of Kubernetes."""
        super().__init__("tradewind:secrets:AwsSecretsDriver", name, None, opts)
        # What EKS would take by itself, which differs by region and month: written, so that a preview shows a new one.
        usual = aws.eks.get_addon_version_output(
            addon_name=ADD_ON, kubernetes_version=version, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        self.add_on = aws.eks.Addon(
            f"{name}-add-on",
            cluster_name=cluster,
            addon_name=ADD_ON,
            addon_version=usual.version,
            tags=naming.tags(owner),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


class AwsSecrets(pulumi.ComponentResource):
    """The secrets of one service, without values, which its role alone reads; and the class that mounts them."""

    ready: pulumi.Output[str]
    """Name of the SecretProviderClass, known once the role may read all that it names."""

    def __init__(
        self,
        name: str,
        args: IdentityArgs,
        role: pulumi.Input[str],
        vault: Vault,
        opts: pulumi.ResourceOptions | None = None,
    ):
        """`role` is the name of the service's own."""
        super().__init__("tradewind:secrets:AwsSecrets", name, None, opts)
        mine = pulumi.ResourceOptions(parent=self)
        kept = {
            secret: aws.secretsmanager.Secret(
                f"{name}-{secret}",
                name=secret_name(args.owner, args.service, secret),
                description=f"{secret} of the service {args.service}",
                kms_key_id=vault.key,
                # A secret that waits for its end keeps its name, and the next `up` could not make it.
                recovery_window_in_days=RECOVERY_DAYS if vault.protect else 0,
                tags=naming.tags(args.owner),
                opts=pulumi.ResourceOptions(parent=self, protect=vault.protect),
            ).arn
            for secret in args.secrets
        }
        reads = aws.iam.RolePolicy(
            f"{name}-read",
            name="secrets",
            role=role,
            policy=pulumi.Output.all(vault.region, vault.key, *kept.values()).apply(
                lambda known: may_read_secrets(known[0], known[1], known[2:])
            ),
            opts=mine,
        )
        parameters = {
            "usePodIdentity": "true",
            "region": vault.region,
            "objects": pulumi.Output.all(**kept).apply(mounted),
        }
        labels = naming.labels(args.service, args.owner, "secrets")
        made = Manifest(
            f"{name}-class",
            provider_class(metadata(args.service, args.namespace, labels), "aws", parameters),
            pulumi.ResourceOptions(parent=self, depends_on=list(vault.ready)),
        )
        self.volume = volume_of_class(DRIVER, args.service)
        self.ready = pulumi.Output.all(made.id, reads.id).apply(lambda _: args.service)
        self.register_outputs({"ready": self.ready})


def secret_name(owner: str, service: str, secret: str) -> str:
    """At most 180 of 512 characters; a slash is in no part, so no two services have one name."""
    return f"tradewind/{owner}/{service}/{secret}"


def secret_arns(region: str, account: str, owner: str, service: str) -> str:
    """A pattern of all secrets of a service; six characters of AWS' own end each ARN."""
    return f"arn:aws:secretsmanager:{region}:{account}:secret:{secret_name(owner, service, '*')}"


def mounted(arns: Mapping[str, str]) -> str:
    """`objects` of AWS' provider: which secret is which file. JSON is YAML.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/ascp-examples.html
    """
    return json.dumps(
        [
            {"objectName": arn, "objectType": "secretsmanager", "objectAlias": secret}
            for secret, arn in sorted(arns.items())
        ]
    )
