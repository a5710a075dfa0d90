"""The files that the node's programs read at their start, as data."""

import base64
import json
import re
import secrets
from pathlib import Path

import yaml

from airgap.node.files import write
from airgap.node.layout import Layout
from airgap.node.programs import Programs


def write_all(layout: Layout, programs: Programs, pause: str) -> None:
    """Write every file; one that is equal already is not touched. `pause` names the image that holds a pod open."""
    _keep_encryption_key(layout)
    documents = {
        "kubelet.yaml": kubelet(layout),
        "kube-proxy.yaml": kube_proxy(layout),
        "authentication.yaml": AUTHENTICATION,
        "admission.yaml": ADMISSION,
        "registry.yaml": registry(layout),
        "cni/10-tradewind.conflist": cni(layout),
    }
    for name, document in documents.items():
        write(layout.config / name, text(name, document))
    write(layout.config / "containerd.toml", containerd(layout, programs, pause))


def text(name: str, document: dict) -> str:
    """What a file of this name holds: CNI reads JSON alone."""
    return json.dumps(document, indent=1) if name.endswith("list") else yaml.safe_dump(document, sort_keys=False)


AUTHENTICATION = {
    "apiVersion": "apiserver.config.k8s.io/v1beta1",
    "kind": "AuthenticationConfiguration",
    "anonymous": {"enabled": True, "conditions": [{"path": path} for path in ("/livez", "/readyz", "/healthz")]},
}

ADMISSION = {
    "apiVersion": "apiserver.config.k8s.io/v1",
    "kind": "AdmissionConfiguration",
    "plugins": [
        {
            "name": "PodSecurity",
            "configuration": {
                "apiVersion": "pod-security.admission.config.k8s.io/v1",
                "kind": "PodSecurityConfiguration",
                # A namespace asks for `restricted` by its own labels.
                "defaults": {"enforce": "baseline", "enforce-version": "latest"},
            },
        }
    ],
}


def kubelet(layout: Layout) -> dict:
    """KubeletConfiguration (https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/)."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": str(layout.address),
        "healthzBindAddress": "127.0.0.1",
        "readOnlyPort": 0,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(layout.pki / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(layout.pki / "kubelet-server.crt"),
        "tlsPrivateKeyFile": str(layout.pki / "kubelet-server.key"),
        "enableProfilingHandler": False,
        "enableDebugFlagsHandler": False,
        "containerRuntimeEndpoint": f"unix://{layout.containerd_socket}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{layout.cgroup}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "podPidsLimit": 4096,
        "seccompDefault": True,
        "makeIPTablesUtilChains": False,  # kube-proxy uses nftables alone
        "clusterDomain": "cluster.local",
        "clusterDNS": [str(layout.dns)],
        "resolvConf": "",  # pods know the cluster's names and have no way out to others
        "serializeImagePulls": False,
        "registryPullQPS": 0,
        "imageGCHighThresholdPercent": 100,  # never: the node's own images are imported, and cannot be pulled again
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "containerLogMaxSize": "5Mi",
        "containerLogMaxFiles": 2,
        "podLogsDir": str(layout.logs / "pods"),
        "volumePluginDir": str(layout.data / "volume-plugins"),
        "shutdownGracePeriod": "0s",
    }


def kube_proxy(layout: Layout) -> dict:
    """KubeProxyConfiguration; limits of conntrack stay the kernel's, which a namespace may not change."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clientConnection": {"kubeconfig": str(layout.pki / "proxy.kubeconfig")},
        "hostnameOverride": layout.id,
        "clusterCIDR": str(layout.cluster),
        "nodePortAddresses": ["primary"],
        "healthzBindAddress": "127.0.0.1:10256",
        "metricsBindAddress": "127.0.0.1:10249",
        "nftables": {"minSyncPeriod": "200ms"},
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
    }


def cni(layout: Layout) -> dict:
    """`ptp` rather than a bridge: what a pod sends to a pod passes the forward hook, where policies are enforced."""
    ranges = [[{"subnet": str(layout.pods)}]]
    ipam = {
        "type": "host-local",
        "ranges": ranges,
        "routes": [{"dst": "0.0.0.0/0"}],
        "dataDir": str(layout.data / "ipam"),
    }
    return {"cniVersion": "1.0.0", "name": "tradewind", "plugins": [{"type": "ptp", "ipMasq": False, "ipam": ipam}]}


def registry(layout: Layout) -> dict:
    """Of docker-registry (https://distribution.github.io/distribution/about/configuration/)."""
    return {
        "version": "0.1",
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(layout.data / "registry")},
            "delete": {"enabled": True},
            "cache": {"blobdescriptor": "inmemory"},
        },
        # Loopback inside the namespace: a pod cannot reach it, so none can push.
        "http": {"addr": f"127.0.0.1:{layout.ports.registry}"},
    }


def containerd(layout: Layout, programs: Programs, pause: str) -> str:
    """Version 2 of containerd's configuration."""
    plugin = 'plugins."io.containerd.grpc.v1.cri"'
    return f"""\
version = 2
root = "{layout.data / "containerd"}"
state = "{layout.run / "containerd-state"}"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", \
"io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.tracing.processor.v1.otlp"]
[grpc]
 address = "{layout.containerd_socket}"
[{plugin}]
 sandbox_image = "{pause}"
 restrict_oom_score_adj = {str(not _may_lower_oom_score()).lower()}
 netns_mounts_under_state_dir = true
 disable_tcp_service = true
 [{plugin}.cni]
  bin_dir = "{programs.cni}"
  conf_dir = "{layout.config / "cni"}"
 [{plugin}.containerd]
  snapshotter = "{snapshotter(layout.state)}"
  [{plugin}.containerd.runtimes.runc]
   runtime_type = "io.containerd.runc.v2"
   [{plugin}.containerd.runtimes.runc.options]
    BinaryName = "{programs.runc}"
    Root = "{layout.run / "runc"}"
"""


def _may_lower_oom_score() -> bool:
    # CAP_SYS_RESOURCE is bit 24. Without it runc fails with "can't get final child's PID from pipe".
    found = re.search(r"^CapEff:\s*(\w+)$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return bool(found and int(found[1], 16) >> 24 & 1)


def snapshotter(folder: Path) -> str:
    """`native` copies whole images, and is for a state folder that lies on overlayfs, which cannot be stacked."""
    point = max((p for p in _file_systems() if folder.is_relative_to(p)), key=lambda p: len(str(p)))
    return "native" if _file_systems()[point] == "overlay" else "overlayfs"


def _file_systems() -> dict[str, str]:
    found = {}
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, rest = line.partition(" - ")
        found[fields.split()[4]] = rest.split()[0]
    return found


def _keep_encryption_key(layout: Layout) -> None:
    """Secrets in etcd are sealed with a key that is made once: without it they are lost."""
    path = layout.config / "encryption.yaml"
    if path.exists():
        return
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    providers = [{"secretbox": {"keys": [{"name": "first", "secret": key}]}}, {"identity": {}}]
    document = {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "EncryptionConfiguration",
        "resources": [{"resources": ["secrets"], "providers": providers}],
    }
    write(path, yaml.safe_dump(document))
