"""A password, drawn once."""

import secrets
import string

from provider.kinds import Field, Progress, misfits
from provider.protocol import UNKNOWN, Checked, Created, Diff, Found, Resource, Values, compare

LENGTHS = range(16, 129)
ALPHABET = string.ascii_letters + string.digits  # nothing that a URL, a shell or a configuration file has to escape
FIELDS = {"length": Field(int, f"give a length from {LENGTHS[0]} to {LENGTHS[-1]}")}


class Password:
    """`length` letters and digits from the system's random source; a new length means a new password."""

    def check(self, resource: Resource) -> Checked:
        inputs = resource.inputs.plain
        failures = misfits(inputs, FIELDS)
        length = inputs.get("length")
        if not failures and length is not UNKNOWN and length not in LENGTHS:
            failures.append(
                ("length", f"length must be from {LENGTHS[0]} to {LENGTHS[-1]}, got {length}. To fix: write 32.")
            )
        return Checked(resource.inputs, failures)

    def diff(self, resource: Resource) -> Diff:
        changes = compare(resource.old_inputs.plain, resource.inputs.plain)
        return Diff(changes, frozenset(changes))

    def create(self, resource: Resource, progress: Progress) -> Created:
        length = resource.inputs.get("length")
        result = UNKNOWN if resource.preview else "".join(secrets.choice(ALPHABET) for _ in range(length))
        return Created("" if resource.preview else resource.name, self._state(length, result))

    def read(self, resource: Resource) -> Found | None:
        # It lives in the state alone: an import has nothing to read.
        return Found(resource.id, resource.state, resource.inputs) if resource.state.get("result") else None

    def update(self, resource: Resource, progress: Progress) -> Values:
        return resource.state

    def delete(self, resource: Resource, progress: Progress) -> None:
        """It ends with its state."""

    def _state(self, length: object, result: object) -> Values:
        return Values({"length": length, "result": result}, frozenset({("result",)}))
