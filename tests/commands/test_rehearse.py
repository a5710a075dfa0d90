"""Which stacks `make rehearse STACK=all` plays."""

import pytest

from commands import rehearse

WRITTEN = {"aws-apps": {"tradewind:layer": "services"}, "aws-dev": {}, "aws-net": {"tradewind:layer": "platform"}}


def test_services_on_another_stacks_platform_are_not_played_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rehearse.sandbox, "stacks", lambda: list(WRITTEN))
    monkeypatch.setattr(rehearse, "written", WRITTEN.__getitem__)
    assert rehearse.whole_stacks() == ["aws-dev", "aws-net"]
