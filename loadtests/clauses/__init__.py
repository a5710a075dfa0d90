"""Each clause of a verdict asks one thing of what a run recorded. Pure functions, a file a noun.

A run that recorded nothing fails: each clause wants to see the thing happen, not merely that nothing went wrong. What
the load or the scaler does not ask at all is not judged, says why, and passes nothing.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Clause:
    name: str
    passed: bool | None
    """None: it cannot be judged, for the reason in `detail`."""
    detail: str
    """What was measured, in a sentence."""
    limit: str
    """What is asked."""
    value: float | None = None
    """The number that was held against `bound`, in `unit`; None: there is none, or it is endless."""
    bound: float | None = None
    unit: str = ""
