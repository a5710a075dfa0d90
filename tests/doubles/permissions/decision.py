"""What an evaluator answers, for either cloud."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Decision:
    """Whether the cloud would let the request through, and which statement or binding decided."""

    allowed: bool
    reason: str
