"""The Pulumi provider protocol, in plain values: what every provider plugin of this project stands on.

    class Volumes(Plugin):
        name, version = "volumes", "0.1.0"

        def diff(self, resource: Resource) -> Diff:
            return Diff(compare(resource.old_inputs.plain, resource.inputs.plain))

        def create(self, resource: Resource) -> Created:
            if resource.preview:
                return Created("", Values({**resource.inputs.plain, "path": UNKNOWN}))
            self.log.status(resource.urn, "making the volume")
            ...
            return Created(name, Values({**resource.inputs.plain, "path": path}, resource.inputs.secrets))

    serve(Volumes())

Used in place of pulumi.provider.experimental, which cannot send unknown values, drops old inputs and knows no
partial failure (InitFailed). It does not import the SDK, so a plugin starts in 0.3 s.
"""

from provider.protocol.comparison import compare
from provider.protocol.depth import allow_deep_messages
from provider.protocol.plugin import (
    Change,
    Checked,
    Created,
    Diff,
    Found,
    InitFailed,
    Plugin,
    Resource,
    Unsupported,
)
from provider.protocol.server import host, serve
from provider.protocol.values import (
    SECRET,
    SIGNATURE,
    UNKNOWN,
    PropertyPath,
    Unknown,
    Values,
    at,
    decode,
    encode,
    has_unknown,
    show,
)

__all__ = [
    "SECRET",
    "SIGNATURE",
    "UNKNOWN",
    "Change",
    "Checked",
    "Created",
    "Diff",
    "Found",
    "InitFailed",
    "Plugin",
    "PropertyPath",
    "Resource",
    "Unknown",
    "Unsupported",
    "Values",
    "allow_deep_messages",
    "at",
    "compare",
    "decode",
    "encode",
    "has_unknown",
    "host",
    "serve",
    "show",
]
