"""A VPC: nodes in private subnets, a NAT to leave by, endpoints so that AWS' own services are reached without it."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components import naming
from components.identity.aws_policies import may_write_logs, trust_service
from components.network import ZONES, NetworkArgs, quarters
from components.secrets.aws import AwsKey

ENDPOINTS = ("ecr.api", "ecr.dkr", "sts", "eks-auth", "secretsmanager", "logs")
"""Interfaces that pods and nodes use all the time: images, identities, secrets, logs."""

LOG_DAYS = 90


class AwsNetwork(pulumi.ComponentResource):
    """One VPC over three zones; nothing in it has a public address but the NATs."""

    id: pulumi.Output[str]
    private_subnets: Sequence[pulumi.Output[str]]
    """One a zone: nodes, pods, caches and internal load balancers."""
    public_subnets: Sequence[pulumi.Output[str]]
    """One a zone, small: NATs, and a load balancer that is public by its owner's word."""

    def __init__(
        self,
        name: str,
        args: NetworkArgs,
        region: str,
        zones: pulumi.Input[Sequence[str]],
        key: AwsKey,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("tradewind:network:AwsNetwork", name, None, opts)
        self._name, self._args, self._region = name, args, region
        self._mine = pulumi.ResourceOptions(parent=self)
        self._zones = [pulumi.Output.from_input(zones)[index] for index in range(ZONES)]
        self.vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=args.cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags=self._tags("vpc"),
            opts=self._mine,
        )
        # The group that whatever names none would get: nothing in, nothing out (CIS AWS 5.4).
        aws.ec2.DefaultSecurityGroup(
            f"{name}-default-group", vpc_id=self.vpc.id, tags=self._tags("closed"), opts=self._mine
        )
        self._log_flows(key)
        private, last = quarters(args.cidr)[:ZONES], quarters(args.cidr)[-1]
        public = list(last.subnets(prefixlen_diff=4))[:ZONES]
        # The tags by which load balancers find their subnets, internal ones and public ones.
        self._private = self._subnets("private", private, {"kubernetes.io/role/internal-elb": "1"})
        self._public = self._subnets("public", public, {"kubernetes.io/role/elb": "1"})
        out = self._ways_out()
        self._endpoints()
        self.private_subnets = [subnet.id for subnet in self._private]
        self.public_subnets = [subnet.id for subnet in self._public]
        self.id = pulumi.Output.all(self.vpc.id, *[route.id for route in out]).apply(lambda ids: ids[0])
        self.register_outputs({"id": self.id})

    def _tags(self, what: str, more: Mapping[str, str] | None = None) -> dict[str, str]:
        return {**naming.tags(self._args.owner), "Name": naming.fitted(self._args.owner, what), **(more or {})}

    def _subnets(self, kind: str, ranges: Sequence[object], tags: Mapping[str, str]) -> list[aws.ec2.Subnet]:
        return [
            aws.ec2.Subnet(
                f"{self._name}-{kind}-{index}",
                vpc_id=self.vpc.id,
                cidr_block=str(each),
                availability_zone=zone,
                map_public_ip_on_launch=False,
                tags=self._tags(f"{kind}-{index}", tags),
                opts=self._mine,
            )
            for index, (each, zone) in enumerate(zip(ranges, self._zones, strict=True))
        ]

    def _ways_out(self) -> list[aws.ec2.Route]:
        """Public subnets leave by the gateway, private ones by a NAT; the routes that do so."""
        gateway = aws.ec2.InternetGateway(
            f"{self._name}-gateway", vpc_id=self.vpc.id, tags=self._tags("gateway"), opts=self._mine
        )
        public = self._table("public", self._public)
        routes = [self._default_route("public", public, gateway_id=gateway.id)]
        nats = [self._nat(index, gateway, routes[0]) for index in range(ZONES if self._args.way_out_per_zone else 1)]
        self._private_tables = []
        for index, subnet in enumerate(self._private):
            table = self._table(f"private-{index}", [subnet])
            self._private_tables.append(table)
            nat = nats[index if self._args.way_out_per_zone else 0]
            routes.append(self._default_route(f"private-{index}", table, nat_gateway_id=nat.id))
        return routes

    def _nat(self, index: int, gateway: aws.ec2.InternetGateway, route: aws.ec2.Route) -> aws.ec2.NatGateway:
        address = aws.ec2.Eip(
            f"{self._name}-nat-{index}-address",
            domain="vpc",
            tags=self._tags(f"nat-{index}"),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[gateway]),
        )
        return aws.ec2.NatGateway(
            f"{self._name}-nat-{index}",
            allocation_id=address.id,
            subnet_id=self._public[index].id,
            tags=self._tags(f"nat-{index}"),
            # Without the gateway's route it comes up and carries nothing.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[route]),
        )

    def _table(self, kind: str, subnets: Sequence[aws.ec2.Subnet]) -> aws.ec2.RouteTable:
        table = aws.ec2.RouteTable(
            f"{self._name}-{kind}-routes", vpc_id=self.vpc.id, tags=self._tags(kind), opts=self._mine
        )
        for index, subnet in enumerate(subnets):
            aws.ec2.RouteTableAssociation(
                f"{self._name}-{kind}-routes-{index}", route_table_id=table.id, subnet_id=subnet.id, opts=self._mine
            )
        return table

    def _default_route(self, kind: str, table: aws.ec2.RouteTable, **target: pulumi.Input[str]) -> aws.ec2.Route:
        return aws.ec2.Route(
            f"{self._name}-{kind}-out",
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            opts=self._mine,
            **target,
        )

    def _endpoints(self) -> None:
        """S3 by the route tables, which costs nothing; the others by an address in each subnet."""
        group = aws.ec2.SecurityGroup(
            f"{self._name}-endpoints",
            name=naming.fitted(self._args.owner, "endpoints"),
            description="HTTPS from the network to the endpoints of AWS services",
            vpc_id=self.vpc.id,
            tags=self._tags("endpoints"),
            opts=self._mine,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{self._name}-endpoints-https",
            security_group_id=group.id,
            description="HTTPS from the network",
            cidr_ipv4=self._args.cidr,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            tags=self._tags("endpoints"),
            opts=self._mine,
        )
        aws.ec2.VpcEndpoint(
            f"{self._name}-endpoint-s3",
            vpc_id=self.vpc.id,
            service_name=f"com.amazonaws.{self._region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=[table.id for table in self._private_tables],
            tags=self._tags("s3"),
            opts=self._mine,
        )
        for service in ENDPOINTS:
            aws.ec2.VpcEndpoint(
                f"{self._name}-endpoint-{service.replace('.', '-')}",
                vpc_id=self.vpc.id,
                service_name=f"com.amazonaws.{self._region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=[subnet.id for subnet in self._private],
                security_group_ids=[group.id],
                tags=self._tags(service),
                opts=self._mine,
            )

    def _log_flows(self, key: AwsKey) -> None:
        group = aws.cloudwatch.LogGroup(
            f"{self._name}-flows",
            name=f"/tradewind/{self._args.owner}/flows",
            kms_key_id=key.arn,
            retention_in_days=LOG_DAYS,
            tags=self._tags("flows"),
            opts=self._mine,
        )
        role = aws.iam.Role(
            f"{self._name}-flows-role",
            name=naming.fitted(self._args.owner, "flows", limit=naming.AWS_ROLE_LIMIT),
            assume_role_policy=trust_service("vpc-flow-logs.amazonaws.com"),
            tags=self._tags("flows"),
            opts=self._mine,
        )
        may = aws.iam.RolePolicy(
            f"{self._name}-flows-policy",
            name="write",
            role=role.name,
            policy=group.arn.apply(may_write_logs),
            opts=self._mine,
        )
        aws.ec2.FlowLog(
            f"{self._name}-flow-log",
            vpc_id=self.vpc.id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=60,
            tags=self._tags("flows"),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[may]),
        )
