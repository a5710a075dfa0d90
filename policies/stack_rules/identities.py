"""Identities: each for one service, and what is trusted of another cloud for one subject."""

import contextlib
from collections.abc import Iterator

from policies.documents import Malformed, Statement, statements
from policies.graph import Graph, Node, StackRule
from policies.holders import ROLE, TIES, all_holders, identity, issuer
from policies.kubernetes.relations import (
    NAME,
    SERVICE_ACCOUNT,
    TEMPLATE,
    WORKLOADS,
    namespace,
    of_kind,
    place,
    told,
    within,
)
from policies.rule import Finding

POOL = "gcp:iam/workloadIdentityPool:WorkloadIdentityPool"
PROVIDER = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"


def _one_service(node: Node, graph: Graph) -> Iterator[Finding]:
    of = identity(graph, node)
    if of and len(found := all_holders(graph, of)) > 1:
        yield Finding("", f"{', '.join(sorted(found))} all act as {of}")


def _one_workload(workload: Node, graph: Graph) -> Iterator[Finding]:
    account = _account(graph, workload)
    if account == "default":  # of which pod-account-of-its-own tells
        return
    for other in within(graph, namespace(graph, workload), *WORKLOADS):
        if other is not workload and _account(graph, other) == account:
            shared = f"{account!r}, as it is of {of_kind(other)} {told(place(graph, other))}"
            yield Finding(f"{TEMPLATE}.spec.serviceAccountName", shared)


def _account(graph: Graph, workload: Node) -> str:
    return graph.meant(workload, f"{TEMPLATE}.spec.serviceAccountName", [SERVICE_ACCOUNT], NAME) or "default"


def _one_subject(role: Node, _: Graph) -> Iterator[Finding]:
    with contextlib.suppress(Malformed):  # of which the rules on trust tell
        trust = [each for each in statements(role.get("assumeRolePolicy")) if each.allows]
        trusted = [(issuer(name), each) for each in trust for kind, name in each.principals if kind == "federated"]
        if not trusted:
            return
        others = [name for each in trust for kind, name in each.principals if kind != "federated"]
        claimed = [*others, *(f"{of} {subject}" for of, each in trusted for subject in _claims(each, of, "sub"))]
        if len(set(claimed)) != 1:
            yield Finding("assumeRolePolicy", f"trust in {', '.join(sorted(set(claimed))) or 'any subject'}")
        for of, each in trusted:
            if len(audiences := _claims(each, of, "aud")) != 1:
                yield Finding("assumeRolePolicy", f"trust in tokens for {', '.join(audiences) or 'any audience'}")


def _claims(statement: Statement, of: str, claim: str) -> tuple[str, ...]:
    return statement.exactly(f"{of}:{claim}".lower())


def _one_issuer(provider: Node, graph: Graph) -> Iterator[Finding]:
    pool = _pool(graph, provider)
    for other in graph.of(PROVIDER):
        if other is not provider and _pool(graph, other) == pool:
            yield Finding("workloadIdentityPoolId", f"that of {other.name} too")
    if len(audiences := provider.get("oidc.allowedAudiences") or ()) > 1:
        yield Finding("oidc.allowedAudiences", f"{', '.join(map(str, audiences))}, more than one")


def _pool(graph: Graph, provider: Node) -> str | None:
    return graph.meant(provider, "workloadIdentityPoolId", [POOL], "workloadIdentityPoolId")


role_of_one_service = StackRule(
    name="stack-identity-of-one-service",
    on=TIES,
    severity="high",
    must="An identity of a cloud must be one service's alone, since whoever takes over the one has the rights of the "
    "other, and no log tells them apart.",
    fix="make a role or an account for each service",
    check=_one_service,
)

account_of_one_workload = StackRule(
    name="stack-account-of-one-workload",
    on=WORKLOADS,
    severity="medium",
    must="A service account must be one workload's alone, since all that it may do in cluster and cloud, each of them "
    "may.",
    fix="make a service account for each workload",
    check=_one_workload,
)

trust_of_one_subject = StackRule(
    name="stack-trust-of-one-subject",
    on=(ROLE,),
    severity="high",
    must="A role for tokens of another cloud must be for one subject and one audience in all, since a second one is a "
    "second way in that nobody looks for.",
    fix="leave one statement with StringEquals on one <issuer>:sub and one <issuer>:aud; make a role for each other",
    check=_one_subject,
)

pool_of_one_issuer = StackRule(
    name="stack-pool-of-one-issuer",
    on=(PROVIDER,),
    severity="high",
    must="A workload identity pool must have one issuer and one audience, since a grant names pool and subject, and "
    "every cluster has subjects of the same names.",
    fix="make a pool for each issuer, and name one audience or none",
    check=_one_issuer,
)

RULES = [role_of_one_service, account_of_one_workload, trust_of_one_subject, pool_of_one_issuer]
