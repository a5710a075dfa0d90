"""What every mapping of the card has in common."""

import sys

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A mapping of the card: unknown keys and values of another type are refused, nothing changes after reading."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        # Every preview would pay for two things, 70 ms: models that it does not use, and docstrings, which are read
        # from the source, and which the schema alone shows.
        defer_build=True,
        use_attribute_docstrings=sys.argv[0].endswith("components/card.py"),
    )
