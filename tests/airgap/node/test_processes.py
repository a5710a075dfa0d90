"""What the node's programs are told: closed by default, and the same words for the same layout."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from airgap.node import configuration, probes, second, supervision
from airgap.node.layout import Layout
from airgap.node.processes import PROCESSES
from airgap.node.programs import Programs


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    return Programs(kube=tmp_path / "kube", agent=tmp_path / "agent", debian=tmp_path / "debian")


@pytest.fixture
def written(layout: Layout, programs: Programs) -> Layout:
    configuration.write_all(layout, programs, pause="docker.io/tradewind/pause:1")
    return layout


def arguments(name: str, layout: Layout, programs: Programs) -> list[str]:
    return next(process for process in PROCESSES if process.name == name).arguments(layout, programs)


def test_every_program_is_named_by_its_full_path(layout: Layout, programs: Programs):
    for process in PROCESSES:
        assert Path(process.arguments(layout, programs)[0]).is_absolute(), process.name


@pytest.mark.parametrize(
    "flag",
    [
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--profiling=false",
        "--requestheader-allowed-names=front-proxy",
    ],
)
def test_the_api_server_is_closed_by_default(flag: str, layout: Layout, programs: Programs):
    assert flag in arguments("kube-apiserver", layout, programs)


def test_the_api_server_allows_no_privileged_pod(layout: Layout, programs: Programs):
    assert not [flag for flag in arguments("kube-apiserver", layout, programs) if "allow-privileged" in flag]


def test_etcd_asks_for_certificates_and_listens_on_loopback(layout: Layout, programs: Programs):
    told = arguments("etcd", layout, programs)
    assert {"--client-cert-auth", "--peer-client-cert-auth"} <= set(told)
    urls = [flag.partition("=")[2] for flag in told if "-urls=" in flag]
    assert urls
    assert all(url.startswith("https://127.0.0.1:") for url in urls)


def test_managers_listen_on_loopback_alone(layout: Layout, programs: Programs):
    for name in ("kube-controller-manager", "kube-scheduler"):
        assert "--bind-address=127.0.0.1" in arguments(name, layout, programs)


def test_the_autoscaler_looks_every_two_seconds(layout: Layout, programs: Programs):
    told = arguments("kube-controller-manager", layout, programs)
    assert "--horizontal-pod-autoscaler-sync-period=2s" in told


def test_anonymous_callers_see_health_alone():
    found = configuration.AUTHENTICATION["anonymous"]
    assert found == {"enabled": True, "conditions": [{"path": p} for p in ("/livez", "/readyz", "/healthz")]}


def test_the_kubelet_lets_nobody_in_unasked(layout: Layout):
    found = configuration.kubelet(layout)
    assert found["authentication"]["anonymous"] == {"enabled": False}
    assert found["authorization"] == {"mode": "Webhook"}
    assert found["readOnlyPort"] == 0
    assert found["cgroupRoot"] == f"/{layout.cgroup}"


def test_pods_cannot_reach_the_registry(layout: Layout):
    assert configuration.registry(layout)["http"]["addr"] == f"127.0.0.1:{layout.ports.registry}"


def test_the_key_that_seals_secrets_is_made_once(written: Layout, programs: Programs):
    path = written.config / "encryption.yaml"
    before = path.read_text()
    configuration.write_all(written, programs, pause="docker.io/tradewind/pause:2")
    assert path.read_text() == before
    [rule] = yaml.safe_load(before)["resources"]
    assert rule["resources"] == ["secrets"]
    assert list(rule["providers"][0]) == ["secretbox"]


def test_files_are_what_their_readers_expect(written: Layout):
    for path in written.config.rglob("*.yaml"):
        assert yaml.safe_load(path.read_text()), path
    network = json.loads((written.config / "cni" / "10-tradewind.conflist").read_text())
    assert network["plugins"][0]["type"] == "ptp"
    assert network["plugins"][0]["ipam"]["ranges"] == [[{"subnet": str(written.pods)}]]


def test_a_changed_setting_changes_the_mark_of_its_reader_alone(written: Layout, programs: Programs):
    def marks() -> dict[str, str]:
        return {process.name: supervision.tag(written, process, programs) for process in PROCESSES}

    before = marks()
    assert marks() == before
    (written.config / "kubelet.yaml").write_text("another: setting\n")
    assert [name for name, mark in marks().items() if mark != before[name]] == ["kubelet"]


def test_a_setting_that_a_setting_names_counts_too(written: Layout, programs: Programs):
    process = next(process for process in PROCESSES if process.name == "kube-proxy")
    before = supervision.tag(written, process, programs)
    written.pki.mkdir()
    (written.pki / "proxy.kubeconfig").write_text("another")  # named by kube-proxy.yaml
    assert supervision.tag(written, process, programs) != before


def test_another_program_is_another_mark(written: Layout, programs: Programs):
    process = next(process for process in PROCESSES if process.name == "etcd")
    newer = replace(programs, kube=programs.kube.with_name("newer"))
    assert supervision.tag(written, process, programs) != supervision.tag(written, process, newer)


def test_the_second_nodes_kubelet_waits_for_its_own_containerd_and_for_nothing_of_the_first():
    needs = {each.name: each.needs for each in second.PARTS}
    assert needs.pop("kubelet") == (probes.containerd,)
    assert set(needs.values()) == {()}
