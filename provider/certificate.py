"""A key pair and its X.509 certificate, as a resource."""

import re
from collections.abc import Mapping
from typing import Any

from provider import x509
from provider.kinds import Field, Progress, misfits
from provider.protocol import UNKNOWN, Checked, Created, Diff, Found, Resource, Values, compare

FIELDS = {
    "common_name": Field(str, "name what the certificate stands for"),
    "dns_names": Field(list, "list the names that clients connect to"),
    "is_ca": Field(bool, "write true for an authority, false for a server"),
    "ca_key": Field(str, "give the private_key of the authority's Certificate", required=False),
    "ca_cert": Field(str, "give the cert of the authority's Certificate", required=False),
}
SECRETS = frozenset({("private_key",), ("ca_key",)})

LONGEST_NAME = 64
"""Of a common name: https://www.rfc-editor.org/rfc/rfc5280#appendix-A.1 (ub-common-name)."""

_HOST = re.compile(r"(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9a-fA-F:]+")


class Certificate:
    """Self-signed, or signed by `ca_key` and `ca_cert`; a change or a near end issues it anew, for the same key."""

    def check(self, resource: Resource) -> Checked:
        inputs = resource.inputs.plain
        return Checked(resource.inputs, misfits(inputs, FIELDS) or _wrong(inputs))

    def diff(self, resource: Resource) -> Diff:
        changes = dict(compare(resource.old_inputs.plain, resource.inputs.plain))
        cert = resource.state.get("cert")
        if isinstance(cert, str) and x509.near_its_end(cert):
            changes[("cert",)] = "update"
        return Diff(changes)

    def create(self, resource: Resource, progress: Progress) -> Created:
        if resource.preview:
            return Created("", _state(resource, UNKNOWN, UNKNOWN))
        return Created(resource.name, _issued(resource, x509.new_key()))

    def read(self, resource: Resource) -> Found | None:
        # It lives in the state alone: an import has nothing to read.
        return Found(resource.id, resource.state, resource.inputs) if resource.state.get("cert") else None

    def update(self, resource: Resource, progress: Progress) -> Values:
        key = resource.state.get("private_key")
        return _state(resource, key, UNKNOWN) if resource.preview else _issued(resource, key)

    def delete(self, resource: Resource, progress: Progress) -> None:
        """It ends with its state."""


def _wrong(inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
    wrong: list[tuple[str, str]] = []
    name = inputs["common_name"]
    if isinstance(name, str) and not 0 < len(name) <= LONGEST_NAME:
        fix = f"To fix: shorten it to {LONGEST_NAME} characters; clients read dns_names."
        wrong.append(("common_name", f"common_name must have 1 to {LONGEST_NAME} characters, got {name!r}. {fix}"))
    for host in inputs["dns_names"] if isinstance(inputs["dns_names"], list) else ():
        if host is not UNKNOWN and not (isinstance(host, str) and _HOST.fullmatch(host)):
            fix = "To fix: write a name without scheme or port."
            wrong.append(("dns_names", f"dns_names must hold host names or addresses, got {host!r}. {fix}"))
    if (inputs.get("ca_key") is None) != (inputs.get("ca_cert") is None):
        wrong.append(("ca_key", "ca_key and ca_cert go together, got one. To fix: give both, or neither."))
    return wrong


def _issued(resource: Resource, private_key: str) -> Values:
    inputs = resource.inputs.plain
    authority = x509.Authority(inputs["ca_key"], inputs["ca_cert"]) if inputs.get("ca_key") else None
    cert = x509.issue(
        private_key, inputs["common_name"], inputs["dns_names"], is_ca=inputs["is_ca"], authority=authority
    )
    return _state(resource, private_key, cert)


def _state(resource: Resource, private_key: object, cert: object) -> Values:
    inputs = resource.inputs.plain
    authority = inputs.get("ca_cert") or cert
    return Values({**inputs, "private_key": private_key, "cert": cert, "ca_cert": authority}, SECRETS)
