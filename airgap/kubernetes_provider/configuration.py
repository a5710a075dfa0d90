"""Checks and compares the provider's own configuration."""

import json
from typing import Any

from airgap.kubernetes_provider.kubeconfig import access
from airgap.kubernetes_provider.settings import read, refusals
from provider.protocol import Checked, Diff, Values, compare

_NOT_SETTINGS = ("version", "__internal")


def check(config: Values) -> Checked:
    """A kubeconfig may be given as an object: it becomes its text. An unknown one passes."""
    plain = dict(config.plain)
    if isinstance(plain.get("kubeconfig"), dict):
        secret = frozenset({("kubeconfig",)} if any(path[0] == "kubeconfig" for path in config.secrets) else ())
        config = Values({**plain, "kubeconfig": json.dumps(plain["kubeconfig"])}, config.secrets | secret)
    return Checked(config, refusals(config.plain))


def diff(old: Values, new: Values) -> Diff:
    """A provider is replaced, and all its objects with it, when it means another cluster.

    That is: another clusterIdentifier where one is given, else another server. New credentials are an update.
    """
    changes = compare(_settings(old), _settings(new))
    if not changes or new.unknown:
        return Diff(changes)
    if "clusterIdentifier" in old.plain or "clusterIdentifier" in new.plain:
        return Diff(changes, frozenset(path for path in changes if path == ("clusterIdentifier",)))
    moved = _server(old.plain) != _server(new.plain)
    chosen = {("kubeconfig",), ("context",), ("cluster",)}
    return Diff(changes, frozenset(changes) & chosen if moved else frozenset())


def _settings(config: Values) -> dict[str, Any]:
    return {key: each for key, each in config.plain.items() if key not in _NOT_SETTINGS}


def _server(config: dict[str, Any]) -> str | None:
    try:
        return access(read(config)).server
    except (ValueError, OSError, KeyError):
        return None
