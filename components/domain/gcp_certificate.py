"""Certificate Manager's certificate for one host, proven by a record in Cloud DNS, in a map that proxies read."""

import asyncio
import time

import pulumi
import pulumi_gcp as gcp

from components import naming
from components.domain import DomainArgs

PROOF_TTL_S = 300

LONGEST_S = 1800
"""A zone that nobody delegates to is not waited for for ever."""
BETWEEN_S = 10


class GcpCertificate(pulumi.ComponentResource):
    """Google renews it for as long as its record is there."""

    map: pulumi.Output[str]
    """Name of the map, known once the certificate is in it."""
    issued: pulumi.Output[str]
    """Id of the certificate, known once it is there to be served: Google answers at once, and issues it later."""

    def __init__(
        self,
        name: str,
        args: DomainArgs,
        project: str,
        zone: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ):
        """`zone` is the name of Cloud DNS' resource."""
        super().__init__("tradewind:domain:GcpCertificate", name, None, opts)
        mine, tags = pulumi.ResourceOptions(parent=self), naming.tags(args.owner)
        # By the host: when it changes, another certificate is made beside this, and no two hosts give one name.
        host = args.host.replace("-", "--").replace(".", "-")
        called, shelf = (
            naming.fitted("tradewind", args.owner, *what, limit=naming.GCP_NAME_LIMIT) for what in ((host,), ())
        )
        authorization = gcp.certificatemanager.DnsAuthorization(
            f"{name}-authorization",
            name=called,
            project=project,
            domain=args.host,
            # A record of its own, not the one that any other authority asks for too.
            type="PER_PROJECT_RECORD",
            labels=tags,
            opts=mine,
        )
        asked = authorization.dns_resource_records.apply(lambda records: records[0])
        proof = gcp.dns.RecordSet(
            f"{name}-proof",
            project=project,
            managed_zone=zone,
            name=asked.apply(lambda record: record.name or ""),
            type=asked.apply(lambda record: record.type or ""),
            rrdatas=[asked.apply(lambda record: record.data or "")],
            ttl=PROOF_TTL_S,
            opts=mine,
        )
        certificate = gcp.certificatemanager.Certificate(
            f"{name}-issue",
            name=called,
            project=project,
            managed={"domains": [args.host], "dns_authorizations": [authorization.id]},
            labels=tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[proof]),
        )
        made = gcp.certificatemanager.CertificateMap(f"{name}-map", name=shelf, project=project, labels=tags, opts=mine)
        entry = gcp.certificatemanager.CertificateMapEntry(
            f"{name}-map-entry",
            name=called,
            project=project,
            map=made.name,
            hostname=args.host,
            certificates=[certificate.id],
            labels=tags,
            opts=mine,
        )
        self.map = pulumi.Output.all(made.name, entry.id).apply(lambda both: both[0])
        looks = pulumi.InvokeOutputOptions(parent=self)
        self.issued = certificate.id.apply(lambda id: _until_issued(id, args, looks))
        self.register_outputs({"map": self.map})


async def _until_issued(id: str, args: DomainArgs, opts: pulumi.InvokeOutputOptions) -> str:
    """The id; a preview does not wait. RuntimeError says what is in the way."""
    deadline = time.monotonic() + LONGEST_S
    while not pulumi.runtime.is_dry_run():
        state, said = await _look(id, opts)
        if state == "ACTIVE":
            break
        if state != "PROVISIONING" or time.monotonic() > deadline:
            raise RuntimeError(
                f"the certificate of {args.host} is {state or 'gone'}, and was not issued{said}. To fix: see that the "
                f"world asks your zone (`dig NS {args.zone}`) and that no CAA record there forbids pki.goog, then run "
                "`pulumi up` again."
            )
        await asyncio.sleep(BETWEEN_S)
    return id


async def _look(id: str, opts: pulumi.InvokeOutputOptions) -> tuple[str, str]:
    """(state, what is in the way) as of now; no state where there is no such certificate."""
    all_ = await gcp.certificatemanager.get_certificates_output(opts=opts).certificates.future()
    for each in all_ or ():
        if each.name.rpartition("/")[2] == id.rpartition("/")[2]:
            [managed] = each.manageds
            told = [issue.details for issue in managed.provisioning_issues]
            told += [attempt.details for attempt in managed.authorization_attempt_infos]
            return managed.state, "".join(f" ({detail})" for detail in told if detail)
    return "", ""
