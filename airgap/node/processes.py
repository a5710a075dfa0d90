"""The processes of a node, as a table: what each is, where it runs, and what it is told."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from airgap.node import probes
from airgap.node.layout import ENTRY_NODE_PORT, PROMETHEUS_NODE_PORT, SCALER_SYNC_S, SERVICES, Layout
from airgap.node.probes import Probe
from airgap.node.programs import Programs

Arguments = Callable[[Layout, Programs], list[str]]

THREADS = min(os.cpu_count() or 1, 4)
"""More would cost memory on a large machine and gain a small cluster nothing."""

API_SERVER_MIB = 448
"""By far the largest: the schemas of the add-ons' custom resources alone are 150 MiB."""


@dataclass(frozen=True, kw_only=True)
class Process:
    name: str
    arguments: Arguments
    """Its command line, the program's full path first."""
    ready: Probe
    """Whether it answers now."""
    needs: tuple[Probe, ...] = ()
    """What must answer before it is started: it would end, or wait in long steps."""
    network: Literal["node", "host"] = "node"
    memory_mib: int | None = None
    """GOMEMLIMIT: above it the collector works harder, and nothing fails."""


def _containerd(layout: Layout, programs: Programs) -> list[str]:
    return [str(programs.debian_program("containerd")), "--config", str(layout.config / "containerd.toml")]


def _registry(layout: Layout, programs: Programs) -> list[str]:
    return [str(programs.debian_program("docker-registry")), "serve", str(layout.config / "registry.yaml")]


def _etcd(layout: Layout, programs: Programs) -> list[str]:
    client, peer, pki = "https://127.0.0.1:2379", "https://127.0.0.1:2380", layout.pki
    return [
        str(programs.kube),
        "etcd",
        f"--name={layout.id}",
        f"--data-dir={layout.data / 'etcd'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster={layout.id}={peer}",
        *(f"--{side}cert-file={pki / 'etcd.crt'}" for side in ("", "peer-")),
        *(f"--{side}key-file={pki / 'etcd.key'}" for side in ("", "peer-")),
        *(f"--{side}trusted-ca-file={pki / 'etcd-ca.crt'}" for side in ("", "peer-")),
        "--client-cert-auth",
        "--peer-client-cert-auth",
        "--snapshot-count=2000",  # entries kept in memory
        "--logger=zap",
        "--log-level=warn",
    ]


def _apiserver(layout: Layout, programs: Programs) -> list[str]:
    pki, config = layout.pki, layout.config
    return [
        str(programs.kube),
        "kube-apiserver",
        f"--advertise-address={layout.address}",
        f"--secure-port={layout.ports.api}",
        f"--service-cluster-ip-range={SERVICES}",
        f"--tls-cert-file={pki / 'apiserver.crt'}",
        f"--tls-private-key-file={pki / 'apiserver.key'}",
        f"--client-ca-file={pki / 'ca.crt'}",
        f"--authentication-config={config / 'authentication.yaml'}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        f"--admission-control-config-file={config / 'admission.yaml'}",
        f"--encryption-provider-config={config / 'encryption.yaml'}",
        "--etcd-servers=https://127.0.0.1:2379",
        f"--etcd-cafile={pki / 'etcd-ca.crt'}",
        f"--etcd-certfile={pki / 'apiserver-etcd-client.crt'}",
        f"--etcd-keyfile={pki / 'apiserver-etcd-client.key'}",
        f"--kubelet-certificate-authority={pki / 'ca.crt'}",
        f"--kubelet-client-certificate={pki / 'apiserver-kubelet-client.crt'}",
        f"--kubelet-client-key={pki / 'apiserver-kubelet-client.key'}",
        "--kubelet-preferred-address-types=InternalIP",  # names would need a DNS before there is one
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-account-key-file={pki / 'service-account.pub'}",
        f"--service-account-signing-key-file={pki / 'service-account.key'}",
        f"--requestheader-client-ca-file={pki / 'front-proxy-ca.crt'}",
        "--requestheader-allowed-names=front-proxy",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={pki / 'front-proxy.crt'}",
        f"--proxy-client-key-file={pki / 'front-proxy.key'}",
        "--enable-aggregator-routing=true",
        "--event-ttl=30m",
        "--profiling=false",
    ]


