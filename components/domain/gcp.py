"""A public entry on Google Cloud: Certificate Manager's certificate at Google's proxies, which stand before Envoy."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_gcp as gcp

from components import naming
from components.addons import entry, redirect
from components.cluster import Door
from components.domain import DomainArgs
from components.domain import gcp_front as front
from components.domain.gcp_certificate import GcpCertificate
from components.network.gcp import GcpNetwork
from components.objects import Document, Manifest, document, metadata
from components.secrets.gcp_kept import DISABLED
from components.service.routing import ACCEPTED
from components.validation import InvalidFile

PROXIES = ("35.191.0.0/16", "130.211.0.0/22")
"""Where Google's proxies and their health checks come from: https://cloud.google.com/load-balancing/docs/firewall-rules"""

TTL_S = 300


class GcpDomain(pulumi.ComponentResource):
    """Address, certificate, TLS policy, and the way for the proxies; the proxies themselves come with the door."""

    door: Door

    def __init__(
        self,
        name: str,
        args: DomainArgs,
        project: str,
        network: GcpNetwork,
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ):
        """`after` is what lookups wait for: the APIs that answer them."""
        super().__init__("tradewind:domain:GcpDomain", name, None, opts)
        self._name, self._args, self._project = name, args, project
        self._mine = pulumi.ResourceOptions(parent=self)
        self._zone = self._zone_name(after)
        self._open_network(network)
        self._certificate = GcpCertificate(f"{name}-certificate", args, project, self._zone, self._mine)
        self._address = gcp.compute.GlobalAddress(
            f"{name}-address",
            name=self._called(),
            project=project,
            labels=naming.tags(args.owner),
            opts=self._mine,
        )
        self._tls = gcp.compute.SSLPolicy(
            f"{name}-tls",
            name=self._called(),
            project=project,
            min_tls_version="TLS_1_2",
            profile="MODERN",
            opts=self._mine,
        )
        self.door = Door(service_type="ClusterIP", address=self._open)
        self.register_outputs({})

    def _called(self, *what: str) -> str:
        return naming.fitted("tradewind", self._args.owner, *what, limit=naming.GCP_NAME_LIMIT)

    def _zone_name(self, after: Sequence[pulumi.Resource]) -> pulumi.Input[str]:
        """At plan time, so that a zone that is not there shows before any change; later where the API is still off."""
        try:
            looks = pulumi.InvokeOptions(parent=self)
            return zone_of(gcp.dns.get_managed_zones(project=self._project, opts=looks).managed_zones, self._args)
        except Exception as refusal:  # the SDK has no narrower one
            if DISABLED not in str(refusal):
                raise
        later = pulumi.InvokeOutputOptions(parent=self, depends_on=list(after))
        zones = gcp.dns.get_managed_zones_output(project=self._project, opts=later).managed_zones
        return zones.apply(lambda found: zone_of(found, self._args))

    def _open_network(self, network: GcpNetwork) -> None:
        gcp.compute.Firewall(
            f"{self._name}-proxies",
            name=self._called("proxies"),
            description="Google's proxies and their health checks to the Envoys",
            project=self._project,
            network=network.id,
            direction="INGRESS",
            source_ranges=list(PROXIES),
            allows=[{"protocol": "tcp", "ports": [str(entry.PORT), str(front.READY_PORT)]}],
            log_config={"metadata": "INCLUDE_ALL_METADATA"},
            opts=self._mine,
        )

    def _open(self, service: Manifest) -> pulumi.Output[str]:
        """The proxies in front of the Service; their address gets the name once they let everybody in."""
        host, called = self._args.host, service.document["metadata"]["name"]
        [port] = service.document["spec"]["ports"]
        policies = [
            self._beside(service, "health", "HealthCheckPolicy", front.health_spec(called)),
            self._beside(service, "backend", "GCPBackendPolicy", front.backend_spec(called)),
            # Before its Gateway, which would speak TLS 1.0 for a moment.
            self._beside(service, "tls-policy", "GCPGatewayPolicy", front.tls_spec(called, self._tls.name)),
        ]
        told = {front.CERTIFICATES: self._certificate.map, "pulumi.com/waitFor": "condition=Programmed"}
        gateway = self._beside(
            service, "gateway", "Gateway", front.gateway_spec(self._address.name), told, after=policies
        )
        space = service.document["metadata"]["namespace"]
        routes = [
            self._beside(service, part, "HTTPRoute", spec, ACCEPTED, suffix, [gateway])
            for part, suffix, spec in (
                ("route", "", front.route_spec(host, called, called, port["port"])),
                ("redirect", "-redirect", redirect.route_spec(host, called, space, "http")),
            )
        ]
        record = gcp.dns.RecordSet(
            f"{self._name}-record",
            project=self._project,
            managed_zone=self._zone,
            name=f"{host}.",
            type="A",
            rrdatas=[self._address.address],
            ttl=TTL_S,
            opts=pulumi.ResourceOptions(parent=self, depends_on=routes),
        )
        return pulumi.Output.all(record.id, self._certificate.issued).apply(lambda _: f"https://{host}")

    def _beside(
        self,
        service: Manifest,
        part: str,
        kind: str,
        spec: Document,
        annotations: Mapping[str, pulumi.Input[str]] | None = None,
        suffix: str = "",
        after: Sequence[pulumi.Resource] = (),
    ) -> Manifest:
        """One object in the Service's namespace, called like it."""
        there = service.document["metadata"]
        meta = metadata(f"{there['name']}{suffix}", there["namespace"], there["labels"], annotations)
        version = front.POLICIES if kind.endswith("Policy") else front.GATEWAYS
        opts = pulumi.ResourceOptions(parent=self, depends_on=[service, *after])
        return Manifest(f"{self._name}-{part}", document(version, kind, meta, spec=spec), opts)


def zone_of(found: Sequence[Any], args: DomainArgs) -> str:
    """The resource's name of the one public zone that is called so, among those that Cloud DNS lists."""
    called = [each.name or "" for each in found if (each.dns_name, each.visibility) == (f"{args.zone}.", "public")]
    if len(called) == 1:
        return called[0]
    there = f"{len(called)} are" if called else "none is"
    raise InvalidFile(
        args.stack_file,
        [
            f"dns_zone must be the name of one public zone of the project, and {there} called so, got {args.zone!r}. "
            "To fix: create it and delegate to it, or name one that is there."
        ],
    )
