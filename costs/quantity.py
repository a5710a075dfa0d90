"""Kubernetes' quantities as numbers: cores, and bytes.

kubernetes.utils.parse_quantity reads the same, and brings a client that takes a second to load, which every preview
with a budget would wait for; a test holds the two together.
"""

import re

SUFFIXES = {
    **{"n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12},
    **{"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40},
}
"""https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/"""

WRITTEN = re.compile(rf"(\d+(?:\.\d+)?)({'|'.join(SUFFIXES)})")

GIB = 2.0**30


def quantity(value: object) -> float | None:
    """Cores or bytes; None where it is no quantity."""
    if isinstance(value, bool):
        return None
    found = WRITTEN.fullmatch(f"{value:g}" if isinstance(value, float) else str(value))
    return float(found[1]) * SUFFIXES[found[2]] if found else None
