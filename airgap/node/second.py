"""A second node in the cluster of the first: where pods go when the first, or this one, is drained.

A kubelet with its containerd, proxy and policies in namespaces of its own, wired to the first node's namespace alone:
the host has no part in it. It has the API server, DNS and registry of the first, and ends with it.
"""

from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from itertools import islice

from pyroute2 import IPRoute

from airgap.artifacts import Report
from airgap.errors import SetupError
from airgap.node import (
    certificates,
    claims,
    configuration,
    files,
    images,
    lifecycle,
    logs,
    namespaces,
    network,
    probes,
    programs,
    supervision,
)
from airgap.node.certificates import Leaf
from airgap.node.layout import Layout, NodeSpec
from airgap.node.processes import PROCESSES, Process
from airgap.node.programs import Programs

OUTSIDE = "second"
"""The veth pair's end in the first node's namespace."""
KUBECONFIGS = ("proxy", "netpol", "kubelet")


@dataclass(frozen=True, kw_only=True)
class Second(Layout):
    """The plan of the second node: numbers of its own, in the cluster of the first."""

    first: Layout

    @property
    def cluster(self) -> IPv4Network:
        return self.first.cluster

    @property
    def pods(self) -> IPv4Network:
        return next(islice(self.cluster.subnets(new_prefix=24), 1, None))

    @property
    def server(self) -> str:
        return f"https://{self.first.address}:{self.first.ports.api}"


def join(first: NodeSpec, report: Report) -> str:
    """Start the second node beside a first that runs; returns its name once it is Ready. SetupError where it cannot."""
    found = claims.load(first)
    if found is None or not probes.api_server(found):
        raise SetupError(f"{first.state}: there is no node to join that answers. To fix: run `make up`.")
    built, archives = programs.ensure(report), images.prepare(report)
    claimed = claims.settle(first.second)
    layout = Second(spec=claimed.spec, number=claimed.number, ports=found.ports, first=found)
    namespaces.ensure(layout)
    _wire(layout)
    _certify(layout)
    _configure(layout, built, archives["pause"].ref)
    logs.bound(layout)
    supervision.ensure(layout, built, report, PARTS)
    images.load(layout, built, archives)
    lifecycle.wait_for("the second node to be Ready", lambda _: probes.node(found, layout.id), layout, report)
    report(f"node {layout.id} has joined {found.id}")
    return layout.id


def leave(first: NodeSpec, report: Report) -> None:
    """End the second node and take it out of the cluster; fine where there is none."""
    lifecycle.stop(first.second, report)
    if found := claims.load(first):
        with probes.client(found) as api:
            api.delete(f"/api/v1/nodes/{first.second.id}")


def _wire(layout: Second) -> None:
    """A veth pair from namespace to namespace: each is the other's way to the pods there."""

    def is_whole() -> bool:
        with IPRoute() as route:
            return bool(list(route.link_lookup(ifname=network.INSIDE)))

    if network.within(layout, is_whole):
        return

    def outside() -> None:
        with IPRoute() as route:
            inside = {"ifname": network.INSIDE, "net_ns_fd": str(layout.network_namespace)}
            route.link("add", ifname=OUTSIDE, kind="veth", peer=inside)
            network.configure(route, OUTSIDE, str(layout.host_address))

    def inside() -> None:
        with IPRoute() as route:
            route.link("set", index=network.index(route, "lo"), state="up")
            network.configure(route, network.INSIDE, str(layout.address))
            route.route("add", dst="default", gateway=str(layout.host_address))

    def back() -> None:
        with IPRoute() as route:
            route.route("add", dst=str(layout.pods), gateway=str(layout.address))

    network.within(layout.first, outside)
    network.within(layout, inside)
    network.within(layout.first, back)


def _certify(layout: Second) -> None:
    """What its processes are known by, from the first node's authority."""
    layout.pki.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in ("ca.crt", "ca.key"):
        files.write(layout.pki / name, (layout.first.pki / name).read_text())
    node = Leaf(name="kubelet", authority="ca", common_name=f"system:node:{layout.id}", group="system:nodes")
    served = (layout.id, "127.0.0.1", str(layout.address))
    server = Leaf(name="kubelet-server", authority="ca", common_name=layout.id, hosts=served)
    shared = [each for each in certificates.leaves(layout) if each.name in ("proxy", "netpol")]
    for leaf in (node, server, *shared):
        certificates.ensure_leaf(layout.pki, leaf)
    for name in KUBECONFIGS:
        files.write(layout.pki / f"{name}.kubeconfig", certificates.kubeconfig(layout, name))


def _configure(layout: Second, built: Programs, pause: str) -> None:
    for name, document in (
        ("kubelet.yaml", configuration.kubelet(layout)),
        ("kube-proxy.yaml", configuration.kube_proxy(layout)),
        ("cni/10-tradewind.conflist", configuration.cni(layout)),
    ):
        files.write(layout.config / name, configuration.text(name, document))
    files.write(layout.config / "containerd.toml", configuration.containerd(layout, built, pause))


def _forward(layout: Layout, built: Programs) -> list[str]:
    """The first node's registry, at the same address as there: images have it in their names."""
    assert isinstance(layout, Second)
    registry = f"127.0.0.1:{layout.ports.registry}"
    return [str(built.agent), "forward", f"--netns={layout.first.network_namespace}", f"--map={registry}={registry}"]


def _parts() -> tuple[Process, ...]:
    """Of the first node's processes those that every node has; what they need of the API server is there already."""
    own = {process.name: process for process in PROCESSES}
    there = [own[name] for name in ("containerd", "kubelet", "kube-proxy", "netpol")]
    probed = {each.ready for each in there}
    bare = [replace(each, needs=tuple(need for need in each.needs if need in probed)) for each in there]
    return (bare[0], Process(name="forward", arguments=_forward, ready=probes.registry), *bare[1:])


PARTS = _parts()
