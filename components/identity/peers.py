"""The stack in another cloud whose services are known here, as a person writes it, and all that follows from it.

Both sides name what they make after the two clusters' issuers, so each works out what the other has made, and neither
reads the other's state.
"""

import hashlib
import re
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, field_validator

from components.naming import DNS_LABEL
from components.part import Part
from components.validation import problem

GKE_ISSUER = re.compile(
    r"https://container\.googleapis\.com/v1/projects/(?P<project>[a-z][-a-z0-9]{4,28}[a-z0-9])"
    r"/locations/(?P<region>[a-z]+-[a-z0-9]+)/clusters/(?P<cluster>[a-z][-a-z0-9]{0,38}[a-z0-9])"
)
EKS_ISSUER = re.compile(r"https://oidc\.eks\.(?P<region>[a-z]{2}-[a-z]+-[0-9])\.amazonaws\.com/id/[0-9A-F]{32}")

AWS_AUDIENCE = "sts.amazonaws.com"
"""Of tokens that AWS takes: https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html"""

POOL_PROVIDER = "eks-cluster"
"""Id of the one provider in a pool."""

THERE = "write what `pulumi stack output platform` of the stack there says under as_peer"


def digits(value: object) -> object:
    """As text: `pulumi config set --path` takes what looks like a number for one."""
    return str(value) if type(value) is int else value


Number = Annotated[str, BeforeValidator(digits)]


class Peer(Part):
    """What a stack knows the other by."""

    signs: ClassVar[re.Pattern[str]]
    """Issuers of the other cloud's clusters."""
    kind: ClassVar[str]

    issuer: str
    """https:// address of whoever signs the tokens of the other's cluster."""

    @field_validator("issuer")
    @classmethod
    def _of_one_cluster(cls, value: str) -> str:
        if not cls.signs.fullmatch(value):
            raise problem(f"must be the issuer of one {cls.kind} cluster", THERE)
        return value

    def _says(self, part: str) -> str:
        found = self.signs.fullmatch(self.issuer)
        assert found, "checked as it was read"
        return found[part]


class GcpPeer(Peer):
    """Of a stack on AWS: the GKE cluster of the other, and the project where our pods are known."""

    signs, kind = GKE_ISSUER, "GKE"

    issuer: str = Field(
        examples=[
            "https://container.googleapis.com/v1/projects/tradewind-dev/locations/europe-west1/clusters/tradewind-gcp-dev"
        ]
    )
    project_number: Number = Field(examples=["123456789012"])
    """Google's token service knows projects by number alone."""

    @field_validator("project_number")
    @classmethod
    def _no_id(cls, value: str) -> str:
        if not re.fullmatch(r"[1-9][0-9]{5,18}", value):
            raise problem("must be a project's number, as in 123456789012, which is not its id", THERE)
        return value

    @property
    def project(self) -> str:
        return self._says("project")


class AwsPeer(Peer):
    """Of a stack on Google Cloud: the EKS cluster of the other, and the account that has the roles of our pods."""

    signs, kind = EKS_ISSUER, "EKS"

    issuer: str = Field(examples=["https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"])
    account: Number = Field(pattern=r"^[0-9]{12}$", examples=["123456789012"])

    @property
    def region(self) -> str:
        return self._says("region")


def gke_issuer(project: str, region: str, cluster: str) -> str:
    """https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters"""
    return f"https://container.googleapis.com/v1/projects/{project}/locations/{region}/clusters/{cluster}"


def subject(namespace: str, service_account: str) -> str:
    """What a cluster's token says whose it is: one service account and never a pattern; ValueError otherwise.

    https://kubernetes.io/docs/reference/access-authn-authz/authentication/#service-account-tokens
    """
    for each in (namespace, service_account):
        if not DNS_LABEL.fullmatch(each):
            raise ValueError(f"{each!r} is no name of one. To fix: give namespace and service account.")
    return f"system:serviceaccount:{namespace}:{service_account}"


def role_name(gke_issuer: str, service: str) -> str:
    """Of the role on AWS that a service of this GKE cluster takes; a service's own role has no @."""
    return f"tradewind-{service}@{_digest(gke_issuer)}"


def role_arn(account: str, gke_issuer: str, service: str) -> str:
    return f"arn:aws:iam::{account}:role/{role_name(gke_issuer, service)}"


def pool_id(gke_issuer: str, eks_issuer: str) -> str:
    """Of the pool on Google Cloud: one for each two clusters, so that no earlier peer is taken for the present one."""
    return f"tradewind-{_digest(gke_issuer, eks_issuer)}"


def pool_name(project_number: str, gke_issuer: str, eks_issuer: str) -> str:
    return f"projects/{project_number}/locations/global/workloadIdentityPools/{pool_id(gke_issuer, eks_issuer)}"


def google_audience(pool: str) -> str:
    """What Google's token service is told, given the pool's whole name; a token's own is this with https: before it."""
    return f"//iam.googleapis.com/{pool}/providers/{POOL_PROVIDER}"


def _digest(*issuers: str) -> str:
    return hashlib.sha256("\0".join(issuers).encode()).hexdigest()[:12]
