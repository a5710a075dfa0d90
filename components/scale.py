"""The part of a card that bounds the replicas: how few, how many, and at what times of the week."""

import re
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from components.part import Part
from components.validation import problem

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class Window(Part):
    """A time of the week that has its own least replicas."""

    days: list[Day] = Field(min_length=1, examples=[["mon", "fri"]])
    """On which it begins."""
    start: str = Field(examples=["08:00"])
    end: str = Field(examples=["18:00"])
    """Of the same day if it is later than `start`, of the next if not."""
    timezone: str = Field(examples=["Europe/Berlin"])
    replicas: int = Field(ge=1, le=1000, examples=[2])
    """At least so many from start to end, within scale.max; the load may ask for more."""

    @field_validator("days")
    @classmethod
    def _each_day_once(cls, days: list[Day]) -> list[Day]:
        if len(set(days)) < len(days):
            raise problem(f"must name each day once, got {', '.join(days)}", "name it once")
        return days

    @field_validator("start", "end")
    @classmethod
    def _clock(cls, clock: str) -> str:
        if not CLOCK.fullmatch(clock):
            raise problem("must be a time of day from 00:00 to 23:59", 'write hours and minutes, as in `"08:00"`')
        return clock

    @field_validator("end")
    @classmethod
    def _some_time_later(cls, end: str, info: ValidationInfo) -> str:
        if end == info.data.get("start"):
            raise problem("must differ from start", "raise scale.min if it is to hold all day")
        return end

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, name: str) -> str:
        from zoneinfo import ZoneInfo  # a file of rules each: only for cards that have a schedule

        try:
            ZoneInfo(name)
        except (ValueError, OSError, LookupError):
            raise problem(
                "must be a name of the IANA time zone database", "write a region and a city, as in `Europe/Berlin`"
            ) from None
        return name


class Scale(Part):
    """How many replicas there may be."""

    min: int = Field(ge=0, le=1000, examples=[1])
    """0: none while nobody calls; the first requests wait for a replica to start."""
    max: int = Field(ge=1, le=1000, examples=[3])
    spare: float = Field(ge=0, le=10, allow_inf_nan=False, examples=[0.2])
    """Capacity held beyond the offered load, as a part of it."""

    @field_validator("max")
    @classmethod
    def _max_over_min(cls, high: int, info: ValidationInfo) -> int:
        low = info.data.get("min")
        if low is not None and high < low:
            raise problem(f"must be at least scale.min ({low})", f"raise scale.max to {low} or more")
        return high

    standby: int = Field(default=0, ge=0, le=100, examples=[1])
    """Replicas held ready beyond what the load needs, so that a surge finds them started."""
    schedule: list[Window] = Field(
        default=[],
        max_length=20,
        examples=[
            [{"days": ["mon", "fri"], "start": "08:00", "end": "18:00", "timezone": "Europe/Berlin", "replicas": 2}]
        ],
    )
    """Times at which more than scale.min are there, whatever the load."""

    @property
    def least(self) -> int:
        """Replicas of a service that nobody calls, at a time that no schedule speaks of."""
        return self.min + self.standby

    @property
    def awake(self) -> int:
        """The fewest replicas of a service that somebody calls."""
        return max(1, self.least)

    @field_validator("standby")
    @classmethod
    def _standby_within_max(cls, standby: int, info: ValidationInfo) -> int:
        low, high = info.data.get("min"), info.data.get("max")
        if low == 0 and standby:
            raise problem(
                "must be 0 where scale.min is 0, since with a replica held ready there are never none",
                "lower scale.standby to 0, or raise scale.min to 1",
            )
        if low is not None and high is not None and low + standby > high:
            raise problem(
                f"must leave scale.min ({low}) and itself within scale.max ({high})",
                f"lower scale.standby to {high - low} or less, or raise scale.max",
            )
        return standby

    @field_validator("schedule")
    @classmethod
    def _schedule_within_bounds(cls, schedule: list[Window], info: ValidationInfo) -> list[Window]:
        low, high = info.data.get("min"), info.data.get("max")
        for window in schedule:
            if low is not None and high is not None and not low < window.replicas <= high:
                raise problem(
                    f"must ask for more than scale.min ({low}) and at most scale.max ({high}), "
                    f"and a window of {window.replicas} does not",
                    "correct its replicas, or scale.max",
                )
        return schedule
