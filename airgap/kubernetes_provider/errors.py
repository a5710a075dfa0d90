"""What the API server refuses, and which of it means that an object has to be made anew."""

import json
import re
from typing import Any

_IMMUTABLE = (
    "immutable",
    "updates to",
    "may not change once set",
    "cannot be changed",
    "cannot change",
    "is forbidden",
    "may not be changed",
)
_WHOLE_SPEC = ("updates to statefulset spec", "field is immutable", "cannot change roleRef")


class ApiError(Exception):
    """An answer of the API server other than 2xx."""

    def __init__(self, status: int, answer: bytes):
        self.status = status
        text = answer.decode("utf-8", "replace")
        try:
            body = json.loads(text)
        except ValueError:
            body = None
        self.body: dict[str, Any] = body if isinstance(body, dict) else {"message": text.strip()}
        self.reason: str = self.body.get("reason") or ""
        super().__init__(self.body.get("message") or f"HTTP {status}")

    @property
    def details(self) -> dict[str, Any]:
        return self.body.get("details") or {}

    @property
    def conflict(self) -> bool:
        """Another field manager owns what was to be written."""
        return self.status == 409 and self.reason == "Conflict"

    @property
    def namespace_missing(self) -> bool:
        return self.status == 404 and self.details.get("kind") == "namespaces"

    @property
    def immutable_fields(self) -> list[str]:
        """The fields that cannot change, as the server writes them; empty where that is not what it objects to."""
        if self.status != 422:
            return []
        fields = [
            cause.get("field", "")
            for cause in self.details.get("causes") or []
            if any(word in cause.get("message", "") for word in _IMMUTABLE)
        ]
        if not fields and any(word in str(self) for word in _WHOLE_SPEC):
            return ["spec"]
        return fields


class NoKind(Exception):
    """The cluster serves no such kind (yet)."""

    def __init__(self, api_version: str, kind: str):
        super().__init__(
            f"the cluster serves no kind {kind!r} in {api_version!r}. To fix: correct apiVersion and kind, or install "
            "its CustomResourceDefinition first (depends_on)."
        )


def field_path(field: str) -> tuple[str, ...]:
    """spec.template.spec.containers[0].image, cut into keys as texts."""
    return tuple(part for part in re.split(r"[.\[\]]+", field) if part)
