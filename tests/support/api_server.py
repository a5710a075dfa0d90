"""A real Kubernetes API with its controllers and no node: etcd, kube-apiserver, kube-controller-manager.

No pod runs here. A test that needs one to be ready writes its status as a kubelet would (`set_status`).
"""

import base64
import ctypes
import json
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from airgap import golang
from airgap.kubernetes_provider.cluster import Cluster
from airgap.kubernetes_provider.kubeconfig import access
from airgap.kubernetes_provider.settings import Settings
from tests.support.pki import Authority

READY_S = 60


class ApiServer:
    """Started by `start`, ended by `stop`; what it writes is under one folder, from which it can be started again."""

    certificate_days = 1
    more_flags: Sequence[str] = ()
    """Of kube-apiserver."""
    controller_flags: Sequence[str] = ()
    """Of kube-controller-manager."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.pki = folder / "pki"
        self.pki.mkdir(parents=True, exist_ok=True)
        self._kube = str(golang.binary("node", "./kube", print))
        self._etcd, self._peer, self._port, self._manager = self._ports()
        self._running: list[subprocess.Popen[bytes]] = []
        self.server = f"https://127.0.0.1:{self._port}"

    def start(self) -> None:
        if not (self.pki / "ca.crt").exists():
            self._issue(Authority(self.pki, self.certificate_days))
        self._start_etcd()
        self._start_api_server()
        deadline = time.monotonic() + READY_S
        while not self._answers():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the API server did not answer in {READY_S} s:\n{self._log('kube-apiserver')}")
            time.sleep(0.2)
        self.start_controllers()
        self.cluster = Cluster(access(Settings(kubeconfig=self.kubeconfig)))
        while self.cluster.metadata("v1", "ServiceAccount", "default", "default") is None:
            time.sleep(0.1)

    def start_controllers(self) -> None:
        config = self._file("controllers.kubeconfig", self._kubeconfig("controllers"))
        self._run(
            "kube-controller-manager",
            f"--kubeconfig={config}",
            f"--authentication-kubeconfig={config}",
            f"--authorization-kubeconfig={config}",
            f"--service-account-private-key-file={self.pki}/accounts.key",
            f"--root-ca-file={self.pki}/ca.crt",
            f"--cert-dir={self.folder}",
            "--use-service-account-credentials",
            "--leader-elect=false",
            "--bind-address=127.0.0.1",
            f"--secure-port={self._manager}",
            *self.controller_flags,
        )

    @property
    def kubeconfig(self) -> str:
        """The text of an administrator's kubeconfig."""
        return self._kubeconfig("admin")

    def patch(
        self, api_version: str, kind: str, namespace: str | None, name: str, body: Any, *, status: bool = False
    ) -> None:
        """A merge patch, as another user or a controller would make it."""
        path = self.cluster.path(api_version, kind, namespace, name) + ("/status" if status else "")
        self.cluster.request(
            "PATCH", path, {"fieldManager": "someone-else"}, body, content_type="application/merge-patch+json"
        )

    def create(self, body: dict[str, Any]) -> dict[str, Any]:
        path = self.cluster.path(body["apiVersion"], body["kind"], body["metadata"].get("namespace"))
        return json.loads(self.cluster.request("POST", path, {"fieldManager": "someone-else"}, body))

    def stop(self) -> None:
        for process in reversed(self._running):
            _end(process)

    def end(self, program: str) -> None:
        """One of the processes, as its first argument names it."""
        process = next(each for each in self._running if each.args[1] == program)
        _end(process)
        self._running.remove(process)

    def _ports(self) -> list[int]:
        """The same ones as before where it was started before."""
        kept = self.folder / "ports.json"
        if not kept.exists():
            kept.write_text(json.dumps(free_ports(4)))
        return json.loads(kept.read_text())

    def _issue(self, authority: Authority) -> None:
        authority.issue("apiserver", "kube-apiserver", addresses=["127.0.0.1", "10.96.0.1"])
        authority.issue("admin", "admin", "system:masters")
        authority.issue("controllers", "system:kube-controller-manager")
        authority.issue("accounts", "service-accounts")
        authority.issue("kubelet", "kubelet", addresses=["127.0.0.1"])

    def _start_etcd(self) -> None:
        client, peer = f"http://127.0.0.1:{self._etcd}", f"http://127.0.0.1:{self._peer}"
        self._run(
            "etcd",
            f"--data-dir={self.folder}/etcd",
            "--unsafe-no-fsync",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
        )

    def _start_api_server(self) -> None:
        pki = self.pki
        self._run(
            "kube-apiserver",
            f"--etcd-servers=http://127.0.0.1:{self._etcd}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            "--endpoint-reconciler-type=none",
            f"--secure-port={self._port}",
            f"--cert-dir={self.folder}",
            "--service-cluster-ip-range=10.96.0.0/16",
            f"--tls-cert-file={pki}/apiserver.crt",
            f"--tls-private-key-file={pki}/apiserver.key",
            f"--client-ca-file={pki}/ca.crt",
            f"--service-account-key-file={pki}/accounts.key",
            f"--service-account-signing-key-file={pki}/accounts.key",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--authorization-mode=RBAC",
            f"--kubelet-certificate-authority={pki}/ca.crt",
            f"--kubelet-client-certificate={pki}/admin.crt",
            f"--kubelet-client-key={pki}/admin.key",
            "--kubelet-preferred-address-types=InternalIP",
            "--allow-privileged",
            *self.more_flags,
        )

    def _run(self, program: str, *arguments: str, binary: str | None = None) -> None:
        with (self.folder / f"{program}.log").open("wb") as log:
            command = [binary] if binary else [self._kube, program]
            command += arguments
            # A run of the tests that is killed leaves nothing behind.
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, preexec_fn=_die_with_parent)
            self._running.append(process)

    def _answers(self) -> bool:
        for process in self._running:
            if process.poll() is not None:
                raise RuntimeError(f"{process.args} ended with {process.returncode}:\n{self._log(process.args[1])}")
        context = ssl.create_default_context(cafile=str(self.pki / "ca.crt"))
        context.load_cert_chain(self.pki / "admin.crt", self.pki / "admin.key")
        try:
            with (
                socket.create_connection(("127.0.0.1", self._port), 2) as plain,
                context.wrap_socket(plain, server_hostname="127.0.0.1") as sock,
            ):
                sock.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
                return b" 200 " in sock.recv(100)
        except OSError:
            return False

    def _log(self, program: str) -> str:
        return "\n".join((self.folder / f"{program}.log").read_text().splitlines()[-20:])

    def _file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def _kubeconfig(self, user: str) -> str:
        def data(name: str) -> str:
            return base64.b64encode((self.pki / name).read_bytes()).decode()

        return yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [
                    {"name": "tests", "cluster": {"server": self.server, "certificate-authority-data": data("ca.crt")}}
                ],
                "users": [
                    {
                        "name": user,
                        "user": {
                            "client-certificate-data": data(f"{user}.crt"),
                            "client-key-data": data(f"{user}.key"),
                        },
                    }
                ],
                "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": user}}],
                "current-context": "tests",
            }
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


_LIBC = ctypes.CDLL(None)


def _die_with_parent() -> None:
    _LIBC.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
