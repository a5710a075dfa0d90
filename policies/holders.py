"""Who acts as which identity of a cloud: pods of a service account, by whatever ties the two together."""

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

from policies.documents import Malformed, Statement, statements
from policies.graph import Graph, Node
from policies.inputs import NotKnownYet
from policies.kubernetes.relations import NAME, NAMESPACE, SERVICE_ACCOUNT, place, told
from policies.rules.federation_gcp import ACTS_AS
from policies.rules.iam_identities_aws import POD_TAGS, PODS

ROLE = "aws:iam/role:Role"
ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
ACCOUNT = "gcp:serviceaccount/account:Account"
MEMBERS = ("gcp:serviceaccount/iAMMember:IAMMember", "gcp:serviceaccount/iAMBinding:IAMBinding")

AWS_NAMES, GCP_NAMES = "eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account"
"""Annotations of a service account."""
ANNOTATIONS = "metadata.annotations"

SUBJECT = re.compile(r"system:serviceaccount:([a-z0-9-]+):([a-z0-9.-]+)")
POD_ACCOUNT = re.compile(r"serviceAccount:[^\[]+\.svc\.id\.goog\[([a-z0-9-]+/[a-z0-9.-]+)\]")


def identity(graph: Graph, node: Node) -> str | None:
    """Of which identity a resource says who acts as it, alike whichever resource says so; None where it is of none."""
    found = _IDENTITY[node.type](graph, node)
    return found.rpartition("/")[2] if found and found.startswith("projects/") else found


def holders(graph: Graph, node: Node) -> set[str]:
    """Who that is: `namespace/name` of each service account; the cloud's own word for whoever is none."""
    return _HOLDERS[node.type](graph, node)


def all_holders(graph: Graph, of: str) -> set[str]:
    """Whoever acts as an identity, by all that the stack says.

    Raises NotKnownYet where that is not known in full, unless there are two of them already.
    """
    held, waits = _held(graph)
    found, unknown = held.get(of, set()), waits.get(of) or waits.get(None)
    if unknown and len(found) < 2:
        raise unknown
    return found


@lru_cache(maxsize=1)  # of the one stack that a command judges: every grant asks whose it is
def _held(graph: Graph) -> tuple[Mapping[str, set[str]], Mapping[str | None, NotKnownYet]]:
    """Holders by identity, and what is not known of some; of None, of which identity that is."""
    found: dict[str, set[str]] = {}
    waits: dict[str | None, NotKnownYet] = {}
    for each in graph.of(*TIES):
        of = None
        try:
            if of := identity(graph, each):
                found.setdefault(of, set()).update(holders(graph, each))
        except NotKnownYet as unknown:
            waits[of] = unknown
    return found, waits


def service_of(member: str) -> str | None:
    """Of a subject, or a member that is one: its `namespace/name`."""
    if pods := POD_ACCOUNT.fullmatch(member):
        return pods[1]
    found = SUBJECT.fullmatch(member.rpartition("/subject/")[2])
    return "/".join(found.groups()) if found else None


def _of_role(_: Graph, node: Node) -> str | None:
    return node.known_by("arn")


def _of_association(graph: Graph, node: Node) -> str | None:
    return graph.meant(node, "roleArn", [ROLE], "arn")


def _of_account(graph: Graph, node: Node) -> str | None:
    role = graph.meant(node, ANNOTATIONS, [ROLE], "arn", key=AWS_NAMES)
    return role or graph.meant(node, ANNOTATIONS, [ACCOUNT], "email", key=GCP_NAMES)


def _of_members(graph: Graph, node: Node) -> str | None:
    if node.get("role") != ACTS_AS:
        return None
    return graph.meant(node, "serviceAccountId", [ACCOUNT], "name")


def _takers(_: Graph, node: Node) -> set[str]:
    with contextlib.suppress(Malformed):  # of which the rules on trust tell
        return {each for statement in statements(node.get("assumeRolePolicy")) for each in _by_trust(statement)}
    return set()


def _by_trust(statement: Statement) -> Iterator[str]:
    if ("service", PODS) in statement.principals:
        spaces, names = (statement.exactly(f"aws:requesttag/{tag}") for tag in POD_TAGS)
        yield from (f"{space}/{name}" for space in spaces for name in names)
    yield from (service_of(each) or each for each in subjects(statement))


def subjects(statement: Statement) -> Iterable[str]:
    """Whose tokens a statement takes, of the issuers that it trusts."""
    for kind, name in statement.principals:
        if statement.allows and kind == "federated":
            yield from statement.exactly(f"{issuer(name)}:sub".lower())


def issuer(provider: str) -> str:
    """Of an OIDC provider's ARN: what its claims are called after."""
    return provider.rpartition(":oidc-provider/")[2]


def _associated(graph: Graph, node: Node) -> set[str]:
    space = graph.meant(node, "namespace", [NAMESPACE], NAME)
    return {f"{space}/{graph.meant(node, 'serviceAccount', [SERVICE_ACCOUNT], NAME)}"}


def _annotated(graph: Graph, node: Node) -> set[str]:
    return {told(place(graph, node))}


def _members(_: Graph, node: Node) -> set[str]:
    named = [node.get("member"), *(node.get("members") or ())]
    return {service_of(each) or each for each in named if each}


_IDENTITY: Mapping[str, Callable[[Graph, Node], str | None]] = {
    ROLE: _of_role,
    ASSOCIATION: _of_association,
    SERVICE_ACCOUNT: _of_account,
    **dict.fromkeys(MEMBERS, _of_members),
}
_HOLDERS: Mapping[str, Callable[[Graph, Node], set[str]]] = {
    ROLE: _takers,
    ASSOCIATION: _associated,
    SERVICE_ACCOUNT: _annotated,
    **dict.fromkeys(MEMBERS, _members),
}
TIES = tuple(_HOLDERS)
"""Types of what says who acts as an identity."""
