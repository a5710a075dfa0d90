"""Who holds rights in AWS: roles that name who takes them, and no users, keys or policies of administrators."""

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any

from policies.checks import absent, both, given, holds, one_of
from policies.documents import Malformed, Statement, each_statement, statements
from policies.inputs import Inputs
from policies.rule import Finding, Rule

ROLE = "aws:iam/role:Role"
OF_USERS = (
    *("aws:iam/policyAttachment:PolicyAttachment", "aws:iam/userPolicyAttachment:UserPolicyAttachment"),
    "aws:iam/userPolicy:UserPolicy",
)
ATTACHMENTS = (
    *("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"),
    *OF_USERS[:2],
    ROLE,
)

PODS = "pods.eks.amazonaws.com"
POD_TAGS = ("kubernetes-namespace", "kubernetes-service-account")
"""Of a pod's session, set by EKS: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html"""

OF_ONE = ("sts:externalid", "aws:principalarn", "aws:sourceidentity")
"""Keys that tell one holder in an account from the others; a principal's tags do too."""


def _bounded(arn: Any) -> bool:
    """No policy that AWS itself keeps for administrators; `AWSLambda_FullAccess` and PowerUser are of them."""
    theirs = r"arn:[\w-]+:iam::aws:policy/(.*/)?(.*FullAccess.*|.*PowerUser.*|AdministratorAccess.*|.*Administrator)"
    return re.fullmatch(theirs, str(arn), re.IGNORECASE) is None


def _workload_bounded(inputs: Inputs) -> Iterator[Finding]:
    if given(inputs.get("permissionsBoundary")):
        return
    with contextlib.suppress(Malformed):  # of which the rules on trust tell
        takers = [each for statement in statements(inputs.get("assumeRolePolicy")) for each in statement.principals]
        if any(kind == "federated" or name == PODS for kind, name in takers):
            yield Finding(inputs.path("permissionsBoundary"), inputs.shown("permissionsBoundary"))


def _to_strangers(statement: Statement) -> Iterator[str]:
    if statement.lets_strangers:
        yield "a role that everybody may take"


def _to_account(statement: Statement) -> Iterator[str]:
    held = any(each.exact and (each.key in OF_ONE or "principaltag/" in each.key) for each in statement.conditions)
    for kind, name in statement.principals:
        if statement.allows and kind == "aws" and not held and re.fullmatch(r"(arn:[\w-]+:iam::)?\d{12}(:root)?", name):
            yield f"a role that all of {name} may take"


def _to_tokens(claim: str) -> Callable[[Statement], Iterator[str]]:
    """Whoever shows a token is held to a value of the claim, of the issuer that is trusted."""

    def wrong(statement: Statement) -> Iterator[str]:
        for kind, name in statement.principals:
            if kind == "federated" and ":saml-provider/" not in name and statement.may("sts:assumerolewithwebidentity"):
                issuer = name.rpartition(":oidc-provider/")[2]
                if not statement.exactly(f"{issuer}:{claim}".lower()):
                    yield f"a role for tokens of {issuer} with any {claim}"

    return wrong


def _to_pods(statement: Statement) -> Iterator[str]:
    if statement.allows and ("service", PODS) in statement.principals:
        values = {tag: statement.exactly(f"aws:requesttag/{tag}") for tag in POD_TAGS}
        yield from (f"a role for pods of any {tag}" for tag, allowed in values.items() if len(allowed) != 1)


def _to_clusters(statement: Statement) -> Iterator[str]:
    if statement.allows and ("service", PODS) in statement.principals:
        keys = ("aws:sourcearn", "aws:requesttag/eks-cluster-arn")
        if not any(map(statement.exactly, keys)):
            yield "a role for pods of any cluster"


no_administrator = Rule(
    name="iam-no-administrator",
    on=ATTACHMENTS,
    severity="critical",
    answers=("CKV_AWS_274",),
    must="Nothing of a stack must have AWS' policies of administrators, which give every action on every resource.",
    fix="attach a policy with what is needed",
    check=both(holds("policyArn", _bounded), holds("managedPolicyArns", lambda arns: all(map(_bounded, arns or ())))),
)

rights_by_role = Rule(
    name="iam-rights-by-role",
    on=OF_USERS,
    severity="medium",
    answers=("CKV_AWS_40",),
    must="Rights must go to roles, since a user's are used with keys that never end.",
    fix="attach the policy to a role that people take through SSO, or pods by Pod Identity",
    check=both(holds("user", absent), holds("users", absent)),
)

