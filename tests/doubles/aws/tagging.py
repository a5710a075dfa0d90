"""AWS' Resource Groups Tagging API: what carries certain tags, by its ARN."""

from collections.abc import Mapping
from typing import Any

from tests.doubles.aws import domains, ec2, secrets
from tests.doubles.cloud import Cloud

TYPES = {
    domains.CERTIFICATE: ("acm", "certificate"),
    ec2.VPC: ("ec2", "vpc"),
    ec2.SUBNET: ("ec2", "subnet"),
    ec2.GATEWAY: ("ec2", "internet-gateway"),
    ec2.EIP: ("ec2", "elastic-ip"),
    ec2.NAT: ("ec2", "natgateway"),
    ec2.TABLE: ("ec2", "route-table"),
    ec2.GROUP: ("ec2", "security-group"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ("ec2", "security-group-rule"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": ("ec2", "vpc-endpoint"),
    "aws:ec2/flowLog:FlowLog": ("ec2", "vpc-flow-log"),
    "aws:kms/key:Key": ("kms", "key"),
    secrets.SECRET: ("secretsmanager", "secret"),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": ("eks", "podidentityassociation"),
}
"""Service and resource type of the ARN:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html"""


def resources(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Those that carry all of the tags."""
    wanted = {each["key"]: each.get("values", []) for each in arguments.get("tagFilters", [])}
    found = []
    for token, (service, kind) in TYPES.items():
        for thing in cloud.things(token):
            tags = thing.inputs.get("tags", {})
            if all(key in tags and tags[key] in values for key, values in wanted.items()):
                path = f"{thing.inputs['clusterName']}/{thing.id}" if service == "eks" else thing.id
                own = f"arn:aws:{service}:{arguments['region']}:123456789012:{kind}/{path}"
                arn = thing.id if thing.id.startswith("arn:") else own
                found.append({"resourceArn": arn, "tags": tags})
    return {"id": arguments["region"], "resourceTagMappingLists": found}
