"""What the provider sends to make each type: https://github.com/hashicorp/terraform-provider-aws, internal/service."""

from collections.abc import Mapping

from tests.doubles.aws import cache, domains, ec2, eks, iam, keys, secrets, storage
from tests.doubles.beside_moto.requests import Call

PROVIDERS_OWN = frozenset({"forceDelete", "forceDestroy", "recoveryWindowInDays"})
"""Properties that no request of a creation carries."""

LACKING = {
    "aws:elasticache/userGroup:UserGroup": Call(
        operation="elasticache:CreateUserGroup", always={"UserGroupId": "tradewind", "Engine": "valkey"}
    ),
    eks.ADD_ON: Call(operation="eks:CreateAddon", always=dict.fromkeys(("clusterName", "addonName"), "tradewind")),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": Call(
        operation="eks:CreatePodIdentityAssociation",
        always=dict.fromkeys(("clusterName", "namespace", "serviceAccount", "roleArn"), "tradewind"),
    ),
}
"""Types that moto has not, by the request that it does not know."""

BROUGHT_BY = {ec2.DEFAULT_GROUP: ec2.VPC, domains.ISSUED: domains.CERTIFICATE}
"""Types that no request creates, since another one brings them."""


def _ec2(operation: str, kind: str, id: str, **takes: str) -> Call:
    """EC2 tells tags the type of what they are for."""
    return Call(
        operation=f"ec2:{operation}",
        takes={"tags": "TagSpecifications.Tags", **takes},
        always={"TagSpecifications.ResourceType": kind},
        gives={"id": id},
    )


def _attribute(operation: str, of: str, name: str) -> Call:
    return Call(operation=f"ec2:{operation}", takes={"id": of}, sets=name)


def _bucket(operation: str, **takes: str) -> tuple[Call, ...]:
    return (Call(operation=f"s3:{operation}", takes=takes),)


INGRESS = {name: f"IpPermissions.{name[0].upper()}{name[1:]}" for name in ("ipProtocol", "fromPort", "toPort")}
CLOSED = {
    name: f"PublicAccessBlockConfiguration.{name[0].upper()}{name[1:]}"
    for name in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
}
LOGGING = "BucketLoggingStatus.LoggingEnabled"
RECORD = "ChangeBatch.Changes.ResourceRecordSet"

