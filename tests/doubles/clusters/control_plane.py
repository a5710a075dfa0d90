"""A cluster behind EKS or GKE: the real control plane and scheduler, and kwok, which plays the kubelets of fake nodes."""

from collections.abc import Sequence
from pathlib import Path

from airgap import builds, golang
from tests.support.api_server import ApiServer
from tests.support.pki import Authority

FAKE_NODE = "kwok.x-k8s.io/node=fake"
"""Annotation of the nodes that it plays."""

LEASE_S = 40


class ControlPlane(ApiServer):
    """As the tests' API server, and whoever has the token of the rehearsal is its administrator."""

    certificate_days = 365
    scheduler_flags: Sequence[str] = ()

    def __init__(self, folder: Path, token: str):
        super().__init__(folder)
        known = self._file("tokens.csv", f'{token},rehearsal,rehearsal,"system:masters"\n')
        known.chmod(0o600)
        self.more_flags = (f"--token-auth-file={known}",)

    def start(self) -> None:
        super().start()
        config = self._file("scheduler.kubeconfig", self._kubeconfig("scheduler"))
        self._run(
            "kube-scheduler",
            f"--kubeconfig={config}",
            f"--authentication-kubeconfig={config}",
            f"--authorization-kubeconfig={config}",
            f"--cert-dir={self.folder}",
            "--leader-elect=false",
            "--bind-address=127.0.0.1",
            "--secure-port=0",
            *self.scheduler_flags,
        )
        admin = self._file("admin.kubeconfig", self._kubeconfig("admin"))
        admin.chmod(0o600)
        self._run(
            "kwok",
            f"--kubeconfig={admin}",
            f"--manage-nodes-with-annotation-selector={FAKE_NODE}",
            f"--node-lease-duration-seconds={LEASE_S}",
            binary=str(golang.binary(*builds.KWOK, print)),
        )

    def _issue(self, authority: Authority) -> None:
        super()._issue(authority)
        authority.issue("scheduler", "system:kube-scheduler")
