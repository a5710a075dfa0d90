"""A cluster that somebody else runs: its kubeconfig is tried at plan time, so that mistakes show before any change."""

from pathlib import Path
from typing import Any

import yaml
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from kubernetes.config.config_exception import ConfigException
from urllib3.exceptions import HTTPError

from components.cluster import GivenCluster
from components.validation import InvalidInput

TIMEOUT_S = 5


def read_given(kubeconfig: Path, context: str, stack_file: str) -> GivenCluster:
    """The cluster of `context` in the file; InvalidInput where either is missing or no API server answers.

    `$KUBECONFIG` and `~/.kube/config` are never looked at: the stack says which cluster it means.
    """
    path = kubeconfig.expanduser()
    key = f"{stack_file}: tradewind:kubeconfig"
    try:
        data = yaml.safe_load(path.read_text())
        names = [each["name"] for each in data["contexts"]]
    except OSError as error:
        raise InvalidInput(
            f"{key} must be a file that can be read, got {str(kubeconfig)!r} ({error.strerror}). "
            "To fix: `pulumi config set kubeconfig <path>`."
        ) from None
    except (yaml.YAMLError, KeyError, TypeError):
        raise InvalidInput(
            f"{key} must name a kubeconfig with contexts, got {str(kubeconfig)!r}. "
            f"To fix: try it with `kubectl --kubeconfig {path} config get-contexts`."
        ) from None
    if context not in names:
        raise InvalidInput(
            f"{stack_file}: tradewind:context must be one of {path}'s contexts ({', '.join(names)}), got {context!r}. "
            "To fix: `pulumi config set context <name>`."
        )
    text = yaml.safe_dump(_only(data, context))
    return GivenCluster(kubeconfig=text, context=context, host=_node_address(text, context, key, path))


def connect(cluster: GivenCluster) -> client.ApiClient:
    """A client that gives up at once where nothing answers."""
    return _client(cluster.kubeconfig, cluster.context)


def _client(kubeconfig: str, context: str) -> client.ApiClient:
    settings = client.Configuration()
    settings.retries = False  # an address that does not answer would be tried four times
    config.load_kube_config_from_dict(yaml.safe_load(kubeconfig), context, client_configuration=settings)
    return client.ApiClient(settings)


def _only(data: dict, context: str) -> dict:
    """The kubeconfig of one context: other clusters' credentials have no place in this stack's state."""
    chosen = next(each for each in data["contexts"] if each["name"] == context)
    wanted = {"clusters": chosen["context"]["cluster"], "users": chosen["context"]["user"]}
    parts = {key: [each for each in data.get(key, []) if each["name"] == name] for key, name in wanted.items()}
    return {"apiVersion": "v1", "kind": "Config", "contexts": [chosen], "current-context": context, **parts}


def _node_address(text: str, context: str, key: str, path: Path) -> str:
    try:
        nodes: Any = client.CoreV1Api(_client(text, context)).list_node(_request_timeout=TIMEOUT_S)
    except (HTTPError, ApiException, ConfigException, OSError) as error:
        reason = " ".join(str(getattr(error, "reason", None) or error).split())[:200]
        raise InvalidInput(
            f"{key} leads to an API server that does not answer or refuses (context {context!r} of {path}): {reason}. "
            f"To fix: make `kubectl --kubeconfig {path} --context {context} get nodes` work."
        ) from None
    addresses = [
        each.address for node in nodes.items for each in node.status.addresses or [] if each.type == "InternalIP"
    ]
    if not addresses:
        raise InvalidInput(
            f"{key} leads to a cluster without nodes (context {context!r} of {path}). To fix: add a node to it."
        )
    return addresses[0]
