"""Texts to unit vectors: tokenizer, graph, and the grouping by length that keeps padding cheap."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_TOKENS = 256
"""[CLS] and [SEP] included; the rest of a longer text is not read. The model's own setting, and the graph's size."""

WIDTH = 384
"""Numbers in a vector."""

RUN_COST = 25
"""What starting one more run costs, in tokens: the time of a run is linear in its tokens, and this is the intercept
over the slope (3.4 ms and 0.13 ms; weights are read from memory once a run)."""

RUN_TOKENS = 1024
"""Most tokens in a run: speed per token is flat from 256 on, and memory grows with it (a run of 8192 takes 150 MB)."""


def buckets(lengths: Sequence[int]) -> list[list[int]]:
    """Indices of the texts of each run. No run is padded by more than RUN_COST, the price of having it split."""
    runs: list[list[int]] = []
    padding = width = 0
    for index in sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True):
        short = width - lengths[index]
        if not runs or padding + short > RUN_COST or (len(runs[-1]) + 1) * width > RUN_TOKENS:
            runs.append([])
            padding, width, short = 0, lengths[index], 0
        runs[-1].append(index)
        padding += short
    return runs


class Encoder:
    """Vectors of unit length, one per text, in the order of the texts. One thread: replicas are capped below a core."""

    def __init__(self, folder: Path) -> None:
        if not (folder / "model.onnx").is_file():
            raise FileNotFoundError(
                f"{folder}/model.onnx: the exported model is missing. "
                f"To fix: uv run --project {folder.parent} --group build python {folder.parent / 'export.py'}"
            )
        os.environ["TOKENIZERS_PARALLELISM"] = "false"  # its thread pool only adds switches under a CPU limit
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(MAX_TOKENS)  # the file says 128, and pads every text to it
        self.tokenizer.no_padding()

    def __call__(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        tokens = [encoding.ids for encoding in self.tokenizer.encode_batch_fast(list(texts))]
        vectors = np.empty((len(tokens), WIDTH), np.float32)
        for run in buckets([len(ids) for ids in tokens]):
            shape = len(run), len(tokens[run[0]])
            ids, mask = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
            for row, index in enumerate(run):
                ids[row, : len(tokens[index])] = tokens[index]
                mask[row, : len(tokens[index])] = 1
            [vectors[run]] = self.session.run(["vectors"], {"input_ids": ids, "attention_mask": mask})
        return vectors
