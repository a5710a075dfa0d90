"""Who may take a role of AWS: services, pods by EKS Pod Identity, web identities by OIDC, other roles.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.permissions.aws import Request, decide
from tests.doubles.permissions.decision import Decision
from tests.doubles.permissions.documents import Document
from tests.doubles.permissions.principals import Principal

POD_IDENTITY = Principal(name="pods.eks.amazonaws.com", kind="Service")


@dataclass(frozen=True, kw_only=True)
class Pod:
    """A pod whose service account is bound to the role; EKS assumes the role with these session tags.

    https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
    """

    cluster_arn: str
    namespace: str
    service_account: str
    name: str = "a-pod"

    def tags(self) -> dict[str, str]:
        return {
            "eks-cluster-arn": self.cluster_arn,
            "eks-cluster-name": self.cluster_arn.rpartition("/")[2],
            "kubernetes-namespace": self.namespace,
            "kubernetes-service-account": self.service_account,
            "kubernetes-pod-name": self.name,
            "kubernetes-pod-uid": "00000000-0000-0000-0000-000000000000",
        }

    def context(self) -> dict[str, str]:
        return {"aws:SourceArn": self.cluster_arn, "aws:SourceAccount": self.cluster_arn.split(":")[4]}


@dataclass(frozen=True, kw_only=True)
class WebIdentity:
    """A token of an OIDC issuer, and the provider in IAM that it is shown to.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
    """

    provider_arn: str
    client_ids: Sequence[str]
    """Audiences that the provider lists; STS refuses any other before it reads the role's trust policy."""
    claims: Mapping[str, str]

    @property
    def issuer(self) -> str:
        """As condition keys have it: without https://."""
        return self.provider_arn.partition(":oidc-provider/")[2]

    def refusal(self) -> str:
        if "azp" in self.claims:
            raise ValueError("A token with azp is not judged here: AWS reads it in place of aud.")
        if self.claims.get("iss") != f"https://{self.issuer}":
            return f"the token's issuer is not that of {self.provider_arn}"
        return "" if self.claims.get("aud") in self.client_ids else "the provider does not list the token's audience"

    def context(self) -> dict[str, str]:
        return {f"{self.issuer}:{claim}": self.claims[claim] for claim in ("sub", "aud") if claim in self.claims}


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What else is known of a call: condition keys, session tags and, of a user or role, its own policies."""

    context: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    identity: Sequence[Document] = ()
    boundary: Document | None = None


def may_assume(
    trust: Document, caller: Principal | Pod | WebIdentity, role: str, also: Circumstances | None = None
) -> Decision:
    """Whether `caller` gets a session of `role` (an ARN), whose trust policy is `trust`."""
    also = also or Circumstances()
    if isinstance(caller, Pod):
        also = Circumstances(context={**caller.context(), **also.context}, tags={**caller.tags(), **also.tags})
        return _assume(trust, POD_IDENTITY, "sts:AssumeRole", role, also)
    if isinstance(caller, WebIdentity):
        if refusal := caller.refusal():
            return Decision(False, refusal)
        also = Circumstances(context={**caller.context(), **also.context}, tags=also.tags)
        provider = Principal(name=caller.provider_arn, kind="Federated")
        return _assume(trust, provider, "sts:AssumeRoleWithWebIdentity", role, also)
    return _assume(trust, caller, "sts:AssumeRole", role, also)


def _assume(trust: Document, caller: Principal, action: str, role: str, also: Circumstances) -> Decision:
    tags = {f"aws:RequestTag/{key}": value for key, value in also.tags.items()}
    context = {**also.context, **tags, **({"aws:TagKeys": list(also.tags)} if tags else {})}
    answer = Decision(False, "")
    # A session with tags is asked for twice over: to assume, and to tag.
    for each in (action, "sts:TagSession") if tags else (action,):
        request = Request(principal=caller, action=each, resource=role, context=context)
        answer = decide(request, identity=also.identity, boundary=also.boundary, resource=trust, resource_kind="trust")
        if not answer.allowed:
            return Decision(False, f"{each}: {answer.reason}")
    return answer
