"""Names, addresses and limits of the plan, and how number and ports are chosen and kept."""

import ipaddress
import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from airgap import node
from airgap.errors import SetupError
from airgap.node import claims
from airgap.node.layout import NUMBERS, Layout, NodeSpec, Ports


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NodeSpec:
    for module in ("airgap.node.claims", "airgap.node.layout", "airgap.node.namespaces"):
        monkeypatch.setattr(f"{module}.RUN", tmp_path / "run")
    return NodeSpec(name="unit", state=tmp_path / "node")


@pytest.mark.parametrize("name", ["", "Local", "a_b", "-a", "a-", "a" * 41])
def test_a_name_that_is_no_dns_label_is_refused(name: str, tmp_path: Path):
    with pytest.raises(ValueError, match=r"NodeSpec.name must be a DNS label .+ To fix: "):
        NodeSpec(name=name, state=tmp_path)


def test_no_two_numbers_share_an_address(layout: Layout):
    networks = [net for number in NUMBERS for net in _networks(replace(layout, number=number))]
    for index, one in enumerate(networks):
        assert not any(one.overlaps(other) for other in networks[index + 1 :])
    assert all(net.subnet_of(ipaddress.IPv4Network("10.0.0.0/8")) for net in networks)


def _networks(layout: Layout) -> list[ipaddress.IPv4Network]:
    assert layout.pods.subnet_of(layout.cluster)
    return [layout.cluster, layout.subnet]


def test_the_longest_name_fits_the_kernels_limits(tmp_path: Path):
    spec = NodeSpec(name="a" * 40, state=tmp_path)
    layout = Layout(spec=spec, number=63, ports=Ports(api=1, registry=2, entry=3, prometheus=4))
    assert len(spec.link) <= 15  # IFNAMSIZ
    assert len(spec.id) <= 63  # a node's name is a DNS label here
    longest = layout.run / "containerd" / "s" / ("f" * 64)
    assert max(len(str(layout.containerd_socket)), len(str(longest))) < 108 + 64, "sockets of shims are bound elsewhere"
    assert len(str(layout.containerd_socket)) < 108


def test_number_and_ports_are_kept(spec: NodeSpec):
    first = claims.settle(spec)
    assert claims.settle(spec) == first == claims.load(spec) == claims.claimed(spec)


def test_neighbours_get_other_numbers_and_ports(spec: NodeSpec):
    one = claims.settle(spec)
    other = claims.settle(replace(spec, name="unit-2", state=spec.state.with_name("other")))
    assert one.number != other.number
    assert not set(one.ports.numbers().values()) & set(other.ports.numbers().values())


def test_a_number_that_was_taken_since_the_reboot_is_chosen_anew_and_the_ports_stay(spec: NodeSpec, tmp_path: Path):
    before = claims.settle(spec)
    (spec.run / "layout.json").unlink()  # a reboot empties /run
    neighbour = spec.run.with_name("tw-other") / "layout.json"
    neighbour.parent.mkdir()
    neighbour.write_text(json.dumps({"number": before.number, "ports": {}}))
    after = claims.settle(spec)
    assert after.number != before.number
    assert after.ports == before.ports


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"number": 1}', '{"number": 1, "ports": {"api": 1}}'])
def test_a_damaged_record_counts_as_none(spec: NodeSpec, damage: str):
    claims.settle(spec)
    (spec.state / "layout.json").write_text(damage)
    assert claims.load(spec) is None


def test_ports_in_use_are_passed_over(spec: NodeSpec, tmp_path: Path):
    first = claims.settle(spec)
    claims.release(spec)
    (spec.state / "layout.json").unlink()
    with socket.create_server(("127.0.0.1", first.ports.entry)):
        assert claims.settle(spec).ports != first.ports


def test_release_takes_the_claim_and_the_last_one_the_folder(spec: NodeSpec):
    other = replace(spec, name="unit-2", state=spec.state.with_name("other"))
    claims.settle(spec)
    claims.settle(other)
    claims.release(spec)
    assert not spec.run.exists()
    assert other.run.exists()
    claims.release(other)
    assert not other.run.parent.exists()


def test_a_disk_that_is_nearly_full_is_named(spec: NodeSpec, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("airgap.node.lifecycle.FREE_BYTES", 1 << 60)
    with pytest.raises(SetupError, match=rf"{spec.state}: the node needs .+ GiB of free disk, got .+ To fix: "):
        node.ensure(spec, print)


def test_who_is_not_root_is_told(spec: NodeSpec, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    for call in (node.ensure, node.stop):
        with pytest.raises(SetupError, match=r"needs root.+ To fix: "):
            call(spec, print)


def test_a_taken_port_is_named_with_its_holder_and_the_fix(layout: Layout):
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        taken = replace(layout, ports=replace(layout.ports, registry=port))
        with pytest.raises(SetupError, match=rf"ports.registry: 127.0.0.1:{port} is taken by .+\(pid \d+\). To fix: "):
            claims.require_free(taken)


def test_a_second_node_has_a_name_and_a_folder_of_its_own_whatever_the_first_is_called(tmp_path: Path):
    for name in ("local", "a" * 40, f"{'a' * 32}-{'b' * 7}"):
        first = NodeSpec(name=name, state=tmp_path / name)
        assert first.second.id != first.id
        assert first.second.state != first.state
        assert len(first.second.name) <= 40
