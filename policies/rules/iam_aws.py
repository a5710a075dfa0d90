"""What IAM of AWS grants: named actions on named resources, and nothing that widens itself."""

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase

from policies.checks import both, each
from policies.documents import Statement, each_statement, whole_kind
from policies.rule import Check, Rule

GRANTS = (
    *("aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy", "aws:iam/groupPolicy:GroupPolicy"),
    *("aws:iam/userPolicy:UserPolicy", "aws:iam/role:Role"),
)
WITHOUT_RESOURCE = (
    *("*:describe*", "*:list*", "ecr:getauthorizationtoken", "sts:getcalleridentity", "cloudwatch:getmetric*"),
    *("cloudwatch:putmetricdata", "xray:put*", "xray:getsampling*", "kms:createkey", "kms:generaterandom"),
    *("secretsmanager:getrandompassword", "ec2messages:*", "ssmmessages:*", "tag:getresources"),
)
"""What AWS takes no resource for, or what tells names alone. iam:PassRole has a rule of its own."""

ESCALATIONS = (
    *("iam:attachgrouppolicy", "iam:attachrolepolicy", "iam:attachuserpolicy", "iam:createpolicyversion"),
    *("iam:setdefaultpolicyversion", "iam:putgrouppolicy", "iam:putrolepolicy", "iam:putuserpolicy"),
    *("iam:createaccesskey", "iam:createloginprofile", "iam:updateloginprofile", "iam:addusertogroup"),
    *("iam:updateassumerolepolicy", "iam:deleterolepermissionsboundary", "iam:deleteuserpermissionsboundary"),
)
"""Each by itself gives its holder more than was granted: https://github.com/RhinoSecurityLabs/AWS-IAM-Privilege-Escalation"""

MODEL_READS = ("s3:get*", "s3:list*")


def _granted(wrong: Callable[[Statement], Iterator[str]]) -> Check:
    return both(each_statement("policy", wrong), each("inlinePolicies", each_statement("policy", wrong)))


def _wild(statement: Statement) -> Iterator[str]:
    if wild := [action for action in statement.actions if statement.allows and set(action) & set("*?")]:
        yield f"a grant of {', '.join(wild)}"


def _unbound(statement: Statement) -> Iterator[str]:
    tagged = any(":resourcetag/" in each.key and each.exact for each in statement.conditions)
    if statement.allows and _anything(statement) and not tagged:
        passing = (*WITHOUT_RESOURCE, "iam:passrole")
        bound = [action for action in statement.actions if not any(fnmatchcase(action, each) for each in passing)]
        if bound:
            yield f"a grant of {', '.join(bound)} on everything of its kind"


def _all_but(statement: Statement) -> Iterator[str]:
    if statement.allows and statement.not_actions:
        yield f"a grant of all but {', '.join(statement.not_actions)}"


def _passes_any_role(statement: Statement) -> Iterator[str]:
    if statement.may("iam:passrole") and _anything(statement):
        yield "a right to pass every role"


def _escalates(statement: Statement) -> Iterator[str]:
    if may := [action for action in ESCALATIONS if statement.may(action)]:
        yield f"a grant of {', '.join(may)}"


def _anything(statement: Statement) -> bool:
    return bool(statement.not_resources) or any(map(whole_kind, statement.resources))


def _changes_models(statement: Statement) -> Iterator[str]:
    changes = [each for each in statement.actions if not any(fnmatchcase(each, read) for read in MODEL_READS)]
    changes = [each for each in changes if each.startswith(("s3:", "*"))]
    if statement.allows and changes and any(map(_of_models, statement.resources)):
        yield f"a grant of {', '.join(changes)} on model artifacts"


def _reads_all_models(statement: Statement) -> Iterator[str]:
    if statement.may("s3:getobject"):
        yield from (f"a grant on {each}" for each in statement.resources if _of_all_models(each))


def _key_in_models(arn: str) -> str | None:
    """What follows the bucket's name, where bucket or folder is that of artifacts (components/storage/aws.py)."""
    found = re.fullmatch(r"arn:[\w*-]+:s3:[^/]*:([^/:]+)(/.*)?", arn)
    if found and (re.search(r"-models[*?]*$", found[1]) or (found[2] or "").startswith("/models")):
        return found[2] or ""
    return None


def _of_models(arn: str) -> bool:
    return _key_in_models(arn) is not None


def _of_all_models(arn: str) -> bool:
    """A wildcard before the slash that ends a service's name; AWS lets one stand for slashes too."""
    key = _key_in_models(arn)
    return key is not None and bool(set(arn) & set("*?")) and not re.match(r"/models/[^/*?]+/", key)


actions_named = Rule(
    name="iam-actions-named",
    on=GRANTS,
    severity="high",
    answers=("CKV_AWS_63",),
    must="A grant must name its actions, since a wildcard gives what nobody reviewed, and what AWS adds tomorrow.",
    fix="write each action that is needed, or waive this with a reason",
    check=_granted(_wild),
)

resources_named = Rule(
    name="iam-resources-named",
    on=GRANTS,
    severity="high",
    answers=("CKV_AWS_355",),
    must="A grant must name its resources wherever AWS has any for the action, since everything of a kind is also what "
    "other stacks keep.",
    fix="write the ARNs, or bind the statement by aws:ResourceTag",
    check=_granted(_unbound),
)

no_all_but = Rule(
    name="iam-no-all-but",
    on=GRANTS,
    severity="high",
    must="A grant must not be all but some actions, which is nearly every right there is.",
    fix="replace NotAction by the actions that are needed",
    check=_granted(_all_but),
)

passed_roles_named = Rule(
    name="iam-passed-roles-named",
    on=GRANTS,
    severity="critical",
    must="A right to pass roles must name them, since whoever passes any role to a service acts as it.",
    fix="set Resource to the ARN of the role that is passed",
    check=_granted(_passes_any_role),
)

no_escalation = Rule(
    name="iam-no-escalation",
    on=GRANTS,
    severity="critical",
    answers=("CKV_AWS_286",),
    must="A role must not be able to change rights, since it could then give itself all others.",
    fix="leave changes of IAM to the stack's own update",
    check=_granted(_escalates),
)

models_read_only = Rule(
    name="iam-models-read-only",
    on=GRANTS,
    severity="high",
    must="A service must only read model artifacts, so that one that is taken over cannot replace what others load.",
    fix="leave s3:GetObject and s3:ListBucket; who trains or releases writes from a role outside the stack",
    check=_granted(_changes_models),
)

models_of_one_service = Rule(
    name="iam-models-of-one-service",
    on=GRANTS,
    severity="high",
    must="A service must read its own folder of model artifacts and no other's, since a model tells what it learned.",
    fix="set Resource to <bucket>/models/<service>/*",
    check=_granted(_reads_all_models),
)

RULES = [
    actions_named,
    resources_named,
    no_all_but,
    passed_roles_named,
    no_escalation,
    models_read_only,
    models_of_one_service,
]
