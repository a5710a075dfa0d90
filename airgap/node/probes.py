"""Questions to a running node, each answered within a second: does this part work now?"""

import contextlib
import random
import socket
import ssl
import struct
from collections.abc import Callable

import httpx

from airgap.node import network
from airgap.node.layout import Layout

Probe = Callable[[Layout], bool]


def always(layout: Layout) -> bool:
    """For a process that is ready as soon as it runs."""
    return True


def inside(port: int) -> Probe:
    """Whether the namespace's loopback accepts connections there."""
    return lambda layout: network.answers(layout, "127.0.0.1", port)


def registry(layout: Layout) -> bool:
    return network.answers(layout, "127.0.0.1", layout.ports.registry)


def containerd(layout: Layout) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(layout.containerd_socket)) == 0


def forward(layout: Layout) -> bool:
    """Whether the host's ports are open; not whether something answers behind them."""
    for port in layout.ports.numbers().values():
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)):
                return False
    return True


def api_server(layout: Layout) -> bool:
    with contextlib.suppress(httpx.HTTPError), client(layout) as api:
        return api.get("/readyz").status_code == httpx.codes.OK
    return False


def policy_rights(layout: Layout) -> bool:
    """Whether the network policy agent may read policies yet; denied, it would try again only after seconds."""
    with contextlib.suppress(httpx.HTTPError), client(layout) as api:
        path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/tradewind:netpol"
        return api.get(path).status_code == httpx.codes.OK
    return False


def node(layout: Layout, name: str | None = None) -> bool:
    """Whether the kubelet has said Ready to the API server: the node's own, or that of this name."""
    with contextlib.suppress(httpx.HTTPError), client(layout) as api:
        answer = api.get(f"/api/v1/nodes/{name or layout.id}")
        conditions = answer.json()["status"].get("conditions", []) if answer.is_success else []
        return any(found["type"] == "Ready" and found["status"] == "True" for found in conditions)
    return False


def dns(layout: Layout) -> bool:
    """Whether the cluster's DNS, asked at its Service's address, knows the API server."""
    number = random.randrange(1 << 16)  # noqa: S311 - tells answers apart, protects nothing
    labels = b"".join(bytes([len(part)]) + part for part in b"kubernetes.default.svc.cluster.local".split(b"."))
    question = struct.pack(">6H", number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", 1, 1)

    def ask() -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.5)
            try:
                probe.sendto(question, (str(layout.dns), 53))
                reply = probe.recv(512)
            except OSError:
                return False
        found, flags, _, answers = struct.unpack(">4H", reply[:8])
        return found == number and flags & 0x000F == 0 and answers > 0

    return network.within(layout, ask)


def client(layout: Layout) -> httpx.Client:
    """An administrator's session with the API server, over the veth pair: it works with no forwarder."""
    trust = ssl.create_default_context(cafile=str(layout.pki / "ca.crt"))
    trust.load_cert_chain(layout.pki / "admin.crt", layout.pki / "admin.key")
    # trust_env off: a proxy of the environment cannot reach the node
    return httpx.Client(
        base_url=f"https://{layout.address}:{layout.ports.api}", verify=trust, timeout=2, trust_env=False
    )
