"""The Authorization header and client certificate: static, from a file that rotates, or from an exec plugin."""

import base64
import json
import os
import subprocess
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from airgap.kubernetes_provider.kubeconfig import Access

TOKEN_FILE_S = 60.0  # how long a read token is kept; the kubelet rewrites it at 80 % of its life
EXEC_TIMEOUT_S = 60.0


class Credentials:
    """What proves to the API server who is asking."""

    def __init__(self, access: Access):
        self._access = access
        self._lock = threading.Lock()
        self._token, self._until = access.token, float("inf") if access.token else 0.0
        self._pair = (access.certificate, access.key) if access.certificate and access.key else None

    def headers(self) -> dict[str, str]:
        if self._access.basic:
            return {"Authorization": "Basic " + base64.b64encode(":".join(self._access.basic).encode()).decode()}
        self._renew()
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    def pair(self) -> tuple[str, str] | None:
        """Client certificate and key, PEM."""
        self._renew()
        return self._pair

    def expire(self) -> None:
        """The server said 401: ask again."""
        if not self._access.token:
            self._until = 0.0

    def _renew(self) -> None:
        with self._lock:
            if time.time() < self._until:
                return
            if self._access.token_file:
                self._token = Path(self._access.token_file).read_text().strip()
                self._until = time.time() + TOKEN_FILE_S
            elif self._access.command:
                status = self._ask(self._access.command)
                self._token = status.get("token")
                if status.get("clientCertificateData"):
                    self._pair = (status["clientCertificateData"], status["clientKeyData"])
                expires = status.get("expirationTimestamp")
                self._until = datetime.fromisoformat(expires).timestamp() - 30 if expires else float("inf")

    def _ask(self, command: dict[str, Any]) -> dict[str, Any]:
        """https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins"""
        words = [command["command"], *(command.get("args") or [])]
        spec = {"apiVersion": command["apiVersion"], "kind": "ExecCredential", "spec": {"interactive": False}}
        extra = {each["name"]: each["value"] for each in command.get("env") or []}
        try:
            ran = subprocess.run(
                words,
                env={**os.environ, **extra, "KUBERNETES_EXEC_INFO": json.dumps(spec)},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=EXEC_TIMEOUT_S,
            )
        except FileNotFoundError:
            hint = command.get("installHint") or f"put {words[0]} on PATH"
            raise ValueError(f"the kubeconfig's exec plugin {words[0]} is not there. To fix: {hint.strip()}.") from None
        if ran.returncode:
            raise ValueError(
                f"the kubeconfig's exec plugin {words[0]} ended with {ran.returncode}: {ran.stderr.strip()[-400:]}"
            )
        return json.loads(ran.stdout).get("status") or {}
