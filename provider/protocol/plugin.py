"""What a provider is to the engine: one class to subclass, in terms of plain values.

Every method may run in several threads at once and may block. An exception becomes the resource's error, its text
scrubbed of secrets; raise `InitFailed` when the object exists but is not usable.
"""

import threading
from dataclasses import dataclass, field
from typing import Any, Literal

from provider.protocol.engine_log import EngineLog
from provider.protocol.secrecy import Secrecy
from provider.protocol.values import PropertyPath, Values

Change = Literal["add", "delete", "update"]


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource in one call; a call leaves empty what does not apply to it."""

    urn: str
    name: str
    type: str
    id: str = ""
    inputs: Values = field(default_factory=Values)
    """What the program wants (check, diff, create, update); what it wanted last (read, delete)."""
    old_inputs: Values = field(default_factory=Values)
    """What it wanted last (check, diff, update). Empty in the check of a create and of a replacement."""
    state: Values = field(default_factory=Values)
    """What the last write or read gave back."""
    preview: bool = False
    """True: change nothing, and answer UNKNOWN for what only the real call can tell."""
    timeout: float = 0.0
    """customTimeouts in seconds; 0 where the program gave none."""
    seed: bytes = b""
    """For random names. It differs between preview and update."""


@dataclass(frozen=True)
class Checked:
    inputs: Values
    failures: list[tuple[str, str]] = field(default_factory=list)
    """(property, reason); any makes the preview fail before anything is changed."""


@dataclass(frozen=True)
class Diff:
    """What differs, by path; nothing at all means no change."""

    changes: dict[PropertyPath, Change] = field(default_factory=dict)
    replaces: frozenset[PropertyPath] = frozenset()
    """Those of `changes` that need a new object."""
    delete_before_replace: bool = False


@dataclass(frozen=True)
class Created:
    id: str
    state: Values


@dataclass(frozen=True)
class Found:
    """An object as it is; `inputs` as a program would have to write it."""

    id: str
    state: Values
    inputs: Values


class InitFailed(Exception):
    """The object is there but not usable. It stays in the state, and the next update tries again."""

    def __init__(self, message: str, *, id: str, state: Values, inputs: Values, reasons: list[str]):
        super().__init__(message)
        self.id, self.state, self.inputs, self.reasons = id, state, inputs, reasons


class Unsupported(Exception):
    """Asked for something that this provider does not do; the text names the way out."""


class Plugin:
    """Subclass, override what applies, hand an instance to `serve`."""

    name: str
    version: str

    def __init__(self) -> None:
        self.secrecy = Secrecy()
        self.log = EngineLog(self.secrecy)
        self.stopping = threading.Event()
        """Set on Ctrl-C: a method that waits gives up soon after."""

    def close(self) -> None:
        """Called once before the process ends (SIGINT, SIGTERM, engine gone): end children, remove half-made files."""

    def check_config(self, config: Values) -> Checked:
        return Checked(config)

    def diff_config(self, old: Values, new: Values) -> Diff:
        return Diff()

    def configure(self, config: Values) -> None:
        """Called before any resource, unless the configuration is unknown (in a preview)."""

    def check(self, resource: Resource) -> Checked:
        """Fills defaults in and validates."""
        return Checked(resource.inputs)

    def diff(self, resource: Resource) -> Diff:
        raise NotImplementedError

    def create(self, resource: Resource) -> Created:
        raise NotImplementedError

    def read(self, resource: Resource) -> Found | None:
        """None where the object is gone. Without `inputs` and `state` it is an import or a get."""
        return Found(resource.id, resource.state, resource.inputs)

    def update(self, resource: Resource) -> Values:
        raise NotImplementedError

    def delete(self, resource: Resource) -> None:
        """Succeeds where the object is gone already."""

    def invoke(self, token: str, arguments: Values) -> dict[str, Any]:
        raise Unsupported(f"{self.name} has no function {token}")

    def construct(self, request: Any) -> Any:
        """A component that the provider makes; takes and gives the protobuf message."""
        raise Unsupported(f"{self.name} has no component {request.type}")
