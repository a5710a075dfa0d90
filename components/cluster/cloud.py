"""What the clusters of clouds have in common: a kubeconfig without a credential, the provider made of it, the entry."""

import json
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_kubernetes as k8s

ARCHITECTURE = "amd64"
"""Of the nodes that carry services: the one that images are built for."""


def kubeconfig(name: str, entry: str, endpoint: str, authority: str, command: Sequence[str]) -> str:
    """For kubectl and the provider: `command` fetches a token for whoever may call the cloud.

    `name` is the context's, `entry` that of cluster and user; `authority` is PEM in base64.
    """
    program, *args = command
    token: Mapping[str, object] = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": program,
        "args": args,
        "interactiveMode": "Never",
    }
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "clusters": [{"name": entry, "cluster": {"server": endpoint, "certificate-authority-data": authority}}],
            "users": [{"name": entry, "user": {"exec": token}}],
            "contexts": [{"name": name, "context": {"cluster": entry, "user": entry}}],
        }
    )


def provider(
    name: str, kubeconfig: pulumi.Input[str], context: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> k8s.Provider:
    """Through which every object goes into the cluster."""
    return k8s.Provider(
        name,
        kubeconfig=kubeconfig,
        context=context,
        enable_server_side_apply=True,
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
        opts=opts,
    )


def load_balancer_url(status: dict) -> str:
    """Of a Service of type LoadBalancer that has its address."""
    [where, *_] = status["loadBalancer"]["ingress"]
    return f"http://{where.get('hostname') or where['ip']}"
