"""A cluster with its add-ons that another stack has made, alike on every cloud: nothing of it is changed."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from components import naming
from components.cluster import cloud
from components.planning import DEFAULT_SYNC_S
from components.platforms.handover import Handover
from components.platforms.settings import CloudSettings


class InHand:
    """The part of a Platform that another stack has made, as its record has it."""

    node_selector: Mapping[str, str] = {"kubernetes.io/arch": cloud.ARCHITECTURE}
    handover: Mapping[str, Any] = {}
    # An `up` of the platform that gave out its record has waited for both.
    entry_ready: Sequence[pulumi.Resource] = ()
    scaler_ready: Sequence[pulumi.Resource] = ()
    processor = None
    scaler_sync_s = DEFAULT_SYNC_S

    def __init__(self, stack: str, record: Handover, kubeconfig: pulumi.Output[str], settings: CloudSettings):
        self.owner, self.verifies = naming.fitted(stack), settings.signing_key is not None
        self.scope = pulumi.ResourceOptions(
            providers=[cloud.provider("cluster-kubernetes", kubeconfig, record.context, pulumi.ResourceOptions())]
        )
        self.namespace, self.services_namespace = record.namespace, pulumi.Output.from_input(record.namespace)
        self.callers, self.prometheus = record.callers, record.prometheus
        self.entry, self.gateway = pulumi.Output.from_input(record.entry), pulumi.Output.from_input(record.gateway)
        self.outputs: Mapping[str, Any] = {
            "kind": record.kind,
            "kubeconfig": kubeconfig,
            "context": record.context,
            "registry": record.registry,
            "entry": record.entry,
            "prometheus": record.prometheus,
            "as_peer": record.as_peer,
        }
