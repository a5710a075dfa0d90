"""A node that runs, as tests use it: kubectl from the host, and pods that serve and ask."""

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from airgap import debian, golang
from airgap.node import NodeFacts, NodeSpec, supervision
from airgap.node.layout import Layout
from provider.oci import ImageSpec
from provider.oci.registry import push


@dataclass
class Running:
    spec: NodeSpec
    facts: NodeFacts
    layout: Layout
    folder: Path

    def kubectl(self, *arguments: str, given: str | None = None, check: bool = True) -> str:
        """From the host, by the kubeconfig that `ensure` gave, with nothing else in the environment."""
        kubeconfig = self.folder / "kubeconfig"
        kubeconfig.write_text(self.facts.kubeconfig)
        kube = golang.binary("node", "./kube", print)
        command = [str(kube), "kubectl", f"--cache-dir={self.folder / 'cache'}", *arguments]
        done = subprocess.run(
            command, env={"KUBECONFIG": str(kubeconfig)}, input=given, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout

    def apply(self, *documents: dict[str, Any]) -> None:
        self.kubectl("apply", "--filename=-", given="\n---\n".join(map(json.dumps, documents)))

    def pids(self) -> dict[str, int]:
        """Of the node's processes, by name."""
        return {name: pid for name, (pid, _) in supervision.find(self.layout).items()}

    @cached_property
    def python_image(self) -> str:
        """Pushed from the host to the node's registry; by digest."""
        root = debian.unpacked(["python3.11-minimal", "libpython3.11-stdlib"], print)
        spec = ImageSpec(entrypoint=["/usr/bin/python3.11"])
        digest, _ = push(spec, [root], self.facts.registry, "tests/python")
        return f"{self.facts.registry}/tests/python@{digest}"

    def pod(self, name: str, *command: str, namespace: str = "default") -> dict[str, Any]:
        """A pod that runs Python's `command`, as strict as Pod Security's restricted profile asks."""
        container = {
            "name": "main",
            "image": self.python_image,
            "args": list(command),
            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        }
        security = {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}}
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
            "spec": {
                "containers": [container],
                "securityContext": security,
                "terminationGracePeriodSeconds": 0,
                "automountServiceAccountToken": False,
            },
        }

    def fetch(self, pod: str, url: str, namespace: str = "default") -> bool:
        """Whether the pod gets an answer from there within two seconds."""
        program = f"import urllib.request as u; print(u.urlopen({url!r}, timeout=2).status)"
        command = ("exec", f"--namespace={namespace}", pod, "--", "/usr/bin/python3.11", "-c", program)
        return self.kubectl(*command, check=False).strip() == "200"


def eventually(question: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether the answer is yes within the time."""
    end = time.monotonic() + seconds
    while not (answer := question()) and time.monotonic() < end:
        time.sleep(0.3)
    return answer
