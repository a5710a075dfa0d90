"""Who acts as a Google account without a password: pods, workloads of another cloud, and whoever holds a key."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from policies.checks import holds, one_of, when
from policies.inputs import Inputs
from policies.rule import Finding, Rule
from policies.rules.iam_gcp import ACCOUNTS, grants, members, to_programs

PROVIDER = ("gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider",)

ACTS_AS = "roles/iam.workloadIdentityUser"
ONE_POD_ACCOUNT = re.compile(
    r"serviceAccount:[a-z][a-z0-9.:-]*\.svc\.id\.goog\[[a-z0-9-]+/[a-z0-9.-]+\]"
    r"|principal://iam\.googleapis\.com/projects/[0-9]+/locations/global/workloadIdentityPools/[a-z0-9.-]+/subject/[^*]+"
    r"|principalSet:.*"  # google-iam-no-set-of-workloads tells of it
)
DEFAULT_POD_ACCOUNT = re.compile(r".*(/default\]|[/:]default)")

OWN_NAME = re.compile(
    r"(https:)?//iam\.googleapis\.com/projects/[^/]+/locations/global/workloadIdentityPools/[^/]+/providers/[^/]+"
)

TEXT = r"""(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
NAME = rf"(?:api\.getAttribute\({TEXT},\s*{TEXT}\)|[A-Za-z_]\w*(?:\.\w+|\[{TEXT}\])*)"
TEXTS = rf"\[\s*{TEXT}(?:\s*,\s*{TEXT})*\s*\]"
COMPARISON = re.compile(
    rf"{NAME}\s*[!=]=\s*(?:{TEXT}|\d+|true|false)|{NAME}\.(?:startsWith|endsWith|contains|matches)\({TEXT}\)"
    rf"|{NAME}\s+in\s+{TEXTS}|{TEXT}\s+in\s+{NAME}|has\({NAME}\)"
)

SHARED = r"iss|aud|exp|iat|(?:ref|base_ref|head_ref|workflow|job_workflow|event|actor|environment|sha|run|runner)\w*"
"""Claims that other tenants of the issuer have too: every repository has a branch `main`."""
CLAIM = rf"(?!assertion(?:\.|\[[\"'])(?:{SHARED})\b)(?:assertion|google|attribute)[.\[]"
ONE_SUBJECT = re.compile(rf"{CLAIM}[^=]*?\s*==\s*(?!\"\"|''){TEXT}|{CLAIM}.*\s+in\s+{TEXTS}")
SUBJECTS_OF = re.compile(rf"{CLAIM}.*\.startsWith\((?P<text>{TEXT})\)")
POD_ACCOUNT = "system:serviceaccount:"
"""What a Kubernetes token's subject begins with, before `<namespace>:<name>`."""


def limited(expression: Any, wanted: Callable[[str], bool]) -> bool:
    """Whether each alternative of a condition in CEL holds a comparison that is as `wanted`.

    A condition that is more than comparisons joined by && and || may mean anything, and counts as no limit.
    """
    if not isinstance(expression, str) or "\0" in expression:
        return False
    texts: list[str] = []

    def hide(found: re.Match[str]) -> str:
        texts.append(found[0])
        return f"\0{len(texts) - 1}\0"

    def parts(alternative: str) -> Iterator[str]:
        for part in alternative.split("&&"):
            yield re.sub("\0([0-9]+)\0", lambda found: texts[int(found[1])], _bare(part))

    alternatives = [list(parts(each)) for each in re.sub(TEXT, hide, expression).split("||")]
    return all(all(map(COMPARISON.fullmatch, each)) and any(map(wanted, each)) for each in alternatives)


def _bare(part: str) -> str:
    """Without the parentheses around it, of which a split has left one side."""
    part = part.strip()
    while part.startswith("("):
        part = part[1:].lstrip()
    while part.endswith(")") and part.count(")") > part.count("("):
        part = part[:-1].rstrip()
    return part


def _names_subject(comparison: str) -> bool:
    found = SUBJECTS_OF.fullmatch(comparison)
    return bool(ONE_SUBJECT.fullmatch(comparison)) or bool(found and _narrow(found["text"][1:-1]))


def _narrow(prefix: str) -> bool:
    """Of Kubernetes' subjects, one with the whole namespace: `prod` begins `production` too."""
    if prefix.startswith(POD_ACCOUNT):
        return ":" in prefix.removeprefix(POD_ACCOUNT)
    # Whole to its last name, since whoever likes may be called `acme-evil`.
    return prefix.endswith(("/", ":", "@")) and not POD_ACCOUNT.startswith(prefix)


def _acts_alone(grant: Inputs) -> Iterator[Finding]:
    if to_programs(grant):
        yield from holds("role", one_of(ACTS_AS))(grant)


def _own_subject(inputs: Inputs) -> Iterator[Finding]:
    mapping = inputs.get("attributeMapping")
    subject = str((mapping or {}).get("google.subject"))
    if mapping is not None and not re.search(r"\bassertion\.(sub|arn)\b", subject):
        yield Finding(inputs.path("attributeMapping"), inputs.shown("attributeMapping"))


def _one_pod_account(grant: Inputs) -> Iterator[Finding]:
    yield from members(lambda member: bool(ONE_POD_ACCOUNT.fullmatch(str(member))))(grant)
    if len(grant.get("members") or ()) > 1:
        yield Finding(grant.path("members"), f"{grant.shown('members')}, more than one")


def _own_audiences(inputs: Inputs) -> Iterator[Finding]:
    for index, audience in enumerate(inputs.get("oidc.allowedAudiences") or ()):
        if not OWN_NAME.fullmatch(str(audience)):
            path = f"oidc.allowedAudiences.{index}"
            yield Finding(inputs.path(path), inputs.shown(path))


one_pod_account = Rule(
    name="google-identity-one-pod-account",
    on=ACCOUNTS,
    severity="high",
    must="A Google account must be acted as by one Kubernetes service account, named with pool, namespace and name, so "
    "that no other pod has its rights.",
    fix="bind serviceAccount:<project>.svc.id.goog[<namespace>/<service account>], one to an account",
    check=grants(when("role", one_of(ACTS_AS), then=_one_pod_account)),
)

no_default_pod_account = Rule(
    name="google-identity-no-default-pod-account",
    on=ACCOUNTS,
    severity="high",
    must="No Google account may be for a namespace's service account default, which is every pod that names none.",
    fix="make a service account for the workload, and bind that",
    check=grants(
        when("role", one_of(ACTS_AS), then=members(lambda member: not DEFAULT_POD_ACCOUNT.fullmatch(str(member))))
    ),
)

acts_alone = Rule(
    name="google-identity-acts-alone",
    on=ACCOUNTS,
    severity="high",
    must="A workload must be let do nothing to a service account but act as it, since who makes keys or grants for it "
    "outlives the workload.",
    fix="grant roles/iam.workloadIdentityUser",
    check=grants(_acts_alone),
)

no_key = Rule(
    name="google-identity-no-key",
    on=("gcp:serviceaccount/key:Key",),
    severity="high",
    answers=("CIS GCP 1.4",),
    must="A service account must have no key of its own, which works for years from anywhere, and stands in the state.",
    fix="use Workload Identity, in a cluster or federated, and remove the key",
    check=lambda _: [Finding("", "a key is made")],
)

pool_audience = Rule(
    name="google-identity-pool-audience",
    on=PROVIDER,
    severity="high",
    must="A provider of a workload identity pool must take tokens alone that were made out to it, as by default, for "
    "one made out to somebody else can be passed on by them.",
    fix="remove oidc.allowedAudiences, or name https://iam.googleapis.com/<the provider's own name> there",
    check=_own_audiences,
)

pool_subject = Rule(
    name="google-identity-pool-subject",
    on=PROVIDER,
    severity="high",
    must="A provider of a workload identity pool must take a token's own subject for its name, since no grant tells "
    "two apart that are called the same.",
    fix="map google.subject to assertion.sub",
    check=_own_subject,
)

pool_condition = Rule(
    name="google-identity-pool-condition",
    on=PROVIDER,
    severity="high",
    answers=("CKV_GCP_118",),
    must="A provider of a workload identity pool must say in a condition whose tokens it takes, by subject or the "
    "whole of a namespace, since its issuer signs for strangers too.",
    fix='set attributeCondition, as in assertion.sub == "system:serviceaccount:<namespace>:<name>"',
    check=holds("attributeCondition", lambda written: limited(written, _names_subject)),
)

RULES = [
    one_pod_account,
    no_default_pod_account,
    acts_alone,
    no_key,
    pool_audience,
    pool_subject,
    pool_condition,
]
