"""Pulumi's protobuf messages, without the SDK around them.

`import pulumi` costs 0.85 s, paid by every plugin process of every command; the messages alone cost a third of it.
The two parent packages are stood in for while the messages load, so that a later `import pulumi` is the real one.
"""

import importlib.util
import sys
import types
from pathlib import Path

_PARENTS = ("pulumi", "pulumi.runtime")


def _stand_in() -> list[str]:
    if "pulumi" in sys.modules:
        return []
    spec = importlib.util.find_spec("pulumi")
    if spec is None or spec.origin is None:
        raise ImportError("the pulumi package is not installed. To fix: run uv sync")
    for name in _PARENTS:
        module = types.ModuleType(name)
        module.__path__ = [str(Path(spec.origin).parent.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = module
    return list(_PARENTS)


_standing = _stand_in()
try:
    from pulumi.runtime.proto import (
        analyzer_pb2,
        analyzer_pb2_grpc,
        engine_pb2,
        engine_pb2_grpc,
        plugin_pb2,
        provider_pb2,
        provider_pb2_grpc,
        resource_pb2,
        resource_pb2_grpc,
        status_pb2,
    )
finally:
    for _name in _standing:
        del sys.modules[_name]

__all__ = [
    "analyzer_pb2",
    "analyzer_pb2_grpc",
    "engine_pb2",
    "engine_pb2_grpc",
    "plugin_pb2",
    "provider_pb2",
    "provider_pb2_grpc",
    "resource_pb2",
    "resource_pb2_grpc",
    "status_pb2",
]
