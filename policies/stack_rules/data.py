"""What holds data, and is not to go with a `pulumi destroy` or a renamed resource."""

from collections.abc import Iterator

from policies.graph import Graph, Node, StackRule
from policies.rule import Finding

HOLDS_DATA = (
    *("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2", "aws:s3/directoryBucket:DirectoryBucket"),
    *("aws:ecr/repository:Repository", "aws:kms/key:Key", "aws:secretsmanager/secret:Secret"),
    *("aws:elasticache/replicationGroup:ReplicationGroup", "aws:elasticache/serverlessCache:ServerlessCache"),
    *("aws:elasticache/cluster:Cluster", "aws:memorydb/cluster:Cluster", "aws:efs/fileSystem:FileSystem"),
    *("aws:ebs/volume:Volume", "aws:rds/instance:Instance", "aws:rds/cluster:Cluster", "aws:dynamodb/table:Table"),
    *("aws:eks/cluster:Cluster", "gcp:container/cluster:Cluster"),
    *("gcp:storage/bucket:Bucket", "gcp:artifactregistry/repository:Repository", "gcp:kms/cryptoKey:CryptoKey"),
    *("gcp:secretmanager/secret:Secret", "gcp:secretmanager/regionalSecret:RegionalSecret"),
    *("gcp:memorystore/instance:Instance", "gcp:redis/instance:Instance", "gcp:redis/cluster:Cluster"),
    *("gcp:filestore/instance:Instance", "gcp:compute/disk:Disk", "gcp:compute/regionDisk:RegionDisk"),
    "gcp:sql/databaseInstance:DatabaseInstance",
    *("kubernetes:core/v1:PersistentVolumeClaim", "kubernetes:core/v1:PersistentVolume"),
)
"""A cluster holds what its API server keeps."""


def _protected(node: Node, _: Graph) -> Iterator[Finding]:
    if not node.protected:
        yield Finding("", "the option protect is not set")


data_protected = StackRule(
    name="stack-data-protected",
    on=HOLDS_DATA,
    severity="high",
    must="What holds data of production must be protected in Pulumi, since a destroy, or a new name in the program, "
    "deletes it otherwise.",
    fix="set opts=ResourceOptions(protect=True), as a stack of the tier prod does by default",
    tiers=("prod",),
    check=_protected,
)

RULES = [data_protected]
