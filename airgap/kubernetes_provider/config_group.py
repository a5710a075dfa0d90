"""yaml/v2 ConfigGroup and ConfigFile, which the provider makes itself: one child per object.

Children are registered straight with the engine's monitor. They are typed loosely (any kind), carry the explicit
provider, and wait for the definitions and namespaces of the same group.
"""

import glob
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc

from airgap.kubernetes_provider import manifests, unsupported
from provider.protocol import Values
from provider.protocol.messages import provider_pb2, resource_pb2, resource_pb2_grpc
from provider.protocol.secrecy import Secrecy
from provider.protocol.values import decode, encode

_TYPES = ("kubernetes:yaml/v2:ConfigGroup", "kubernetes:yaml/v2:ConfigFile")
_FIRST = ("CustomResourceDefinition", "Namespace")
_REFERENCE = {"4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e"}


def construct(request: Any, secrecy: Secrecy) -> Any:
    """Answers a ConstructRequest. In a preview whose YAML is not known yet there are no children."""
    if request.type not in _TYPES:
        raise unsupported.component(request.type)
    inputs = secrecy.learn(decode(request.inputs))
    with grpc.insecure_channel(request.monitorEndpoint) as channel:
        group = _Group(request, inputs, resource_pb2_grpc.ResourceMonitorStub(channel))
        return group.register()


class _Group:
    def __init__(self, request: Any, inputs: Values, monitor: Any):
        self._request, self._inputs, self._monitor = request, inputs, monitor
        self._provider = request.providers.get("kubernetes", "")

    def register(self) -> Any:
        request = self._request
        urn = self._monitor.RegisterResource(
            resource_pb2.RegisterResourceRequest(
                type=request.type,
                name=request.name,
                parent=request.parent,
                aliases=request.aliases,
                dependencies=request.dependencies,
                providers=request.providers,
                protect=request.protect,
                acceptSecrets=True,
            )
        ).urn
        objects = [] if self._inputs.unknown else self._objects()
        first = [each for each in objects if each.get("kind") in _FIRST]
        rest = [each for each in objects if each.get("kind") not in _FIRST]
        made = self._children(first, urn, [])
        made += self._children(rest, urn, [each["urn"] for each in made])
        resources = encode(Values({"resources": made}))
        self._monitor.RegisterResourceOutputs(resource_pb2.RegisterResourceOutputsRequest(urn=urn, outputs=resources))
        return provider_pb2.ConstructResponse(urn=urn, state=resources)

    def _objects(self) -> list[dict[str, Any]]:
        inputs = self._inputs
        texts = [inputs.get("yaml")] if inputs.get("yaml") else []
        for pattern in [inputs.get("file"), *(inputs.get("files") or [])]:
            if not pattern:
                continue
            paths = sorted(glob.glob(pattern))  # noqa: PTH207 (the pattern may be absolute)
            if not paths:
                raise ValueError(f"{self._request.name}: no file matches {pattern}. To fix: correct the path.")
            texts += [Path(path).read_text() for path in paths]
        objects = [each for text in texts for each in manifests.decode(text)]
        return objects + [each for given in inputs.get("objs") or [] for each in manifests.flattened(given)]

    def _children(self, objects: list[dict[str, Any]], parent: str, after: list[str]) -> list[dict[str, Any]]:
        with ThreadPoolExecutor(max_workers=max(1, len(objects))) as pool:
            return list(pool.map(lambda each: self._child(each, parent, after), objects))

    def _child(self, body: dict[str, Any], parent: str, after: list[str]) -> dict[str, Any]:
        metadata = body.get("metadata") or {}
        if str(self._inputs.get("skipAwait")).lower() == "true":
            marks = {**(metadata.get("annotations") or {}), "pulumi.com/skipAwait": "true"}
            body = {**body, "metadata": {**metadata, "annotations": marks}}
        version = body["apiVersion"] if "/" in body["apiVersion"] else f"core/{body['apiVersion']}"
        prefix = self._inputs.get("resourcePrefix")
        prefix = self._request.name if prefix is None else prefix
        place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
        secret = [key for key in ("data", "stringData") if key in body] if body["kind"] == "Secret" else []
        answer = self._monitor.RegisterResource(
            resource_pb2.RegisterResourceRequest(
                type=f"kubernetes:{version}:{body['kind']}",
                name=f"{prefix}:{place}{metadata.get('name', '')}" if prefix else f"{place}{metadata.get('name', '')}",
                parent=parent,
                custom=True,
                object=encode(Values(body, frozenset((key,) for key in secret)), self._inputs.secret_texts()),
                dependencies=after,
                provider=self._provider,
                acceptSecrets=True,
                supportsPartialValues=True,
                additionalSecretOutputs=secret,
            )
        )
        return {**_REFERENCE, "urn": answer.urn, "id": answer.id}
