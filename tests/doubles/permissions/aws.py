"""What AWS IAM would answer to a request, from the policy documents alone.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.permissions import conditions
from tests.doubles.permissions.decision import Decision
from tests.doubles.permissions.documents import Document, Kind, Statement, statements
from tests.doubles.permissions.patterns import Context
from tests.doubles.permissions.principals import Grant, Principal, granted, spared


@dataclass(frozen=True, kw_only=True)
class Request:
    """One call of AWS's API as IAM sees it."""

    principal: Principal
    action: str
    resource: str = "*"
    """ARN, or * for an action on nothing in particular."""
    owner: str = ""
    """Account of the resource, where its ARN names none (S3)."""
    context: Mapping[str, Any] = field(default_factory=dict)
    """Condition keys beside those that tell who asks."""

    def facts(self) -> Context:
        return conditions.context({**self.principal.facts(), **self.context})

    def crosses_accounts(self) -> bool:
        """Raises ValueError where the owner cannot be known."""
        if self.resource == "*":
            return False
        owner = self.owner or self.resource.split(":")[4]
        if not owner:
            raise ValueError(f"{self.resource} names no account. To fix: give Request.owner.")
        return owner != self.principal.account

    def needs_own_policy(self) -> bool:
        """A KMS key and a role are used by nobody whom their own policy does not let in, even in their account.

        https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
        """
        key = self.resource.startswith("arn:aws:kms:") and ":key/" in self.resource
        return key or self.action.lower().startswith("sts:assumerole")


def decide(
    request: Request,
    *,
    identity: Sequence[Document] = (),
    boundary: Document | None = None,
    resource: Document | None = None,
    resource_kind: Kind = "resource",
) -> Decision:
    """`identity` are the policies of the caller, `resource` that of the bucket, key, repository or role asked for.

    Raises UnknownElement or UnknownOperator for what is not judged here.
    """
    own = [each for i, one in enumerate(identity) for each in statements(one, "identity", f"identity policy {i}")]
    limits = None if boundary is None else statements(boundary, "identity", "the boundary")
    theirs = [] if resource is None else statements(resource, resource_kind, f"the {resource_kind} policy")
    facts, caller = request.facts(), request.principal

    def matching(several: Sequence[Statement] | None, *, denies: bool) -> list[Statement]:
        return [
            each
            for each in several or ()
            if each.denies == denies and each.matches(request.action, request.resource, facts)
        ]

    denied = matching(own, denies=True) + matching(limits, denies=True)
    denied += [each for each in matching(theirs, denies=True) if _means(each, caller, bounded=boundary is not None)]
    if denied:
        return Decision(False, f"explicit deny: {denied[0].label}")
    let_in = _strongest(matching(theirs, denies=False), caller)
    if caller.kind != "AWS":
        return Decision(True, let_in["directly"]) if let_in else Decision(False, "no statement lets the caller in")
    bounded = limits is not None and not matching(limits, denies=False)
    allowed = matching(own, denies=False)
    by_identity = Decision(True, allowed[0].label) if allowed else Decision(False, "no statement allows it")
    if bounded:
        by_identity = Decision(False, "no statement of the boundary allows it")
    if request.crosses_accounts():
        return by_identity if let_in else Decision(False, "no statement of the owner's account lets the caller in")
    if "directly" in let_in:
        return Decision(True, let_in["directly"])
    if "role" in let_in and not bounded:
        return Decision(True, let_in["role"])
    if request.needs_own_policy() and not let_in:
        return Decision(False, "no statement of the resource's own policy lets the caller in")
    return by_identity


def _means(deny: Statement, caller: Principal, bounded: bool) -> bool:
    if "NotPrincipal" in deny.said:
        return not spared(deny.said["NotPrincipal"], caller, bounded)
    return granted(deny.said["Principal"], caller) is not None


def _strongest(allows: Sequence[Statement], caller: Principal) -> dict[Grant, str]:
    """Each way in which a statement lets the caller in, with the first such statement's label."""
    found: dict[Grant, str] = {}
    for each in allows:
        if how := granted(each.said["Principal"], caller):
            found.setdefault(how, each.label)
    return found
