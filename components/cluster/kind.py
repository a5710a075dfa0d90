"""kind: Kubernetes in containers, for machines where docker runs (https://kind.sigs.k8s.io)."""

import asyncio
import shutil
import subprocess
from collections.abc import Callable, Sequence

import pulumi
import yaml

from components.validation import InvalidInput

Run = Callable[[Sequence[str], str], str]
"""Runs a command with a text on its input and answers its output; CalledProcessError where it fails."""

ENTRY_NODE_PORT, PROMETHEUS_NODE_PORT = 30080, 30090
ENTRY_PORT, PROMETHEUS_PORT, REGISTRY_PORT = 8080, 9090, 5001
"""On 127.0.0.1 of the host; one kind cluster a machine."""

REGISTRY_IMAGE = "registry:2"
NODE_IMAGE = "kindest/node:v1.34.0"
"""Of a version that Envoy Gateway supports: components/addons/versions.py."""


def run(command: Sequence[str], text: str = "") -> str:
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def usable() -> bool:
    """Whether a docker daemon really answers, and kind is there to use it."""
    if not (shutil.which("docker") and shutil.which("kind")):
        return False
    try:
        return subprocess.run(["docker", "info"], capture_output=True, timeout=10).returncode == 0
    except subprocess.TimeoutExpired:
        return False


class Kind:
    """One kind cluster with a registry beside it; `kind delete cluster --name NAME` removes the cluster."""

    context: str
    registry = f"127.0.0.1:{REGISTRY_PORT}"

    def __init__(self, name: str, run: Run = run):
        self.name, self.context, self._run = name, f"kind-{name}", run

    def exists(self) -> bool:
        return self.name in self._run(["kind", "get", "clusters"], "").split()

    def kubeconfig(self, dry_run: bool) -> pulumi.Output[str]:
        """Unknown at a preview that finds no cluster yet, since a preview makes nothing."""
        if not self.exists():
            if dry_run:
                return _unknown()
            self.create()
        return pulumi.Output.secret(self._run(["kind", "get", "kubeconfig", "--name", self.name], ""))

    def create(self) -> None:
        """The registry, then the cluster that knows it; after https://kind.sigs.k8s.io/docs/user/local-registry/"""
        registry = f"{self.name}-registry"
        try:
            if registry not in self._run(["docker", "ps", "-a", "--format", "{{.Names}}"], "").split():
                publish = f"127.0.0.1:{REGISTRY_PORT}:5000"
                self._run(
                    ["docker", "run", "-d", "--restart=always", "-p", publish, "--name", registry, REGISTRY_IMAGE], ""
                )
            settings = ["--name", self.name, "--image", NODE_IMAGE, "--config", "-", "--wait", "120s"]
            self._run(["kind", "create", "cluster", *settings], self.config())
            self._run(["docker", "network", "connect", "kind", registry], "")
            folder = f"/etc/containerd/certs.d/{self.registry}"
            script = f"mkdir -p {folder} && cat > {folder}/hosts.toml"
            hosts = f'[host."http://{registry}:5000"]\n'
            self._run(["docker", "exec", "-i", f"{self.name}-control-plane", "sh", "-c", script], hosts)
        except subprocess.CalledProcessError as error:
            said = " ".join((error.stderr or "").split())[-200:]
            raise InvalidInput(
                f"kind: `{' '.join(error.cmd)}` failed: {said}. To fix: repair what it names and `kind delete cluster "
                f"--name {self.name}`, or set kubeconfig, context and registry in the stack."
            ) from None

    def config(self) -> str:
        ports = ((ENTRY_NODE_PORT, ENTRY_PORT), (PROMETHEUS_NODE_PORT, PROMETHEUS_PORT))
        mappings = [{"containerPort": inner, "hostPort": outer, "listenAddress": "127.0.0.1"} for inner, outer in ports]
        patch = '[plugins."io.containerd.grpc.v1.cri".registry]\n  config_path = "/etc/containerd/certs.d"\n'
        return yaml.safe_dump(
            {
                "kind": "Cluster",
                "apiVersion": "kind.x-k8s.io/v1alpha4",
                "nodes": [{"role": "control-plane", "extraPortMappings": mappings}],
                "containerdConfigPatches": [patch],
            }
        )


def _unknown() -> pulumi.Output[str]:
    value: asyncio.Future[str] = asyncio.Future()
    value.set_result("")
    known: asyncio.Future[bool] = asyncio.Future()
    known.set_result(False)
    return pulumi.Output(set(), value, known)
