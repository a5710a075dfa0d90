"""Lifts protobuf's limit on nesting, which a large CRD passes: each level of a property costs three of a message."""

import contextlib


def allow_deep_messages() -> None:
    """For the whole process; call it before the first message is read.

    EnvoyProxy's CRD nests past the 100 levels that Python's protobuf reads ("Exception deserializing request!"), while
    the engine, in Go, reads 10,000.
    """
    # Without upb, protobuf's own Python parser is at work, whose limit is Python's own on recursion.
    with contextlib.suppress(ImportError):
        from google._upb import _message

        _message.SetAllowOversizeProtos(True)
