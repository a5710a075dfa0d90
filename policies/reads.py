"""Which service may read which secret and which artifacts, by every grant that a stack makes."""

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from policies.documents import Malformed, statements
from policies.graph import Graph, Node
from policies.holders import ACCOUNT, ROLE, all_holders, service_of
from policies.inputs import Inputs, NotKnownYet
from policies.kubernetes.relations import TEMPLATE, WORKLOADS, place, told

ROLE_POLICY, POLICY = "aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
SECRET = "gcp:secretmanager/secret:Secret"  # noqa: S105, a type
BUCKET = "gcp:storage/bucket:Bucket"
SECRET_GRANTS = (
    "gcp:secretmanager/secretIamMember:SecretIamMember",
    "gcp:secretmanager/secretIamBinding:SecretIamBinding",
)
BUCKET_GRANTS = ("gcp:storage/bucketIAMMember:BucketIAMMember", "gcp:storage/bucketIAMBinding:BucketIAMBinding")

READ_SECRETS = ("roles/secretmanager.secretAccessor", "roles/secretmanager.admin")
READ_OBJECTS = re.compile(r"roles/storage\.(object(Viewer|User|Admin)|admin|legacyObject(Reader|Owner))")
FOLDER = re.compile(r"""(?:/objects/|objectListPrefix["'][^)]*\)\.startsWith\(["'])([^"']+)["']""")
"""Of a condition: what an object's name, or the prefix of a list, begins with."""

AWS_READS = {"secret": "secretsmanager:getsecretvalue", "artifacts": "s3:getobject"}
"""By what is read, the action."""


@dataclass(frozen=True)
class Read:
    """One thing that one identity may read."""

    what: str
    """"secret" or "artifacts"."""
    pattern: str
    """Its name; with a `*`, all that begins so."""
    readers: frozenset[str]
    """`namespace/name` of the service that it is; who has the grant, where the stack does not say which that is.

    An identity of two services has both: of that, stack-identity-of-one-service tells.
    """

    @property
    def who(self) -> str:
        return " and ".join(sorted(self.readers))

    def meets(self, other: "Read") -> bool:
        """Whether both may read one and the same."""
        (mine, more), (theirs, others) = _prefix(self.pattern), _prefix(other.pattern)
        same = mine == theirs or (more and theirs.startswith(mine)) or (others and mine.startswith(theirs))
        return self.what == other.what and same


def _prefix(pattern: str) -> tuple[str, bool]:
    found = re.match(r"[^*?]*", pattern)
    prefix = found[0] if found else ""
    return prefix, prefix != pattern


def reads(graph: Graph, grant: Node) -> Iterator[Read]:
    """What a grant, or a workload's own volumes, lets which service read."""
    return _READS[grant.type](graph, grant)


@lru_cache(maxsize=1)  # of the one stack that a command judges: each grant is held against all
def every_read(graph: Graph) -> frozenset[Read]:
    """Of all grants, as far as they are known: one that is not yet waits by itself."""
    found: set[Read] = set()
    for each in graph.of(*GRANTS):
        with contextlib.suppress(NotKnownYet):
            found.update(reads(graph, each))
    return frozenset(found)


def _of_role_policy(graph: Graph, grant: Node) -> Iterator[Read]:
    named = graph.meant(grant, "role", [ROLE], "name")
    yield from _of_document(graph, grant, [str(named)])


def _of_policy(graph: Graph, grant: Node) -> Iterator[Read]:
    arn = grant.known_by("arn")
    attached = [each for each in graph.of(ATTACHMENT) if graph.meant(each, "policyArn", [POLICY], "arn") == arn]
    yield from _of_document(graph, grant, [str(graph.meant(each, "role", [ROLE], "name")) for each in attached])


def _of_document(graph: Graph, grant: Node, roles: list[str]) -> Iterator[Read]:
    with contextlib.suppress(Malformed):  # of which the rules on grants tell
        for statement in statements(grant.get("policy")):
            for what, action in AWS_READS.items():
                if statement.may(action):
                    for role in roles:
                        readers = _services_of_role(graph, role)
                        yield from (Read(what, each, readers) for each in statement.resources)


def _services_of_role(graph: Graph, named: str) -> frozenset[str]:
    role = next((each for each in graph.of(ROLE) if each.known_by("name") == named), None)
    return frozenset((role and all_holders(graph, role.known_by("arn"))) or {named})


def _of_secret(graph: Graph, grant: Node) -> Iterator[Read]:
    if grant.get("role") in READ_SECRETS:
        secret = str(graph.meant(grant, "secretId", [SECRET], "secretId")).rpartition("/secrets/")[2]
        yield from (Read("secret", secret, each) for each in _services_of_grant(graph, grant))


def _of_bucket(graph: Graph, grant: Node) -> Iterator[Read]:
    if READ_OBJECTS.fullmatch(str(grant.get("role"))):
        bucket = graph.meant(grant, "bucket", [BUCKET], "name")
        folders = set(FOLDER.findall(str(grant.get("condition.expression")))) or {""}
        for readers in _services_of_grant(graph, grant):
            yield from (Read("artifacts", f"{bucket}/{folder}*", readers) for folder in folders)


def _services_of_grant(graph: Graph, grant: Node) -> Iterator[frozenset[str]]:
    """People and Google's own agents are no services."""
    members = [graph.meant(grant, "member", [ACCOUNT], "member"), *(grant.get("members") or ())]
    for member in map(str, filter(None, members)):
        if service := service_of(member):
            yield frozenset({service})
        elif member.startswith("serviceAccount:"):
            yield frozenset(all_holders(graph, member.removeprefix("serviceAccount:")) or {member})


def _of_workload(graph: Graph, workload: Node) -> Iterator[Read]:
    """Secrets of Kubernetes by name, and what a SecretProviderClass gives."""
    space, name = place(graph, workload)
    for each in set(_secrets(workload)):
        yield Read("secret", told((space, each)), frozenset({told((space, name))}))


def _secrets(workload: Node) -> Iterator[str]:
    pod = f"{TEMPLATE}.spec"
    for volume in workload.each(f"{pod}.volumes"):
        yield from _texts(volume, "secret.secretName", "csi.volumeAttributes.secretProviderClass")
        for source in volume.each("projected.sources"):
            yield from _texts(source, "secret.name")
    for containers in ("containers", "initContainers"):
        for container in workload.each(f"{pod}.{containers}"):
            for part in (*container.each("env"), *container.each("envFrom")):
                yield from _texts(part, "valueFrom.secretKeyRef.name", "secretRef.name")


def _texts(held: Inputs, *paths: str) -> Iterator[str]:
    found: list[Any] = [held.get(path) for path in paths]
    yield from (str(each) for each in found if each)


_READS: Mapping[str, Callable[[Graph, Node], Iterator[Read]]] = {
    ROLE_POLICY: _of_role_policy,
    POLICY: _of_policy,
    **dict.fromkeys(SECRET_GRANTS, _of_secret),
    **dict.fromkeys(BUCKET_GRANTS, _of_bucket),
    **dict.fromkeys(WORKLOADS, _of_workload),
}
GRANTS = tuple(_READS)
