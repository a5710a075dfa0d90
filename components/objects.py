"""What every Kubernetes object of ours has in common: metadata, a locked-down pod, and objects that come as data."""

import hashlib
import importlib.metadata
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from provider.protocol import allow_deep_messages

allow_deep_messages()  # of the objects that come back, CRDs among them

SDK_VERSION = importlib.metadata.version("pulumi-kubernetes")

USER = 65532
"""The user that our images name; also given to pods, since `runAsNonRoot` alone refuses an image that names none."""

Document = dict[str, Any]
"""An object, or a part of one, in the form of its YAML; texts may be outputs."""

POD_SECURITY: Document = {
    "runAsNonRoot": True,
    "runAsUser": USER,
    "runAsGroup": USER,
    "fsGroup": USER,
    "seccompProfile": {"type": "RuntimeDefault"},
}

CONTAINER_SECURITY: Document = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
"""With POD_SECURITY: the profile `restricted` of https://kubernetes.io/docs/concepts/security/pod-security-standards/"""

RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
"""Labels of a namespace whose every pod must be so."""


def in_namespace(name: str) -> Document:
    """All pods of one namespace, as a peer of a network policy."""
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


DNS_EGRESS: Document = {
    "to": [in_namespace("kube-system")],
    "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
}


def metadata(
    name: str,
    namespace: pulumi.Input[str] | None,
    labels: Mapping[str, str],
    annotations: Mapping[str, pulumi.Input[str]] | None = None,
) -> Document:
    """A fixed name, so that an interrupted create is found again; cluster-wide objects have no namespace."""
    found: Document = {"name": name, "labels": dict(labels)}
    if namespace is not None:
        found["namespace"] = namespace
    if annotations:
        found["annotations"] = dict(annotations)
    return found


def document(api_version: str, kind: str, metadata: Document, **parts: Any) -> Document:
    """An object of `parts`, which are `spec`, or what the kind has in its place."""
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **parts}


def content_hash(*texts: pulumi.Input[str]) -> pulumi.Output[str]:
    """Sixteen digits that change with any of the texts; no secret even where those are."""
    joined = pulumi.Output.all(*texts).apply(lambda all_: hashlib.sha256("\0".join(all_).encode()).hexdigest()[:16])
    return pulumi.Output.unsecret(joined)


class Manifest(pulumi.CustomResource):
    """One Kubernetes object, written as its YAML is: the resource types are those of pulumi_kubernetes' classes.

    The classes themselves are not used: they take 2 s to import, and the API server checks the fields at preview.
    """

    def __init__(self, name: str, document: Document, opts: pulumi.ResourceOptions | None = None):
        version = document["apiVersion"]
        token = f"kubernetes:{version if '/' in version else f'core/{version}'}:{document['kind']}"
        ours = pulumi.ResourceOptions(version=SDK_VERSION)
        super().__init__(token, name, {**document, "status": None}, pulumi.ResourceOptions.merge(ours, opts))
        self.document = document
        """As it was asked for."""

    @property
    def spec(self) -> pulumi.Output[Document]:
        """As the API server keeps it, its defaults and choices filled in."""
        return pulumi.get(self, "spec")

    @property
    def status(self) -> pulumi.Output[Document]:
        """As the cluster's controllers last wrote it."""
        return pulumi.get(self, "status")


def account(name: str, metadata: Document, opts: pulumi.ResourceOptions) -> Manifest:
    """A service account whose token no pod gets that does not ask."""
    return Manifest(name, document("v1", "ServiceAccount", metadata, automountServiceAccountToken=False), opts)


FIRST = ("Namespace", "CustomResourceDefinition")
"""Kinds that the others of a set stand on."""


def manifests(
    name: str,
    documents: Sequence[Document],
    labels: Mapping[str, str],
    images: Mapping[str, pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> dict[tuple[str, str], Manifest]:
    """The documents as resources by kind and name, `labels` added and each placeholder of `images` filled in."""
    made: dict[tuple[str, str], Manifest] = {}
    base: list[pulumi.Resource] = []
    for document in sorted(documents, key=lambda each: each["kind"] not in FIRST):
        kind, meta = document["kind"], document["metadata"]
        ready = opts if kind in FIRST else pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=base))
        whole = {**document, "metadata": {**meta, "labels": {**meta.get("labels", {}), **labels}}}
        resource = Manifest(f"{name}-{meta['name']}", filled(whole, images), ready)
        made[kind, meta["name"]] = resource
        if kind in FIRST:
            base.append(resource)
    return made


def filled(value: Any, images: Mapping[str, pulumi.Input[str]]) -> Any:
    """`value` with each text that holds a placeholder replaced by an output that holds the image."""
    if isinstance(value, dict):
        return {key: filled(each, images) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, images) for each in value]
    if isinstance(value, str):
        for placeholder, image in images.items():
            if placeholder in value:
                return pulumi.Output.from_input(image).apply(lambda ref, old=placeholder: value.replace(old, ref))
    return value
