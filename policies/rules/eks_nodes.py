"""Nodes of EKS, and what EKS installs on them: no way in, no way to their role, no system that nobody mends."""

import base64
import binascii
import contextlib
import re
from collections.abc import Iterator
from typing import Any

from policies.checks import absent, at_most, both, each, given, holds, none_of, not_true, one_of, true, when
from policies.inputs import Inputs
from policies.rule import Finding, Rule

GROUP = "aws:eks/nodeGroup:NodeGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
ADD_ON = "aws:eks/addon:Addon"

CREDENTIAL = re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b|aws_secret_access_key|PRIVATE KEY-----", re.IGNORECASE)
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes"""


def _kept_up(kind: Any) -> bool:
    """Nothing set is Amazon Linux 2023 on every version that EKS supports."""
    return not str(kind or "").upper().startswith("AL2_")


def _is_version(value: Any) -> bool:
    return re.match(r"v?\d+\.\d+\.\d+", str(value or "")) is not None


def _volumes_encrypted(inputs: Inputs) -> Iterator[Finding]:
    """A template without a volume takes that of the image, which is not encrypted."""
    volumes = [part for part in inputs.each("blockDeviceMappings") if part.get("ebs") is not None]
    if not volumes:
        yield Finding(inputs.path("blockDeviceMappings"), "without a volume, so that the image decides")
    for volume in volumes:
        if not true(volume.get("ebs.encrypted")):
            yield Finding(volume.path("ebs.encrypted"), volume.shown("ebs.encrypted"))


def _without_credentials(text: Any) -> bool:
    """User data comes as base64, or as the text itself."""
    read = str(text or "")
    with contextlib.suppress(binascii.Error, UnicodeDecodeError):
        read += base64.b64decode(read, validate=True).decode()
    return CREDENTIAL.search(read) is None


without_ssh = Rule(
    name="eks-nodes-without-ssh",
    on=(GROUP, TEMPLATE),
    severity="high",
    answers=("CKV_AWS_100",),
    must="Nodes must take no SSH key, since whoever has it is root on every one, by a port that EKS opens to the "
    "Internet where no group is named, and nobody can tell who it was.",
    fix="leave out remoteAccess and keyName; Session Manager gives a shell to named people and logs it",
    check=both(holds("remoteAccess.ec2SshKey", absent), holds("keyName", absent)),
)

image_kept_up = Rule(
    name="eks-nodes-image-kept-up",
    on=(GROUP,),
    severity="high",
    must="Nodes must run an image that AWS still mends, and of Amazon Linux 2 for EKS there are none since "
    "26 November 2025.",
    fix="set amiType to AL2023_x86_64_STANDARD, BOTTLEROCKET_x86_64 or their kin for the architecture",
    check=holds("amiType", _kept_up),
)

metadata_by_session = Rule(
    name="launch-template-metadata-by-session",
    on=(TEMPLATE,),
    severity="high",
    answers=("CKV_AWS_79",),
    must="Instances must give their metadata to sessions alone (IMDSv2), since one forged request to a service gets "
    "the node's role out of version 1.",
    fix="set metadataOptions.httpTokens to required",
    check=when(
        "metadataOptions.httpEndpoint",
        none_of("disabled"),
        then=holds("metadataOptions.httpTokens", one_of("required")),
    ),
)

metadata_for_node_alone = Rule(
    name="launch-template-metadata-for-node-alone",
    on=(TEMPLATE,),
    severity="high",
    answers=("CKV_AWS_341",),
    must="An instance's metadata must go one hop, so that no pod gets the node's role.",
    fix="set metadataOptions.httpPutResponseHopLimit to 1",
    check=when(
        "metadataOptions.httpPutResponseHopLimit",
        given,
        then=holds("metadataOptions.httpPutResponseHopLimit", at_most(1)),
    ),
)

volumes_encrypted = Rule(
    name="launch-template-volumes-encrypted",
    on=(TEMPLATE,),
    severity="high",
    must="Every volume of a node must be encrypted, since it holds images, logs and whatever pods have written.",
    fix="name the volumes in blockDeviceMappings and set ebs.encrypted to true",
    check=_volumes_encrypted,
)

no_public_address = Rule(
    name="launch-template-no-public-address",
    on=(TEMPLATE,),
    severity="high",
    answers=("CKV_AWS_88",),
    must="A node must have no public address, since nobody outside has any business with it.",
    fix="leave out associatePublicIpAddress, and put nodes into private subnets",
    check=each("networkInterfaces", holds("associatePublicIpAddress", not_true)),
)

no_credentials = Rule(
    name="launch-template-no-credentials",
    on=(TEMPLATE,),
    severity="critical",
    answers=("CKV_AWS_46",),
    must="User data must hold no credential, since whoever may describe the template, and every pod that reaches the "
    "metadata, reads it.",
    fix="give the node a role, and let it fetch what it needs",
    check=holds("userData", _without_credentials),
)

add_on_pinned = Rule(
    name="eks-add-on-pinned",
    on=(ADD_ON,),
    severity="medium",
    must="An add-on must be of a version by number, so that what runs with rights over nodes is what was tested.",
    fix="set addonVersion to one that `aws eks describe-addon-versions` lists for the cluster's version",
    check=holds("addonVersion", _is_version),
)

RULES = [
    without_ssh,
    image_kept_up,
    metadata_by_session,
    metadata_for_node_alone,
    volumes_encrypted,
    no_public_address,
    no_credentials,
    add_on_pinned,
]