CALLS: Mapping[str, tuple[Call, ...]] = {
    ec2.VPC: (
        _ec2("CreateVpc", "vpc", "Vpc.VpcId"),
        _attribute("ModifyVpcAttribute", "VpcId", "enableDnsSupport"),
        _attribute("ModifyVpcAttribute", "VpcId", "enableDnsHostnames"),
    ),
    ec2.SUBNET: (
        _ec2("CreateSubnet", "subnet", "Subnet.SubnetId"),
        _attribute("ModifySubnetAttribute", "SubnetId", "mapPublicIpOnLaunch"),
    ),
    ec2.GATEWAY: (
        _ec2("CreateInternetGateway", "internet-gateway", "InternetGateway.InternetGatewayId"),
        Call(operation="ec2:AttachInternetGateway", takes={"id": "InternetGatewayId"}, sets="vpcId"),
    ),
    ec2.EIP: (_ec2("AllocateAddress", "elastic-ip", "AllocationId"),),
    ec2.NAT: (_ec2("CreateNatGateway", "natgateway", "NatGateway.NatGatewayId"),),
    ec2.TABLE: (_ec2("CreateRouteTable", "route-table", "RouteTable.RouteTableId"),),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": (Call(operation="ec2:AssociateRouteTable"),),
    "aws:ec2/route:Route": (Call(operation="ec2:CreateRoute"),),
    ec2.GROUP: (_ec2("CreateSecurityGroup", "security-group", "GroupId", name="GroupName"),),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": (
        _ec2(
            "AuthorizeSecurityGroupIngress",
            "security-group-rule",
            "SecurityGroupRules[0].SecurityGroupRuleId",
            **INGRESS,
            securityGroupId="GroupId",
            cidrIpv4="IpPermissions.IpRanges.CidrIp",
            description="IpPermissions.IpRanges.Description",
        ),
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": (_ec2("CreateVpcEndpoint", "vpc-endpoint", "VpcEndpoint.VpcEndpointId"),),
    "aws:ec2/flowLog:FlowLog": (
        Call(
            operation="ec2:CreateFlowLogs",
            takes={
                "tags": "TagSpecifications.Tags",
                "vpcId": "ResourceIds",
                "iamRoleArn": "DeliverLogsPermissionArn",
            },
            always={"TagSpecifications.ResourceType": "vpc-flow-log", "ResourceType": "VPC"},
            gives={"id": "FlowLogIds[0]"},
        ),
    ),
    eks.CLUSTER: (
        Call(
            operation="eks:CreateCluster",
            takes={"vpcConfig": "resourcesVpcConfig", "enabledClusterLogTypes": "logging.clusterLogging.types"},
            always={"logging.clusterLogging.enabled": True},
            gives={"arn": "cluster.arn"},
        ),
    ),
    iam.ISSUER: (Call(operation="iam:CreateOpenIDConnectProvider", gives={"arn": "OpenIDConnectProviderArn"}),),
    iam.ROLE: (
        Call(
            operation="iam:CreateRole",
            takes={"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
            gives={"arn": "Role.Arn"},
        ),
    ),
    iam.POLICY: (
        Call(
            operation="iam:CreatePolicy",
            takes={"name": "PolicyName", "policy": "PolicyDocument"},
            gives={"arn": "Policy.Arn"},
        ),
    ),
    "aws:iam/rolePolicy:RolePolicy": (
        Call(
            operation="iam:PutRolePolicy",
            takes={"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"},
        ),
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (
        Call(operation="iam:AttachRolePolicy", takes={"role": "RoleName"}),
    ),
    cache.SUBNETS: (
        Call(
            operation="elasticache:CreateCacheSubnetGroup",
            takes={"name": "CacheSubnetGroupName", "description": "CacheSubnetGroupDescription"},
        ),
    ),
    cache.USER: (Call(operation="elasticache:CreateUser"),),
    cache.REPLICATION: (
        Call(
            operation="elasticache:CreateReplicationGroup",
            takes={
                "description": "ReplicationGroupDescription",
                "nodeType": "CacheNodeType",
                "subnetGroupName": "CacheSubnetGroupName",
            },
        ),
    ),
    domains.CERTIFICATE: (Call(operation="acm:RequestCertificate", gives={"arn": "CertificateArn"}),),
    domains.RECORD: (
        Call(
            operation="route53:ChangeResourceRecordSets",
            takes={
                "zoneId": "HostedZoneId",
                "records": f"{RECORD}.ResourceRecords.Value",
                "ttl": f"{RECORD}.TTL",
                **{name: f"{RECORD}.{name.title()}" for name in ("name", "type")},
            },
            always={"ChangeBatch.Changes.Action": "CREATE"},
        ),
    ),
    keys.KEY: (
        Call(operation="kms:CreateKey", gives={"keyId": "KeyMetadata.KeyId", "arn": "KeyMetadata.Arn"}),
        Call(operation="kms:EnableKeyRotation", takes={"keyId": "KeyId"}, sets="enableKeyRotation"),
    ),
    "aws:kms/alias:Alias": (Call(operation="kms:CreateAlias", takes={"name": "AliasName"}),),
    keys.LOGS: (
        Call(operation="logs:CreateLogGroup", takes={"name": "logGroupName"}),
        Call(operation="logs:PutRetentionPolicy", takes={"name": "logGroupName"}, sets="retentionInDays"),
        Call(
            operation="logs:DescribeLogGroups",
            takes={"name": "logGroupNamePrefix"},
            gives={"arn": "logGroups[0].logGroupArn"},
        ),
    ),
    keys.REPOSITORY: (Call(operation="ecr:CreateRepository", takes={"name": "repositoryName"}),),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": (
        Call(
            operation="ecr:PutLifecyclePolicy",
            takes={"repository": "repositoryName", "policy": "lifecyclePolicyText"},
        ),
    ),
    secrets.SECRET: (Call(operation="secretsmanager:CreateSecret", gives={"arn": "ARN"}),),
    storage.BUCKET: (
        Call(operation="s3:CreateBucket", always={"CreateBucketConfiguration.LocationConstraint": "eu-west-1"}),
        Call(operation="s3:PutBucketTagging", takes={"bucket": "Bucket", "tags": "Tagging.TagSet"}, sets="tags"),
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _bucket("PutPublicAccessBlock", **CLOSED),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _bucket(
        "PutBucketOwnershipControls", rule="OwnershipControls.Rules"
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _bucket(
        "PutBucketLifecycleConfiguration", rules="LifecycleConfiguration.Rules"
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _bucket(
        "PutBucketEncryption", rules="ServerSideEncryptionConfiguration.Rules"
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _bucket("PutBucketVersioning"),
    "aws:s3/bucketPolicy:BucketPolicy": _bucket("PutBucketPolicy"),
    "aws:s3/bucketLogging:BucketLogging": _bucket(
        "PutBucketLogging", targetBucket=f"{LOGGING}.TargetBucket", targetPrefix=f"{LOGGING}.TargetPrefix"
    ),
}
