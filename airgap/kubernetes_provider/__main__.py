"""`python -m airgap.kubernetes_provider`: the plugin pulumi-resource-kubernetes."""

from airgap.kubernetes_provider.provider import Kubernetes
from provider.protocol import serve

if __name__ == "__main__":
    serve(Kubernetes())
