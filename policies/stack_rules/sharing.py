"""Secrets and artifacts: read by the one service that they are of."""

from collections.abc import Iterable, Iterator

from policies.graph import Graph, Node, StackCheck, StackRule
from policies.reads import GRANTS, Read, every_read, reads
from policies.rule import Finding


def _alone(what: str) -> StackCheck:
    """No grant lets another service read what this one does."""

    def check(node: Node, graph: Graph) -> Iterator[Finding]:
        mine = [each for each in reads(graph, node) if each.what == what]
        yield from (Finding("", words) for words in sorted({*_shared(mine, every_read(graph))}))

    return check


def _shared(mine: Iterable[Read], theirs: Iterable[Read]) -> Iterator[str]:
    for one in mine:
        for other in theirs:
            if not one.readers & other.readers and one.meets(other):
                yield f"{one.who} reads {one.pattern}, and {other.who} reads {other.pattern}"


secret_of_one_service = StackRule(
    name="stack-secret-of-one-service",
    on=GRANTS,
    severity="high",
    must="A secret must be one service's alone, since one that is shared is changed by nobody, and whoever takes over "
    "the least of its readers has it.",
    fix="make a secret for each service, and have the other side know both",
    check=_alone("secret"),
)

artifacts_of_one_service = StackRule(
    name="stack-artifacts-of-one-service",
    on=GRANTS,
    severity="high",
    must="A folder of artifacts must be read by one service alone, since a model tells what it learned to whoever "
    "loads it.",
    fix="grant each service <bucket>/models/<service>/* and no more, and copy what both need",
    check=_alone("artifacts"),
)

RULES = [secret_of_one_service, artifacts_of_one_service]
