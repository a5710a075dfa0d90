"""Values of Google Cloud resources against the discovery documents: members, types, enums, formats and what is only read.

https://developers.google.com/discovery/v1/reference/apis
"""

import importlib.util
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from tests.doubles import walk
from tests.doubles.rows import Row
from tests.doubles.walk import Finding, Node

LABEL_KEY, LABEL_VALUE = re.compile(r"[a-z][a-z0-9_-]{0,62}"), re.compile(r"[a-z0-9_-]{0,63}")
"""https://cloud.google.com/resource-manager/docs/labels-overview#requirements"""

PLACE = frozenset({"project", "location", "region", "zone", "labels", "resourceLabels"})
"""In the path of each request, or checked as labels."""

FORMATS = {"int32": 2**31, "int64": 2**63, "uint32": 2**32, "uint64": 2**64}


def findings(row: Row, inputs: Mapping[str, Any]) -> Iterator[Finding]:
    yield from walk.findings(row, [_schema(name) for name in row.api], inputs, PLACE)
    for name in sorted(PLACE & inputs.keys()):
        yield "checked", name, ""
        if name in ("labels", "resourceLabels"):
            yield from (("wrong", name, why) for why in _wrong_labels(inputs[name] or {}))


@dataclass(frozen=True)
class Described:
    """A schema of a discovery document as a Node."""

    document: str
    schema: Mapping[str, Any]

    @property
    def kind(self) -> Literal["object", "list", "map", "leaf"]:
        kind = self.schema.get("type")
        if kind == "object":
            return "map" if "additionalProperties" in self.schema else "object"
        return "list" if kind == "array" else "leaf"

    def members(self) -> Mapping[str, Node]:
        return {name: self._at(each) for name, each in self.schema.get("properties", {}).items()}

    def element(self) -> Node:
        return self._at(self.schema["items" if self.kind == "list" else "additionalProperties"])

    def _at(self, schema: Mapping[str, Any]) -> "Described":
        if "$ref" in schema:
            schema = {**_document(self.document)["schemas"][schema["$ref"]], **schema}
        return Described(self.document, schema)

    def wrong(self, value: Any) -> Iterator[str]:
        kind, said = self.schema.get("type"), self.schema.get("description", "")
        if self.schema.get("readOnly") or said.startswith(("Output only", "[Output Only]")):
            yield "is only read, and cannot be set"
        elif kind == "boolean" and not isinstance(value, bool) and value not in ("TRUE", "FALSE"):
            # The provider has a text where unset is a third answer.
            yield f"must be a boolean, got {value!r}"
        elif (limit := FORMATS.get(self.schema.get("format", ""))) and not _fits(value, limit):
            yield f"must be a whole number below {limit}, got {value!r}"
        elif (allowed := self.schema.get("enum")) and value not in allowed:
            yield f"must be one of {', '.join(allowed)}, got {value!r}"
        elif (pattern := self.schema.get("pattern")) and not re.fullmatch(pattern, value):
            yield f"must match {pattern}, got {value!r}"


def _fits(value: Any, limit: int) -> bool:
    """64-bit numbers travel as text."""
    try:
        return not isinstance(value, bool) and float(value).is_integer() and abs(int(value)) < limit
    except (TypeError, ValueError):
        return False


@cache
def _schema(name: str) -> Described:
    """Of `container:v1:Cluster`."""
    api, version, schema = name.split(":")
    document = f"{api}.{version}"
    return Described(document, _document(document)["schemas"][schema])


@cache
def is_described(api: str) -> bool:
    """Whether Google publishes a document of this API."""
    return any(_folder().glob(f"{api}.v*.json"))


@cache
def _document(name: str) -> dict[str, Any]:
    return json.loads((_folder() / f"{name}.json").read_text())


def _folder() -> Path:
    spec = importlib.util.find_spec("googleapiclient")
    assert spec and spec.origin, "google-api-python-client is in the group dev"
    return Path(spec.origin).parent / "discovery_cache" / "documents"


def _wrong_labels(labels: Mapping[str, str]) -> Iterator[str]:
    for key, value in labels.items():
        if not LABEL_KEY.fullmatch(key) or not LABEL_VALUE.fullmatch(value):
            yield f"must be lower case letters, digits, - and _, at most 63 of them, got {key!r}: {value!r}"
    if len(labels) > 64:
        yield f"must be at most 64, got {len(labels)}"
