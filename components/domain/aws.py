"""A public entry on AWS: ACM's certificate at a Network Load Balancer that ends TLS, and an alias in Route 53."""

import pulumi
import pulumi_aws as aws

from components import naming
from components.cluster import Door
from components.cluster.aws import LOAD_BALANCER, LOAD_BALANCER_CLASS
from components.domain import DomainArgs
from components.objects import Manifest
from components.validation import InvalidFile

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
"""TLS 1.3 and 1.2: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/describe-ssl-policies.html"""

PROOF_TTL_S = 300


class AwsDomain(pulumi.ComponentResource):
    """A certificate that ACM renews for as long as its record is there, and the door that serves it."""

    door: Door

    def __init__(self, name: str, args: DomainArgs, provider: aws.Provider, opts: pulumi.ResourceOptions | None = None):
        """`provider` answers lookups."""
        super().__init__("tradewind:domain:AwsDomain", name, None, opts)
        self._name, self._args, self._provider = name, args, provider
        self._mine = pulumi.ResourceOptions(parent=self)
        self._zone = self._zone_id()
        self.door = Door(
            service_type="LoadBalancer",
            address=self._address,
            # https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-nlb.html
            annotations={
                f"{LOAD_BALANCER}-scheme": "internet-facing",
                f"{LOAD_BALANCER}-nlb-target-type": "ip",
                f"{LOAD_BALANCER}-ssl-cert": self._certificate(),
                f"{LOAD_BALANCER}-ssl-ports": "443",
                f"{LOAD_BALANCER}-ssl-negotiation-policy": TLS_POLICY,
            },
            load_balancer_class=LOAD_BALANCER_CLASS,
            https_host=args.host,
        )
        self.register_outputs({})

    def _zone_id(self) -> str:
        """At plan time, so that a zone that is not there shows before any change."""
        zone, opts = self._args.zone, pulumi.InvokeOptions(provider=self._provider)
        try:
            return aws.route53.get_zone(name=zone, private_zone=False, opts=opts).zone_id
        except Exception as refusal:  # the SDK has no narrower one
            raise InvalidFile(
                self._args.stack_file,
                [
                    f"dns_zone must be the name of one public hosted zone of the account, got {zone!r} ({refusal}). "
                    "To fix: create it and delegate to it, or name one that is there."
                ],
            ) from None

    def _certificate(self) -> pulumi.Output[str]:
        """Its ARN, known once ACM has issued it."""
        certificate = aws.acm.Certificate(
            f"{self._name}-certificate",
            domain_name=self._args.host,
            validation_method="DNS",
            tags=naming.tags(self._args.owner),
            opts=self._mine,
        )
        asked = certificate.domain_validation_options.apply(lambda options: options[0])
        proof = aws.route53.Record(
            f"{self._name}-proof",
            zone_id=self._zone,
            # ACM ends it with a dot, and the provider's id would have it too.
            name=asked.apply(lambda option: (option.resource_record_name or "").removesuffix(".")),
            type=asked.apply(lambda option: option.resource_record_type or ""),
            records=[asked.apply(lambda option: option.resource_record_value or "")],
            ttl=PROOF_TTL_S,
            opts=self._mine,
        )
        issued = aws.acm.CertificateValidation(
            f"{self._name}-issued",
            certificate_arn=certificate.arn,
            validation_record_fqdns=[proof.fqdn],
            opts=self._mine,
        )
        return issued.certificate_arn

    def _address(self, service: Manifest) -> pulumi.Output[str]:
        balancers = aws.lb.get_hosted_zone_id_output(
            load_balancer_type="network", opts=pulumi.InvokeOutputOptions(provider=self._provider)
        )
        alias = aws.route53.Record(
            f"{self._name}-alias",
            zone_id=self._zone,
            name=self._args.host,
            type="A",
            aliases=[
                {
                    "name": service.status.apply(lambda status: status["loadBalancer"]["ingress"][0]["hostname"]),
                    "zone_id": balancers.id,
                    # It is the only record: there is none to answer in its place.
                    "evaluate_target_health": False,
                }
            ],
            opts=self._mine,
        )
        return alias.id.apply(lambda _: f"https://{self._args.host}")
