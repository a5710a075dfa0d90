"""Repositories on ECR: a tag is one image for ever, what is deployed stays, and only who builds may push."""

from collections.abc import Iterator

from policies.checks import both, holds, not_true, one_of, some, true
from policies.documents import Malformed, Statement, each_statement, not_public, own_key, parsed
from policies.inputs import Inputs
from policies.rule import Finding, Rule

REPOSITORY = ("aws:ecr/repository:Repository",)
LIFECYCLE = ("aws:ecr/lifecyclePolicy:LifecyclePolicy",)
POLICY = ("aws:ecr/repositoryPolicy:RepositoryPolicy",)

WRITES = (
    *("ecr:putimage", "ecr:initiatelayerupload", "ecr:uploadlayerpart", "ecr:completelayerupload"),
    *("ecr:batchdeleteimage", "ecr:deleterepository", "ecr:deleterepositorypolicy", "ecr:setrepositorypolicy"),
    *("ecr:putimagetagmutability", "ecr:putlifecyclepolicy", "ecr:deletelifecyclepolicy"),
)


def _keeps_deployed(inputs: Inputs) -> Iterator[Finding]:
    """Whether an image is deployed no rule of ECR knows; ours all have a tag, so only what has none may go."""
    if (written := inputs.get("policy")) in (None, ""):
        return
    try:
        rules = parsed(written)["rules"]
        for index, rule in enumerate(rules):
            status, action = rule["selection"]["tagStatus"], rule["action"]["type"]
            if status != "untagged" and action == "expire":
                yield Finding(inputs.path(f"policy.rules.{index}"), f"a rule that removes {status} images")
    except (Malformed, KeyError, TypeError):
        yield Finding(inputs.path("policy"), "no lifecycle policy")


def _pushes(statement: Statement) -> Iterator[str]:
    if may := [action for action in WRITES if statement.may(action)]:
        yield f"a grant of {', '.join(may)}"


tags_immutable = Rule(
    name="ecr-tags-immutable",
    on=REPOSITORY,
    severity="high",
    answers=("CKV_AWS_51",),
    must="A tag must stay the image it was, so that nobody replaces what was reviewed.",
    fix="set imageTagMutability to IMMUTABLE",
    check=holds("imageTagMutability", one_of("IMMUTABLE")),
)

scanned = Rule(
    name="ecr-scanned",
    on=REPOSITORY,
    severity="medium",
    answers=("CIS EKS 5.1.1", "CKV_AWS_163"),
    must="A repository must scan each image as it comes, so that known flaws are known before it runs.",
    fix="set imageScanningConfiguration.scanOnPush to true",
    check=holds("imageScanningConfiguration.scanOnPush", true),
)

by_own_key = Rule(
    name="ecr-by-own-key",
    on=REPOSITORY,
    severity="medium",
    answers=("CKV_AWS_136",),
    must="A repository must be encrypted by a key of yours, so that you can see and end its use.",
    fix="set encryptionConfigurations to encryptionType KMS and the ARN of the stack's key",
    check=some(
        "encryptionConfigurations",
        both(holds("encryptionType", one_of("KMS", "KMS_DSSE")), holds("kmsKey", own_key)),
    ),
)

destroyed_empty = Rule(
    name="ecr-destroyed-empty",
    on=REPOSITORY,
    severity="medium",
    must="A repository of production must not be destroyed with images in it, since nodes pull what runs from there.",
    fix="leave out forceDelete",
    tiers=("prod",),
    check=holds("forceDelete", not_true),
)

keeps_deployed = Rule(
    name="ecr-keeps-deployed",
    on=LIFECYCLE,
    severity="high",
    must="A lifecycle must not remove tagged images, since neither age nor number tells which are deployed, and a pod "
    "whose image is gone never starts again.",
    fix="let each rule that expires have tagStatus untagged",
    check=_keeps_deployed,
)

policy_not_public = Rule(
    name="ecr-policy-not-public",
    on=POLICY,
    severity="critical",
    answers=("CKV_AWS_32",),
    must="A repository's policy must not let everybody in, since images hold what models know.",
    fix="name accounts or roles as Principal, or bind the statement by aws:PrincipalOrgID",
    check=not_public("policy"),
)

policy_pulls_only = Rule(
    name="ecr-policy-pulls-only",
    on=POLICY,
    severity="high",
    must="A repository's policy must give no right to push or to delete, since who may change what runs is said once, "
    "by the builder's own role.",
    fix="leave ecr:GetDownloadUrlForLayer, ecr:BatchGetImage and ecr:BatchCheckLayerAvailability",
    check=each_statement("policy", _pushes),
)

RULES = [
    tags_immutable,
    scanned,
    by_own_key,
    destroyed_empty,
    keeps_deployed,
    policy_not_public,
    policy_pulls_only,
]
