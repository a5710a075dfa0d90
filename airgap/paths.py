"""Where things lie: the checkout, its own state, and the cache that all checkouts of a user share."""

import hashlib
import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]

STATE = Path(os.environ.get("TRADEWIND_STATE") or CHECKOUT / ".tradewind")
"""Per checkout: engine home, state backend, passphrase, the node's data. Removing it loses the stack."""

CACHE = Path(
    os.environ.get("TRADEWIND_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tradewind"
)
"""Per user: downloads and builds, keyed by content. Removing it costs time and nothing else."""

CHECKOUT_ID = hashlib.sha256(str(STATE).encode()).hexdigest()[:6]
"""Tells apart what two checkouts put on one machine: namespaces, cgroups, sockets."""
