"""What the node itself puts into its cluster: DNS, metrics, and the rights of its network policy agent."""

import base64
import subprocess
from pathlib import Path
from string import Template

from airgap.errors import SetupError
from airgap.node import namespaces
from airgap.node.images import Archive
from airgap.node.layout import Layout
from airgap.node.programs import Programs

MANIFESTS = Path(__file__).with_name("addons")


def apply(layout: Layout, programs: Programs, archives: dict[str, Archive]) -> None:
    """Server-side apply of every manifest: what was removed comes back, what is as it should be stays."""
    command = [
        *namespaces.enter(layout),
        str(programs.kube),
        "kubectl",
        f"--kubeconfig={layout.pki / 'admin.kubeconfig'}",
        f"--cache-dir={layout.data / 'kubectl'}",
        "apply",
        "--server-side",
        "--force-conflicts",
        "--field-manager=tradewind-node",
        "--filename=-",
    ]
    text = render(layout, archives)
    done = subprocess.run(command, input=text, capture_output=True, text=True, env={"PATH": programs.path})
    if done.returncode:
        raise SetupError(
            f"{MANIFESTS}: kubectl apply: {' | '.join(done.stderr.strip().splitlines()[-2:])}. To fix: see "
            f"{layout.logs / 'kube-apiserver.log'}, and run again."
        )


def render(layout: Layout, archives: dict[str, Archive]) -> str:
    """All manifests as one stream."""

    def encoded(name: str) -> str:
        return base64.b64encode((layout.pki / name).read_bytes()).decode()

    values = {
        "coredns_image": archives["coredns"].ref,
        "metrics_server_image": archives["metrics-server"].ref,
        "dns": str(layout.dns),
        "ca": encoded("ca.crt"),
        "metrics_server_cert": encoded("metrics-server.crt"),
        "metrics_server_key": encoded("metrics-server.key"),
    }
    files = sorted(MANIFESTS.glob("*.yaml"))
    return "---\n".join(Template(path.read_text()).substitute(values) for path in files)
