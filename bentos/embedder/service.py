"""The embedder: POST /encode turns texts into unit vectors. Limits, batching and the sample come from card.yaml."""

from pathlib import Path
from typing import Annotated

import bentoml
import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from batching import bound_batching
from encoder import WIDTH, Encoder
from middleware import JsonBody, PodName, WorkLog

HERE = Path(__file__).parent
CARD = yaml.safe_load((HERE / "card.yaml").read_text())

Vector = Annotated[list[float], Field(min_length=WIDTH, max_length=WIDTH)]

MAX_CHARS = 8192
"""Of one text. The model reads its first 256 tokens, about 1200 characters of English; this far beyond is a mistake."""

BATCH = CARD["batch"]["size"]
MAX_TEXTS = 32
"""Of one request: at 256 tokens each they take 3.5 s under the limit of `small`, within the timeout."""

MAX_CONCURRENCY = 32
"""Requests held at once; one more is answered 429. The entry queues below it (capacity.json: in_flight)."""


class Texts(BaseModel):
    """Body of /encode."""

    model_config = ConfigDict(extra="forbid")  # else a misspelt key would be answered with the sample's vectors
    texts: list[Annotated[str, StringConstraints(min_length=1, max_length=MAX_CHARS)]] = Field(
        default=CARD["sample"]["texts"], min_length=1, max_length=MAX_TEXTS
    )


bound_batching(CARD["batch"]["wait_ms"] / 1000)


@bentoml.service(
    name=CARD["name"],
    http={"host": "127.0.0.1"},  # of `bentoml serve` on a laptop; in a container server.py opens the socket
    traffic={"timeout": CARD["slo"]["timeout_s"], "max_concurrency": MAX_CONCURRENCY},
    logging={"access": {"enabled": False}},  # the entry logs requests; here each line would cost CPU under the limit
)
class Embedder:
    """Sentences to unit vectors."""

    def __init__(self) -> None:
        self.encoder = Encoder(HERE / "model")
        self.encoder(CARD["sample"]["texts"])  # the first run allocates: not on a caller's time

    @bentoml.api(input_spec=Texts, batchable=BATCH > 1, max_batch_size=max(BATCH, 2))
    def encode(self, texts: list[str]) -> list[Vector]:
        """One vector of 384 numbers and length 1 per text, in the order of the texts."""
        return self.encoder(texts).tolist()


Embedder.add_asgi_middleware(PodName)  # pyright: ignore[reportArgumentType]  (BentoML describes an app, and wants a class)
Embedder.add_asgi_middleware(WorkLog)  # pyright: ignore[reportArgumentType]
Embedder.add_asgi_middleware(JsonBody)  # pyright: ignore[reportArgumentType]
