"""Write the reference vectors of a corpus, which the load test compares answers with.

    uv run --project bentos/embedder --group build python tests/bentos/embedder/reference.py \
        loadtests/corpus/embedder.txt loadtests/corpus/embedder.npz

The file holds `vectors` (float32, one row per line of the text) and `digest`, the SHA-256 of the text it was made from.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np
from forward import Reference


def write(texts: Path, out: Path) -> None:
    """One vector per line of `texts`; some 20 ms each."""
    reference = Reference()
    vectors = np.array([reference.vector(line) for line in texts.read_text().splitlines()], np.float32)
    np.savez_compressed(out, vectors=vectors, digest=hashlib.sha256(texts.read_bytes()).hexdigest())


if __name__ == "__main__":
    write(*map(Path, sys.argv[1:]))
