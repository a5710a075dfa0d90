"""Keeps secret texts out of what a person reads: errors, progress, quoted log lines."""

import threading

from provider.protocol.values import Values

SHORTEST = 3
"""A shorter secret is not looked for: replacing every "a" would leave nothing to read."""

SHORTEST_LINE = 12
"""A line of a longer secret (PEM) is looked for from this length on."""


class Secrecy:
    """The secret texts that this process has seen, and the removal of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._texts: frozenset[str] = frozenset()
        self._sought: list[str] = []

    def learn(self, values: Values) -> Values:
        """Remembers what is secret in `values`; gives them back."""
        with self._lock:
            if new := values.secret_texts() - self._texts:
                self._texts |= new
                texts = {text for text in self._texts if len(text) >= SHORTEST}
                lines = {line.strip() for text in self._texts for line in text.splitlines()}
                texts |= {line for line in lines if len(line) >= SHORTEST_LINE}
                # The longest first: one secret may be a part of another.
                self._sought = sorted(texts, key=len, reverse=True)
        return values

    def scrub(self, text: str) -> str:
        """The text with `[secret]` in place of every secret it holds."""
        for secret in self._sought:
            text = text.replace(secret, "[secret]")
        return text
