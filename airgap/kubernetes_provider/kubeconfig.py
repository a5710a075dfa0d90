"""How to reach a cluster: a kubeconfig's chosen context, read into one flat record."""

import base64
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from airgap.kubernetes_provider.settings import Settings

_POD = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@dataclass(frozen=True, kw_only=True)
class Access:
    server: str
    namespace: str = "default"
    ca: str | None = None
    insecure: bool = False
    server_name: str | None = None
    certificate: str | None = None
    key: str | None = None
    token: str | None = None
    token_file: str | None = None
    basic: tuple[str, str] | None = None
    command: dict[str, Any] = field(default_factory=dict)
    """An exec plugin, as the kubeconfig gives it."""


def access(settings: Settings) -> Access:
    """The cluster that the settings mean. ValueError names what is missing and the fix."""
    document, folder, source = _document(settings.kubeconfig)
    if document is None:
        return _pod_access(settings)
    name = settings.context or document.get("current-context")
    if not name:
        raise ValueError(f"{source}: no context is chosen. To fix: set current-context, or the provider's context.")
    context = _named(document, "context", name, source)
    cluster = _named(document, "cluster", settings.cluster or context.get("cluster"), source)
    user = _named(document, "user", context["user"], source) if context.get("user") else {}
    for section, key, fix in (
        (cluster, "proxy-url", "reach the API server directly"),
        (user, "auth-provider", "use an exec plugin, a token or a client certificate"),
    ):
        if section.get(key):
            raise ValueError(f"{source}: {key} is not supported. To fix: {fix}.")
    if not cluster.get("server"):
        raise ValueError(f"{source}: the cluster of context {name!r} has no server. To fix: set its server.")
    return Access(
        server=cluster["server"].rstrip("/"),
        namespace=settings.namespace or context.get("namespace") or "default",
        ca=_content(cluster, "certificate-authority", folder),
        insecure=bool(cluster.get("insecure-skip-tls-verify")),
        server_name=cluster.get("tls-server-name"),
        certificate=_content(user, "client-certificate", folder),
        key=_content(user, "client-key", folder),
        token=user.get("token"),
        token_file=str(folder / user["tokenFile"]) if user.get("tokenFile") else None,
        basic=(user["username"], user.get("password", "")) if user.get("username") else None,
        command=user.get("exec") or {},
    )


def _document(kubeconfig: str | None) -> tuple[dict[str, Any] | None, Path, str]:
    """The parsed document, the folder its relative paths start from, and its name in errors."""
    text, folder, source = kubeconfig, Path.cwd(), "the provider's kubeconfig"
    if not kubeconfig or ("\n" not in kubeconfig.strip() and not kubeconfig.lstrip().startswith("{")):
        # $KUBECONFIG may list several files to merge; the first is taken, as a merge across files is rarely meant.
        first = os.environ.get("KUBECONFIG", "").split(os.pathsep)[0]
        path = Path(kubeconfig or first or "~/.kube/config").expanduser()
        if not path.exists():
            if kubeconfig or first:
                raise ValueError(f"kubeconfig {path} does not exist. To fix: give the path of one, or its text.")
            return None, folder, ""
        text, folder, source = path.read_text(), path.parent.resolve(), str(path)
    try:
        document = yaml.safe_load(text or "")
    except yaml.YAMLError as error:
        # The error's own text quotes the line, which may hold a key.
        raise ValueError(f"{source} is no YAML ({type(error).__name__}). To fix: give a kubeconfig document.") from None
    if not isinstance(document, dict):
        raise ValueError(f"{source} is no kubeconfig document. To fix: give the path of one, or its text.")
    return document, folder, source


def _named(document: dict[str, Any], kind: str, name: str | None, source: str) -> dict[str, Any]:
    entries = document.get(f"{kind}s") or []
    for entry in entries:
        if entry.get("name") == name:
            return entry.get(kind) or {}
    there = ", ".join(repr(entry.get("name")) for entry in entries) or "none"
    raise ValueError(f"{source}: there is no {kind} {name!r} (there: {there}). To fix: choose one of these.")


def _content(section: dict[str, Any], key: str, folder: Path) -> str | None:
    """The text of a certificate or key, given in place or by path."""
    if data := section.get(f"{key}-data"):
        return base64.b64decode(data).decode()
    return (folder / section[key]).read_text() if section.get(key) else None


def _pod_access(settings: Settings) -> Access:
    host = os.environ.get("KUBERNETES_SERVICE_HOST")
    if not host or not _POD.exists():
        raise ValueError("no cluster is configured. To fix: give kubernetes.Provider a kubeconfig, or set $KUBECONFIG.")
    host = f"[{host}]" if ":" in host else host
    return Access(
        server=f"https://{host}:{os.environ.get('KUBERNETES_SERVICE_PORT', '443')}",
        namespace=settings.namespace or (_POD / "namespace").read_text().strip(),
        ca=(_POD / "ca.crt").read_text(),
        token_file=str(_POD / "token"),
    )
