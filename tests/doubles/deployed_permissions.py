"""What the identities of a stack may do, from the policies and bindings that its cloud holds."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from tests.doubles import aws, gcp
from tests.doubles.cloud import Cloud
from tests.doubles.gcp.formats import NUMBER
from tests.doubles.permissions import aws as aws_iam
from tests.doubles.permissions import gcp as gcp_iam
from tests.doubles.permissions.principals import Principal

MANAGED = yaml.safe_load((Path(__file__).parent / "permissions" / "aws_managed.yaml").read_text())
TLS = {"aws:SecureTransport": "true"}


def role_may(cloud: Cloud, role: str, action: str, resource: str, context: Mapping[str, str] = TLS) -> bool:
    """A role of IAM, by all its policies and that of the bucket or the key where one is asked."""
    own = [
        each.inputs["policy"] for each in cloud.things("aws:iam/rolePolicy:RolePolicy") if each.inputs["role"] == role
    ]
    attached = [
        MANAGED[each.inputs["policyArn"].rpartition("/")[2]]["document"]
        for each in cloud.things("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
        if each.inputs["role"] == role
    ]
    bucket = resource.removeprefix("arn:aws:s3:::").partition("/")[0]
    theirs = [
        each.inputs["policy"]
        for each in cloud.things("aws:s3/bucketPolicy:BucketPolicy")
        if resource.startswith("arn:aws:s3:::") and each.inputs["bucket"] == bucket
    ]
    theirs += [each.inputs["policy"] for each in cloud.things(aws.keys.KEY) if each.outputs["arn"] == resource]
    [bounds] = [each.inputs.get("permissionsBoundary") for each in cloud.things(aws.iam.ROLE) if each.id == role]
    [boundary] = [each.inputs["policy"] for each in cloud.things(aws.iam.POLICY) if each.id == bounds] or [None]
    principal = Principal(name=cloud.look(aws.iam.ROLE, role, "arn"))
    account = principal.name.split(":")[4]
    request = aws_iam.Request(
        principal=principal, action=action, resource=resource, owner=account, context=dict(context)
    )
    return aws_iam.decide(
        request, identity=own + attached, boundary=boundary, resource=next(iter(theirs), None)
    ).allowed


def account_may(cloud: Cloud, account: str, permission: str, resource: gcp_iam.Resource) -> bool:
    """A Google account, by its bindings on the resource and all above."""
    caller = gcp_iam.account(cloud.look(gcp.access.ACCOUNT, account, "email"))
    return gcp_iam.decide(gcp_iam.Request(caller=caller, permission=permission, resource=resource)).allowed


def google_project(cloud: Cloud, project: str) -> gcp_iam.Resource:
    bindings = _bindings(cloud, "gcp:projects/iAMMember:IAMMember", "project", project)
    name = f"projects/{project}"
    return gcp_iam.Resource(name=name, type="cloudresourcemanager.googleapis.com/Project", bindings=bindings)


def google_object(cloud: Cloud, project: str, bucket: str, key: str) -> gcp_iam.Resource:
    holder = gcp_iam.Resource(
        name=f"projects/_/buckets/{bucket}",
        type="storage.googleapis.com/Bucket",
        parent=google_project(cloud, project),
        bindings=_bindings(cloud, "gcp:storage/bucketIAMMember:BucketIAMMember", "bucket", bucket),
    )
    return gcp_iam.Resource(name=f"{holder.name}/objects/{key}", type="storage.googleapis.com/Object", parent=holder)


def google_repository(cloud: Cloud, project: str, name: str) -> gcp_iam.Resource:
    token = "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember"
    return gcp_iam.Resource(
        name=f"projects/{project}/locations/-/repositories/{name}",
        type="artifactregistry.googleapis.com/Repository",
        parent=google_project(cloud, project),
        bindings=_bindings(cloud, token, "repository", name),
    )


def google_secret(cloud: Cloud, project: str, id: str) -> gcp_iam.Resource:
    return gcp_iam.Resource(
        name=f"projects/{NUMBER}/secrets/{id}",
        type="secretmanager.googleapis.com/Secret",
        parent=google_project(cloud, project),
        bindings=_bindings(cloud, gcp.secrets.READS, "secretId", id),
    )


def _bindings(cloud: Cloud, token: str, key: str, value: str) -> list[gcp_iam.Binding]:
    return [
        gcp_iam.Binding(
            role=each.inputs["role"],
            members=[each.inputs["member"]],
            condition=(each.inputs.get("condition") or {}).get("expression", ""),
        )
        for each in cloud.things(token)
        if each.inputs[key] == value
    ]
