"""The wire between host and node: a veth pair and a default route, over netlink, as a bare Debian has no `ip`."""

import socket
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from pyroute2 import IPRoute
from pyroute2 import netns as namespaces

from airgap.node.layout import Layout, NodeSpec

INSIDE = "eth0"
Result = TypeVar("Result")


def ensure(layout: Layout) -> None:
    """Make the pair, its addresses and the route where one is missing."""
    if _is_whole(layout):
        return
    remove(layout.spec)
    with IPRoute() as host:
        host.link(
            "add",
            ifname=layout.spec.link,
            kind="veth",
            peer={"ifname": INSIDE, "net_ns_fd": str(layout.network_namespace)},
        )
        configure(host, layout.spec.link, str(layout.host_address))

    def inside() -> None:
        with IPRoute() as node:
            node.link("set", index=index(node, "lo"), state="up")
            configure(node, INSIDE, str(layout.address))
            node.route("add", dst="default", gateway=str(layout.host_address))

    within(layout, inside)


def remove(spec: NodeSpec) -> None:
    """Delete the pair; one end takes the other with it."""
    with IPRoute() as host:
        for index in host.link_lookup(ifname=spec.link):
            host.link("del", index=index)


def within(layout: Layout, work: Callable[[], Result]) -> Result:
    """Run `work` in the node's network namespace. What it opens stays there; the caller's threads stay outside."""
    outcome: dict[str, Any] = {}

    def run() -> None:
        try:
            namespaces.setns(str(layout.network_namespace))
            outcome["result"] = work()
        except BaseException as error:
            outcome["error"] = error

    # setns moves one thread, and a thread that ends takes the move with it.
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if "error" in outcome:
        raise outcome["error"]
    return outcome["result"]


def answers(layout: Layout, address: str, port: int) -> bool:
    """Whether something inside accepts connections there."""

    def connect() -> bool:
        try:
            socket.create_connection((address, port), timeout=1).close()
        except OSError:
            return False
        return True

    return within(layout, connect)


def configure(route: IPRoute, name: str, address: str) -> None:
    """Give one end of a pair its address, and put it up."""
    number = index(route, name)
    route.addr("add", index=number, address=address, prefixlen=30)
    route.link("set", index=number, state="up")


def _is_whole(layout: Layout) -> bool:
    def inside() -> bool:
        with IPRoute() as node:
            return _has(node, INSIDE, str(layout.address)) and bool(node.get_default_routes())

    with IPRoute() as host:
        return _has(host, layout.spec.link, str(layout.host_address)) and within(layout, inside)


def _has(route: IPRoute, name: str, address: str) -> bool:
    if not list(route.link_lookup(ifname=name)):
        return False
    found = route.get_addr(index=index(route, name))
    return any(one.get_attr("IFA_ADDRESS") == address for one in found)


def index(route: IPRoute, name: str) -> int:
    """Of the link of this name."""
    return next(iter(route.link_lookup(ifname=name)))
