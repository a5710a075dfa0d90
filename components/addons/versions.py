"""Which Envoy Gateway drives which Envoy on which Kubernetes: https://gateway.envoyproxy.io/news/releases/matrix/

KEDA states its own range: https://keda.sh/docs/2.18/operate/cluster/#kubernetes-compatibility
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Pairing:
    """One row of the matrix: versions that their makers test together."""

    envoy_gateway: str
    envoy: str
    gateway_api: str
    kubernetes: tuple[str, ...]


PAIRINGS = (
    Pairing(envoy_gateway="1.7.0", envoy="1.37.0", gateway_api="1.4.1", kubernetes=("1.32", "1.33", "1.34", "1.35")),
)

USED = PAIRINGS[-1]
"""What this checkout builds; airgap/go/envoy-gateway/go.mod and the envoy image's recipe name the same."""


def supports(kubernetes: str, pairing: Pairing = USED) -> bool:
    """Whether the pairing is tested on a cluster of this version, as in `v1.34.4`.

    A cluster that does not know its version, as one that is built from Go modules, is believed to be a fit.
    """
    if kubernetes.startswith("v0.0.0"):
        return True
    return ".".join(kubernetes.removeprefix("v").split(".")[:2]) in pairing.kubernetes