def _controller_manager(layout: Layout, programs: Programs) -> list[str]:
    kubeconfig = layout.pki / "controller-manager.kubeconfig"
    return [
        str(programs.kube),
        "kube-controller-manager",
        *_client(kubeconfig),
        f"--service-account-private-key-file={layout.pki / 'service-account.key'}",
        f"--root-ca-file={layout.pki / 'ca.crt'}",
        "--use-service-account-credentials",
        "--allocate-node-cidrs=false",
        f"--horizontal-pod-autoscaler-sync-period={SCALER_SYNC_S}s",
        "--kube-api-qps=100",  # the default of 20 spreads the start of its controllers over five seconds
        "--kube-api-burst=200",
        "--terminated-pod-gc-threshold=50",
        "--secure-port=10257",
    ]


def _scheduler(layout: Layout, programs: Programs) -> list[str]:
    kubeconfig = layout.pki / "scheduler.kubeconfig"
    return [str(programs.kube), "kube-scheduler", *_client(kubeconfig), "--secure-port=10259"]


def _client(kubeconfig: object) -> list[str]:
    return [
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        "--bind-address=127.0.0.1",
        "--leader-elect=false",  # one of each, and a lease is a write every two seconds
        "--profiling=false",
    ]


def _kubelet(layout: Layout, programs: Programs) -> list[str]:
    return [
        str(programs.kube),
        "kubelet",
        f"--config={layout.config / 'kubelet.yaml'}",
        f"--kubeconfig={layout.pki / 'kubelet.kubeconfig'}",
        f"--hostname-override={layout.id}",
        f"--node-ip={layout.address}",
    ]


def _proxy(layout: Layout, programs: Programs) -> list[str]:
    return [str(programs.kube), "kube-proxy", f"--config={layout.config / 'kube-proxy.yaml'}"]


def _netpol(layout: Layout, programs: Programs) -> list[str]:
    return [str(programs.agent), "netpol", f"--kubeconfig={layout.pki / 'netpol.kubeconfig'}"]


def _forward(layout: Layout, programs: Programs) -> list[str]:
    """The host's loopback, port by port; what lies behind is dialled inside the namespace."""
    ports, node = layout.ports, layout.address
    routes = {
        ports.api: f"127.0.0.1:{ports.api}",
        ports.registry: f"127.0.0.1:{ports.registry}",
        ports.entry: f"{node}:{ENTRY_NODE_PORT}",
        ports.prometheus: f"{node}:{PROMETHEUS_NODE_PORT}",
    }
    mapped = [f"--map=127.0.0.1:{port}={target}" for port, target in routes.items()]
    return [str(programs.agent), "forward", f"--netns={layout.network_namespace}", *mapped]


_etcd_answers = probes.inside(2379)

PROCESSES = (
    Process(name="containerd", arguments=_containerd, ready=probes.containerd),
    Process(name="docker-registry", arguments=_registry, ready=probes.registry),
    Process(name="forward", arguments=_forward, ready=probes.forward, network="host"),
    Process(name="etcd", arguments=_etcd, ready=_etcd_answers),
    Process(
        name="kube-apiserver",
        arguments=_apiserver,
        ready=probes.api_server,
        needs=(_etcd_answers,),
        memory_mib=API_SERVER_MIB,
    ),
    Process(
        name="kubelet", arguments=_kubelet, ready=probes.inside(10248), needs=(probes.containerd, probes.api_server)
    ),
    Process(name="kube-proxy", arguments=_proxy, ready=probes.inside(10256), needs=(probes.api_server,)),
    Process(
        name="kube-controller-manager",
        arguments=_controller_manager,
        ready=probes.inside(10257),
        needs=(probes.api_server,),
    ),
    Process(name="kube-scheduler", arguments=_scheduler, ready=probes.inside(10259), needs=(probes.api_server,)),
    Process(name="netpol", arguments=_netpol, ready=probes.always, needs=(probes.policy_rights,)),
)
"""In the order of starting."""
