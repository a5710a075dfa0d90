"""Times as HDR histograms (http://hdrhistogram.org): three digits in a few kB, and those of several runs add up."""

from collections.abc import Iterable
from typing import Any

from hdrh.histogram import HdrHistogram

LONGEST_US = 3_600_000_000
DIGITS = 3
PERCENTILES = (50, 95, 99, 99.9)


class Histogram:
    """Of durations from a microsecond to an hour."""

    def __init__(self) -> None:
        self._counts = HdrHistogram(1, LONGEST_US, DIGITS)

    def record(self, seconds: float) -> None:
        self._counts.record_value(min(max(round(seconds * 1e6), 1), LONGEST_US))

    def add(self, blob: str) -> None:
        """Counts in those that another histogram's `encoded` holds."""
        self._counts.decode_and_add(blob)

    def encoded(self) -> str:
        """HdrHistogram's own V2 form, base64: any of its ports reads it."""
        return self._counts.encode().decode()

    @property
    def count(self) -> int:
        return self._counts.get_total_count()

    def percentile_s(self, percent: float) -> float | None:
        """Seconds, to three digits; None of nothing."""
        return self._counts.get_value_at_percentile(percent) / 1e6 if self.count else None

    def document(self) -> dict[str, Any]:
        """For a report: milliseconds, and the histogram itself, so that runs can be added up later."""
        shown = {f"p{percent:g}_ms": self.percentile_s(percent) for percent in (*PERCENTILES, 100)}
        milliseconds = {name: None if value is None else round(value * 1000, 3) for name, value in shown.items()}
        return {"count": self.count, **milliseconds, "hdr": self.encoded()}


def histogram_of(durations: Iterable[float]) -> Histogram:
    """Of these, in seconds."""
    found = Histogram()
    for seconds in durations:
        found.record(seconds)
    return found
