"""The engine with both clouds' doubles, as the doubles' own tests have it."""

from tests.doubles.conftest import rehearse

__all__ = ["rehearse"]
