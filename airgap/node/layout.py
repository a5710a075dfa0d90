"""The plan of one node: its name, folders, addresses and ports. Everything else reads them here."""

import hashlib
import re
from dataclasses import asdict, dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from airgap.paths import CHECKOUT_ID

RUN = Path("/run/tradewind")
"""Of all nodes of the machine. Short, since the path of a unix socket ends at 108 bytes."""

NUMBERS = range(64)
"""A node's number gives it its ranges; pod ranges start at 10.128.0.0, so 10.191.255.255 is the last address."""

SERVICES = IPv4Network("10.96.0.0/16")
"""Of every node: routed inside its own network namespace only, so two nodes may have the same."""

ENTRY_NODE_PORT = 30080
PROMETHEUS_NODE_PORT = 30090
"""Where add-ons listen on the node's address; fixed, since no two nodes share a network namespace."""

SCALER_SYNC_S = 2
"""Between two looks of the autoscaler; Kubernetes' own 15 s would be most of the time that a surge takes to be met."""

NAME_LIMIT = 40
SECOND = "-second"
"""What ends the name of a node that has joined another."""

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")


@dataclass(frozen=True, kw_only=True)
class NodeSpec:
    """Which node is meant; two specs of different names are two nodes, which may run at once."""

    name: str
    """A DNS label of at most 40 characters; the stack's."""
    state: Path
    """The node's own folder, removed by `stop`."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                f"NodeSpec.name must be a DNS label of at most 40 characters, got {self.name!r}. "
                "To fix: use lower-case letters, digits and inner hyphens."
            )

    @property
    def second(self) -> "NodeSpec":
        """Another node in the same cluster."""
        name = f"{self.name[: NAME_LIMIT - len(SECOND)].rstrip('-')}{SECOND}"
        return NodeSpec(name=name, state=self.state.with_name(f"{self.state.name}{SECOND}"))

    @property
    def id(self) -> str:
        """Names the node's network namespace, its cgroup and its Node object."""
        return f"tw-{CHECKOUT_ID}-{self.name}"

    @property
    def cgroup(self) -> str:
        """Below the root of each hierarchy; holds every process of the node and of its pods."""
        return f"tradewind-{CHECKOUT_ID}-{self.name}"

    @property
    def run(self) -> Path:
        """Sockets and namespace handles; gone after a reboot, as what they belong to is."""
        return RUN / self.id

    @property
    def network_namespace(self) -> Path:
        return Path("/run/netns") / self.id

    @property
    def mount_namespace(self) -> Path:
        return self.run / "mnt"

    @property
    def link(self) -> str:
        """The veth pair's end on the host; the kernel allows 15 characters."""
        return f"tw{hashlib.sha256(self.id.encode()).hexdigest()[:10]}"


@dataclass(frozen=True, kw_only=True)
class Ports:
    """On the host's 127.0.0.1; API server and registry have the same port inside the namespace."""

    api: int
    registry: int
    entry: int
    prometheus: int

    def numbers(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A node with its number and ports; equal layouts give equal command lines."""

    spec: NodeSpec
    number: int
    ports: Ports

    @property
    def id(self) -> str:
        return self.spec.id

    @property
    def cgroup(self) -> str:
        return self.spec.cgroup

    @property
    def state(self) -> Path:
        return self.spec.state

    @property
    def run(self) -> Path:
        return self.spec.run

    @property
    def network_namespace(self) -> Path:
        return self.spec.network_namespace

    @property
    def mount_namespace(self) -> Path:
        return self.spec.mount_namespace

    @property
    def containerd_socket(self) -> Path:
        return self.run / "containerd.sock"

    @property
    def pki(self) -> Path:
        return self.state / "pki"

    @property
    def config(self) -> Path:
        return self.state / "config"

    @property
    def data(self) -> Path:
        return self.state / "data"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def host_address(self) -> IPv4Address:
        return self.subnet[1]

    @property
    def address(self) -> IPv4Address:
        """The node's own, reached from the host and from its pods."""
        return self.subnet[2]

    @property
    def subnet(self) -> IPv4Network:
        return IPv4Network(f"10.200.{self.number}.0/30")

    @property
    def pods(self) -> IPv4Network:
        """Of this node, out of its cluster's /16, which leaves room for nodes that join."""
        return next(self.cluster.subnets(new_prefix=24))

    @property
    def cluster(self) -> IPv4Network:
        return IPv4Network(f"10.{128 + self.number}.0.0/16")

    @property
    def dns(self) -> IPv4Address:
        return SERVICES[10]

    @property
    def server(self) -> str:
        """The API server's URL, the same on the host and inside the namespace."""
        return f"https://127.0.0.1:{self.ports.api}"
