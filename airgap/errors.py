"""The one exception of this room that a person is meant to read."""


class SetupError(RuntimeError):
    """Something on the machine stands in the way; the text is one line that ends in `To fix: ...`."""
