"""The wire form of property values."""

import base64
import subprocess
import sys

import pytest
from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st

from provider.protocol import UNKNOWN, Values, compare, show
from provider.protocol.values import decode, encode

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

scalars = st.none() | st.booleans() | st.integers(-(2**50), 2**50) | st.text(max_size=8)
trees = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


def wire(plain: dict) -> Struct:
    struct = Struct()
    struct.update(plain)
    return struct


@given(st.dictionaries(st.text(max_size=5), trees, max_size=4))
def test_what_is_encoded_is_decoded(plain):
    assert decode(encode(Values(plain))) == Values(plain)


def test_unknown_values_travel_both_ways():
    values = Values({"spec": {"clusterIP": UNKNOWN, "ports": [UNKNOWN]}})
    back = decode(encode(values))
    assert back.get("spec", "clusterIP") is UNKNOWN and back.get("spec", "ports", 0) is UNKNOWN
    assert back.unknown and not Values({"spec": {}}).unknown


def test_an_unknown_of_another_type_is_unknown_too():
    assert decode(wire({"port": "3eeb2bf0-c639-47a8-9e75-3b44932eb421"})).plain["port"] is UNKNOWN


def test_secrets_keep_their_paths():
    values = Values({"data": {"key": "s3cret"}, "list": [1, {"deep": "x"}]}, frozenset({("data", "key"), ("list", 1)}))
    struct = encode(values)
    assert struct.fields["data"].struct_value.fields["key"].struct_value.fields[SIGNATURE].string_value == SECRET
    assert decode(struct) == values


def test_a_leaf_that_equals_a_secret_is_marked_wherever_it_stands():
    back = decode(encode(Values({"status": {"echo": "s3cret"}}), frozenset({"s3cret"})))
    assert back.secrets == {("status", "echo")}


def test_an_output_value_is_read_as_its_value():
    struct = wire(
        {"a": {SIGNATURE: OUTPUT, "value": "x", "secret": True, "dependencies": []}, "b": {SIGNATURE: OUTPUT}}
    )
    assert decode(struct) == Values({"a": "x", "b": UNKNOWN}, frozenset({("a",)}))


def test_whole_numbers_are_integers_again():
    plain = decode(wire({"replicas": 3.0, "ratio": 0.5, "flag": True})).plain
    assert plain == {"replicas": 3, "ratio": 0.5, "flag": True}
    assert isinstance(plain["replicas"], int) and isinstance(plain["flag"], bool)


def test_an_asset_is_refused_by_its_path():
    struct = wire({"data": {"file": {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "text": "x"}}})
    with pytest.raises(ValueError, match=r"^data\.file: an asset is not supported"):
        decode(struct)


def test_secret_texts_hold_base64_both_ways():
    encoded = base64.b64encode(b"hunter22").decode()
    assert Values({"a": "hunter22"}, frozenset({("a",)})).secret_texts() >= {"hunter22", encoded}
    assert Values({"a": encoded}, frozenset({("a",)})).secret_texts() >= {"hunter22", encoded}


def test_comparison_names_the_deepest_paths():
    old = {"a": {"b": [1, 2], "gone": 1}, "same": UNKNOWN, "flag": True}
    new = {"a": {"b": [1, 3, 4], "new": 1}, "same": UNKNOWN, "flag": 1}
    assert compare(old, new) == {
        ("a", "b", 1): "update",
        ("a", "b", 2): "add",
        ("a", "gone"): "delete",
        ("a", "new"): "add",
        ("flag",): "update",
    }


def test_paths_are_shown_as_people_write_them():
    assert show(("spec", "containers", 0, "image")) == "spec.containers[0].image"
    assert show(("data", "ca.crt")) == 'data["ca.crt"]'


def test_a_property_as_deep_as_a_large_crd_arrives_whole(tmp_path):
    nested: dict = {}
    for _ in range(200):
        nested = {"properties": nested}
    sent = encode(Values({"schema": nested})).SerializeToString()
    code = (
        "import sys; from provider.protocol import allow_deep_messages; allow_deep_messages();"
        "from google.protobuf.struct_pb2 import Struct; Struct.FromString(sys.stdin.buffer.read())"
    )
    subprocess.run([sys.executable, "-c", code], input=sent, check=True)
