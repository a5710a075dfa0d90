"""A stack as `pulumi stack export --show-secrets` tells of it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct

from policies.graph import Node
from policies.inputs import Inputs
from provider.protocol import SECRET, SIGNATURE, decode


def nodes(resources: Iterable[Mapping[str, Any]]) -> Iterator[Node]:
    """Each resource but those that wait for their deletion, with what is secret in it marked so."""
    for each in resources:
        if not each.get("delete"):
            yield Node(
                urn=each["urn"],
                type=each["type"],
                inputs=_read(each.get("inputs")),
                outputs=lambda of=each: _read(of.get("outputs")),
                protected=bool(each.get("protect")),
                stands_on={
                    key: frozenset(urns or ()) for key, urns in (each.get("propertyDependencies") or {}).items()
                },
            )


def _read(properties: Mapping[str, Any] | None) -> Inputs:
    values = decode(ParseDict(_on_the_wire(dict(properties or {})), Struct()))
    return Inputs(values.plain, values.secrets)


def _on_the_wire(value: Any) -> Any:
    """A checkpoint has a secret as JSON in a text, a message as a value."""
    if isinstance(value, Mapping):
        if value.get(SIGNATURE) == SECRET:
            return {SIGNATURE: SECRET, "value": _on_the_wire(json.loads(value["plaintext"]))}
        return {key: _on_the_wire(each) for key, each in value.items()}
    return [_on_the_wire(each) for each in value] if isinstance(value, list) else value
