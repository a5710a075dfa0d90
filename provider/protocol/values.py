"""Property values: plain Python beside the paths of what is secret, and the wire form of both."""

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from google.protobuf.struct_pb2 import Struct, Value

PropertyPath = tuple[str | int, ...]

# https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/properties.go
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
_UNSUPPORTED = {"c44067f5952c0a294b673a41bacd8c17": "an asset", "0def7320c3a5731c473e5ecbe6d01bc7": "an archive"}
_UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
# One text per type it will have: string, bool, number, array, asset, archive, object.
_UNKNOWN_TEXTS = frozenset(
    {
        _UNKNOWN_TEXT,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
_EXACT = 2**53


class Unknown:
    """What a preview cannot know yet. There is one, `UNKNOWN`; compare with `is`."""

    def __repr__(self) -> str:
        return "<unknown>"

    def __copy__(self) -> "Unknown":
        return self

    def __deepcopy__(self, memo: object) -> "Unknown":
        return self


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class Values:
    """A resource's properties: `plain` holds JSON-like Python and UNKNOWN, `secrets` the paths that are secret."""

    plain: dict[str, Any] = field(default_factory=dict)
    secrets: frozenset[PropertyPath] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.plain)

    def get(self, *path: str | int) -> Any:
        """The value at a path; None where there is none."""
        return at(self.plain, path)

    @property
    def unknown(self) -> bool:
        """True where any part is not known yet."""
        return has_unknown(self.plain)

    def secret_texts(self) -> frozenset[str]:
        """Every text that is secret, and its base64 form and content: a Secret's stringData comes back as data."""
        texts: set[str] = set()
        for path in self.secrets:
            for text in leaf_texts(at(self.plain, path)):
                texts |= {text, base64.b64encode(text.encode()).decode()}
                if (content := _from_base64(text)) is not None:
                    texts.add(content)
        return frozenset(texts)


def at(value: Any, path: Iterable[str | int]) -> Any:
    """The value at a path; None where there is none."""
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def has_unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(has_unknown(each) for each in value.values())
    if isinstance(value, list | tuple):
        return any(has_unknown(each) for each in value)
    return value is UNKNOWN


def leaf_texts(value: Any) -> Iterator[str]:
    """The texts and numbers in a value; a flag or null tells nothing and is left out."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from leaf_texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from leaf_texts(each)
    elif isinstance(value, str) and value:
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)


def _from_base64(text: str) -> str | None:
    if len(text) < 4 or len(text) % 4:
        return None
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def decode(struct: Struct) -> Values:
    """Reads the wire form."""
    secrets: set[PropertyPath] = set()
    return Values({key: _decode(value, (key,), secrets) for key, value in struct.fields.items()}, frozenset(secrets))


def _decode(value: Value, path: PropertyPath, secrets: set[PropertyPath]) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value in _UNKNOWN_TEXTS else value.string_value
    if kind == "number_value":
        # Every number travels as a double; the API server refuses 3.0 for an int32.
        number = value.number_value
        return int(number) if number.is_integer() and abs(number) < _EXACT else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_decode(each, (*path, index), secrets) for index, each in enumerate(value.list_value.values)]
    if kind != "struct_value":
        return None
    fields = value.struct_value.fields
    if SIGNATURE not in fields:
        return {key: _decode(each, (*path, key), secrets) for key, each in fields.items()}
    signature = fields[SIGNATURE].string_value
    if signature == SECRET or (signature == _OUTPUT and fields["secret"].bool_value):
        secrets.add(path)
    if signature in (SECRET, _OUTPUT):
        return _decode(fields["value"], path, secrets) if "value" in fields else UNKNOWN
    if signature == _REFERENCE:
        return _decode(fields["id"], path, secrets) if "id" in fields else fields["urn"].string_value
    raise ValueError(f"{show(path)}: {_UNSUPPORTED.get(signature, 'a value of an unknown sort')} is not supported here")


def encode(values: Values, secret_texts: frozenset[str] = frozenset()) -> Struct:
    """Writes the wire form. What stands at a secret path is marked, and any leaf that equals one of `secret_texts`."""
    struct = Struct()
    for key, each in values.plain.items():
        _encode(each, (key,), values.secrets, secret_texts, struct.fields[key])
    return struct


def _encode(
    value: Any, path: PropertyPath, secrets: frozenset[PropertyPath], texts: frozenset[str], into: Value
) -> None:
    if path in secrets or (isinstance(value, str) and value in texts):
        into.struct_value.fields[SIGNATURE].string_value = SECRET
        into = into.struct_value.fields["value"]
    if value is UNKNOWN:
        into.string_value = _UNKNOWN_TEXT
    elif value is None:
        into.null_value = 0  # pyright: ignore[reportAttributeAccessIssue]
    elif isinstance(value, bool):
        into.bool_value = value
    elif isinstance(value, int | float):
        into.number_value = value
    elif isinstance(value, str):
        into.string_value = value
    elif isinstance(value, Mapping):
        into.struct_value.SetInParent()
        for key, each in value.items():
            _encode(each, (*path, str(key)), secrets, texts, into.struct_value.fields[str(key)])
    elif isinstance(value, list | tuple):
        into.list_value.SetInParent()
        for index, each in enumerate(value):
            _encode(each, (*path, index), secrets, texts, into.list_value.values.add())
    else:
        raise TypeError(f"{show(path)}: cannot send a {type(value).__name__}")


def show(path: PropertyPath) -> str:
    """A path as the engine and people write it: spec.containers[0].image, data["a.b"]."""
    text = ""
    for key in path:
        if isinstance(key, int):
            text += f"[{key}]"
        elif key.replace("_", "a").replace("-", "a").isalnum():
            text += f".{key}" if text else key
        else:
            text += f'["{key}"]'
    return text
