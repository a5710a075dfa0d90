"""Texts to send and the vectors they must come back as: shipped per service under corpus/."""

import hashlib
import random
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

FOLDER = Path(__file__).with_name("corpus")

LENGTH_MIX = {"short": (3, 9, 0.50), "medium": (10, 22, 0.35), "long": (25, 45, 0.15)}
"""Words from, words to, share of the sentences. Padding and batching cost depend on it, so it is part of the load."""

CHECK_EVERY = 20
TOLERANCE = 1e-3
"""Largest difference in one coordinate of a unit vector: fp32 stays under 1e-5 of fp64, int8 and garbage do not."""

MAX_CHARS = 1000
"""Of one sentence, so that a request body stays under 3 kB."""


class Corpus:
    """Sentences, and for each the vector that a float64 forward pass gives.

    A request holds an ordered pair of different sentences. n sentences make n (n - 1) pairs; a run draws from them
    without replacement, so no two of its requests are equal, and any of them can be checked.
    """

    def __init__(self, service: str, folder: Path = FOLDER):
        self.path = folder / f"{service}.txt"
        if not self.path.exists():
            raise ValueError(f"{self.path}: no such corpus. To fix: write one sentence per line, at least 100 of them.")
        self.sentences = self.path.read_text().splitlines()
        if (longest := max(map(len, self.sentences))) > MAX_CHARS:
            raise ValueError(f"{self.path}: a sentence has {longest} characters. To fix: at most {MAX_CHARS} each.")

    @property
    def pairs(self) -> int:
        return len(self.sentences) * (len(self.sentences) - 1)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    @cached_property
    def vectors(self) -> "list[list[float]]":
        """One reference vector per sentence; refuses vectors that were made from another text."""
        import numpy as np  # heavy, and needed only here: the generator compares plain floats

        path = self.path.with_suffix(".npz")
        with np.load(path) as file:
            if str(file["digest"]) != self.digest:
                raise ValueError(
                    f"{path}: made from another {self.path.name}. "
                    "To fix: make the vectors again, by the command in loadtests/README.md."
                )
            return file["vectors"].astype(float).tolist()

    def draw(self, seed: int, count: int) -> "Draw":
        """The requests of a run, the same for the same seed."""
        if count > self.pairs:
            raise ValueError(
                f"{self.path}: {len(self.sentences)} sentences make {self.pairs} different requests, and the run "
                f"may send {count}. To fix: add sentences, or lower load.peak_rps in the card."
            )
        return Draw(self, random.Random(seed).sample(range(self.pairs), count))  # noqa: S311  (reproducible, not secret)


class Draw:
    """Request number n of a run. `numbers` holds no value twice, and distinct numbers are distinct pairs."""

    def __init__(self, corpus: Corpus, numbers: Sequence[int]):
        self.corpus = corpus
        self.numbers = numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def pair(self, n: int) -> tuple[int, int]:
        first, second = divmod(self.numbers[n], len(self.corpus.sentences) - 1)
        return first, second + (second >= first)  # skips the diagonal: a sentence is never paired with itself

    def texts(self, n: int) -> list[str]:
        return [self.corpus.sentences[i] for i in self.pair(n)]

    @property
    def sizes(self) -> list[int]:
        """Characters of each request's texts: its work goes with them."""
        return [sum(map(len, self.texts(n))) for n in range(len(self))]

    def checked(self, n: int) -> bool:
        return n % CHECK_EVERY == 0

    def drift(self, n: int, answer: object) -> float:
        """Largest difference of the answer from the reference; infinite where its form is wrong."""
        wanted = [self.corpus.vectors[i] for i in self.pair(n)]
        if not isinstance(answer, list) or len(answer) != len(wanted):
            return float("inf")
        worst = 0.0
        for got, vector in zip(answer, wanted, strict=True):
            if not isinstance(got, list) or len(got) != len(vector) or not all(isinstance(x, float | int) for x in got):
                return float("inf")
            for a, b in zip(got, vector, strict=True):
                distance = abs(a - b)
                if not distance <= worst:  # written so that NaN counts as wrong
                    worst = distance if distance == distance else float("inf")
        return worst
