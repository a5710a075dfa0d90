"""Who may connect to a service, and whom it may connect to."""

from collections.abc import Sequence

from components import naming
from components.card import Card
from components.objects import DNS_EGRESS, Document, in_namespace
from components.service.workload import PORT


def network_policy_spec(card: Card, callers: Sequence[str], ways_out: Sequence[Document]) -> Document:
    """Requests from the namespaces of the entry and of the scraper, and from the service's waiting room where it has
    one; no way out but DNS and what the platform names.
    """
    peers = [in_namespace(each) for each in callers]
    if card.scale.min == 0:
        peers.append({"podSelector": {"matchLabels": naming.selector(naming.waiting_room(card.name))}})
    return {
        "podSelector": {"matchLabels": naming.selector(card.name)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": peers, "ports": [{"port": PORT, "protocol": "TCP"}]}],
        "egress": [DNS_EGRESS, *ways_out],
    }


def nothing_allowed() -> Document:
    """What holds for a namespace's pods that no other policy names."""
    return {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def disruption_budget_spec(card: Card) -> Document:
    """One replica at a time may be moved away."""
    return {"maxUnavailable": 1, "selector": {"matchLabels": naming.selector(card.name)}}