no_lasting_key = Rule(
    name="iam-no-lasting-key",
    on=("aws:iam/accessKey:AccessKey",),
    severity="high",
    must="No access key must be in use, since it never ends, works from everywhere and lies in the state.",
    fix="take a role: Pod Identity for pods, OIDC for pipelines, SSO for people; or set status to Inactive",
    check=holds("status", one_of("Inactive")),
)

user_bounded = Rule(
    name="iam-user-bounded",
    on=("aws:iam/user:User",),
    severity="medium",
    must="A user must stand under a permissions boundary, so that no policy attached later makes it an administrator.",
    fix="set permissionsBoundary, or better take a role",
    check=holds("permissionsBoundary", given),
)

trust_in_known = Rule(
    name="iam-trust-in-known",
    on=(ROLE,),
    severity="critical",
    answers=("CKV_AWS_60",),
    must="A role must name who takes it, since everybody of every account may otherwise.",
    fix="set Principal to a service, a role or a provider, or bind the statement by aws:PrincipalOrgID",
    check=each_statement("assumeRolePolicy", _to_strangers),
)

trust_in_one = Rule(
    name="iam-trust-in-one",
    on=(ROLE,),
    severity="medium",
    answers=("CKV_AWS_61",),
    must="A role must be for one holder, since trust in an account is trust in everybody there.",
    fix="set Principal to a role's ARN, or bind the statement by aws:PrincipalArn or sts:ExternalId",
    check=each_statement("assumeRolePolicy", _to_account),
)

trust_in_subject = Rule(
    name="iam-trust-in-subject",
    on=(ROLE,),
    severity="critical",
    must="A role for tokens of an issuer must hold their subject to exact values, since all that the issuer signs for "
    "may take it otherwise.",
    fix="add StringEquals with <issuer>:sub, as in system:serviceaccount:<namespace>:<name>",
    check=each_statement("assumeRolePolicy", _to_tokens("sub")),
)

trust_in_audience = Rule(
    name="iam-trust-in-audience",
    on=(ROLE,),
    severity="high",
    must="A role for tokens of an issuer must hold their audience to AWS', since whoever a pod shows another token to "
    "could take the role with it.",
    fix="add StringEquals with <issuer>:aud and sts.amazonaws.com",
    check=each_statement("assumeRolePolicy", _to_tokens("aud")),
)

trust_in_one_account = Rule(
    name="iam-trust-in-one-service-account",
    on=(ROLE,),
    severity="high",
    must="A role for pods must hold namespace and service account to one value each, so that what one service may do "
    "no other can.",
    fix=f"add StringEquals with {' and '.join(f'aws:RequestTag/{tag}' for tag in POD_TAGS)}",
    check=each_statement("assumeRolePolicy", _to_pods),
)

trust_in_cluster = Rule(
    name="iam-trust-in-cluster",
    on=(ROLE,),
    severity="medium",
    must="A role for pods must name the cluster, since a pod of the same names in another one gets the same role.",
    fix="add ArnEquals with aws:SourceArn and the cluster's ARN",
    check=each_statement("assumeRolePolicy", _to_clusters),
)

one_audience = Rule(
    name="iam-provider-of-one-audience",
    on=("aws:iam/openIdConnectProvider:OpenIdConnectProvider",),
    severity="medium",
    must="An OIDC provider must take tokens for one audience, so that a token made for somebody else is no key to AWS.",
    fix="set clientIdLists to [sts.amazonaws.com]",
    check=holds("clientIdLists", lambda known: len(known or ()) == 1 and not set(known[0]) & set("*?")),
)

workload_bounded = Rule(
    name="iam-workload-bounded",
    on=(ROLE,),
    severity="medium",
    must="A role that pods take must have a boundary, since nothing else limits what a policy added later gives them.",
    fix="set permissionsBoundary to a policy of what services ever do: read their models and secrets, use the cache",
    check=_workload_bounded,
)

RULES = [
    no_administrator,
    rights_by_role,
    no_lasting_key,
    user_bounded,
    trust_in_known,
    trust_in_one,
    trust_in_subject,
    trust_in_audience,
    trust_in_one_account,
    trust_in_cluster,
    one_audience,
    workload_bounded,
]
