"""The engine's protobuf modules, without the 0.3 s that importing all of `pulumi` adds to every command."""

import importlib.machinery
import importlib.util
import sys
import types
from pathlib import Path


def _hollow(name: str, folder: Path) -> None:
    # A package that has its submodules, but whose __init__ does not run. This process never needs the real one.
    module = types.ModuleType(name)
    module.__path__ = [str(folder)]
    module.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
    sys.modules[name] = module


if "pulumi" not in sys.modules:
    found = importlib.util.find_spec("pulumi")
    assert found and found.origin, "pulumi is a dependency of the project"
    home = Path(found.origin).parent
    _hollow("pulumi", home)
    _hollow("pulumi.runtime", home / "runtime")

from pulumi.runtime.proto import (  # noqa: E402
    language_pb2 as language,
)
from pulumi.runtime.proto import (  # noqa: E402
    language_pb2_grpc as services,
)
from pulumi.runtime.proto import (  # noqa: E402
    plugin_pb2 as plugin,
)

__all__ = ["language", "plugin", "services"]
