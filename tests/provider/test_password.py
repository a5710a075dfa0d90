"""Passwords: drawn once, of the asked length, never shown."""

import pytest

from provider.password import Password
from provider.protocol import UNKNOWN
from tests.support.plugin_calls import a_resource, silent


def test_two_passwords_differ_and_have_the_asked_length():
    first, second = (Password().create(a_resource("Password", {"length": 40}), silent).state for _ in range(2))
    assert first.get("result") != second.get("result")
    assert len(first.get("result")) == 40
    assert first.secrets == {("result",)}


def test_an_unchanged_length_keeps_the_password_and_another_replaces_it():
    assert not Password().diff(a_resource("Password", {"length": 32})).changes
    diff = Password().diff(a_resource("Password", {"length": 32}, old={"length": 20}))
    assert diff.replaces == {("length",)}


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"length": 15}, "length must be from 16 to 128, got 15. To fix: write 32."),
        ({"length": 129}, "length must be from 16 to 128, got 129. To fix: write 32."),
        ({"length": "32"}, "length must be of type int, got '32'. To fix: give a length from 16 to 128."),
        ({}, "length must be given. To fix: give a length from 16 to 128."),
        ({"length": 32, "size": 1}, "size is not an input of this resource. To fix: remove it; there are length."),
    ],
)
def test_a_wrong_input_is_named_with_value_and_fix(inputs, reason):
    assert [text for _, text in Password().check(a_resource("Password", inputs)).failures] == [reason]


def test_a_length_not_known_yet_passes():
    assert not Password().check(a_resource("Password", {"length": UNKNOWN})).failures
