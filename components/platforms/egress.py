"""Where services of a cloud may connect to beside DNS: for a token, and to read artifacts, here and at a peer's.

A NetworkPolicy knows addresses and no names, and those of a cloud's storage are many, shared and changing: so HTTPS is
open to all that is public, and what may be read there is up to identities alone. Whatever is private stays closed.
"""

from components.network import PRIVATE
from components.objects import Document

SHARED = ("100.64.0.0/10", "169.254.0.0/16")
"""Of carriers and of the machine itself; no public address either: https://datatracker.ietf.org/doc/html/rfc6890"""

PUBLIC_HTTPS: Document = {
    "to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": [*map(str, PRIVATE), *SHARED]}}],
    "ports": [{"port": 443, "protocol": "TCP"}],
}


def credentials_at(address: str) -> Document:
    """The agent on each node that gives pods their own cloud's tokens."""
    return {"to": [{"ipBlock": {"cidr": f"{address}/32"}}], "ports": [{"port": 80, "protocol": "TCP"}]}
