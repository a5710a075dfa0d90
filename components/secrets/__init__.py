"""What a secret of a service is: a file in its pods, and a value that its owner writes where only the pods read it."""

from collections.abc import Sequence

from components.objects import Document, document

FILES = "/etc/tradewind/secrets"
"""Where a pod finds a file a secret, named as it is; on every platform."""


def volume_of_class(driver: str, name: str) -> Document:
    """Source of a pod's volume that a SecretProviderClass of that name fills.

    https://secrets-store-csi-driver.sigs.k8s.io/getting-started/usage
    """
    return {"csi": {"driver": driver, "readOnly": True, "volumeAttributes": {"secretProviderClass": name}}}


def provider_class(meta: Document, provider: str, parameters: Document) -> Document:
    """A SecretProviderClass, called like its service."""
    spec = {"provider": provider, "parameters": parameters}
    return document("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass", meta, spec=spec)


def kubernetes_secret(service: str) -> str:
    """Name of what holds a service's secrets where there is no cloud to keep them."""
    return f"{service}-secrets"


def volume_of_secret(service: str, names: Sequence[str]) -> Document:
    """Source of a pod's volume with the named keys of that Secret, and no others."""
    items = [{"key": each, "path": each} for each in names]
    return {"secret": {"secretName": kubernetes_secret(service), "items": items, "defaultMode": READ_ONLY}}


READ_ONLY = 0o440
"""Of the pod's user and group: https://kubernetes.io/docs/tasks/configure-pod-container/security-context/"""
