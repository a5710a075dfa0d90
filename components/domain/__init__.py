"""What a domain is: the host name of an entry that everybody may call, its certificate, its records in a zone."""

import re
from dataclasses import dataclass
from typing import Protocol

from components.cluster import Door

LONGEST = 64
"""Characters that a certificate has room for: https://datatracker.ietf.org/doc/html/rfc5280#appendix-A.1"""

LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
NAME = re.compile(rf"({LABEL}\.)+(?=.*[a-z]){LABEL}")
"""https://datatracker.ietf.org/doc/html/rfc1123#section-2.1; the last label has a letter: else it is an address."""

NAME_FIX = "give a short name in lower case, without https:// and a final dot"


@dataclass(frozen=True, kw_only=True)
class DomainArgs:
    owner: str
    """The stack, as in naming.OWNER."""
    host: str
    """What callers know the entry by."""
    zone: str
    """DNS name of the public zone that answers for `host`; it is there already, in the stack's account."""
    stack_file: str
    """As errors name it."""


class Domain(Protocol):
    door: Door
    """For everybody: TLS 1.2 or newer, and what comes without TLS is sent there."""


def name_problem(name: str) -> str | None:
    """What is wrong with a host's or zone's name, as the rest of a sentence; None where nothing is."""
    if len(name) > LONGEST:
        return f"must have at most {LONGEST} characters, as a certificate's name does"
    if not NAME.fullmatch(name):
        return "must be a DNS name of two labels or more, of lower-case letters, digits and inner hyphens"
    return None


def lies_in(host: str, zone: str) -> bool:
    """Whether the zone is the host's own, or one above it."""
    return f".{host}".endswith(f".{zone}")
