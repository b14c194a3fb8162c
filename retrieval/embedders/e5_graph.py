"""Builds the ONNX graph of multilingual-e5-small from its 4-bit weights.

The graph takes the token ids of *one* text, shape ``(1, n)``, and gives its unit vector, shape ``(1, 384)``. One text a
run is a choice: no padding is computed, attention needs no mask (onnxruntime then takes its flash kernel), and a vector
never depends on what else was in the batch, although activations are quantised per run. Measured on AVX2 it is as fast
as batches of 4 and faster than 16; parallelism comes from running several texts at once.

Matrices become 8-bit with one scale per output (``DynamicQuantizeMatMul``); the embedding table keeps the 4-bit blocks
of its source, bit for bit (``GatherBlockQuantized``). Operators: https://onnx.ai/onnx/operators/ and onnxruntime's
``com.microsoft`` contrib operators.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.embedders.e5_weights import BLOCK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from retrieval.embedders.e5_weights import E5Weights

REVISION = 1  # raise it when the graph changes so that its vectors do
QUANTISATION = "int8-dynamic-per-channel"
_VENDOR = "com.microsoft"
_OPSET = 21
_IR_VERSION = 10
_INT8_MAX = 127


def build_graph(weights: E5Weights, *, quantise: bool = True) -> bytes:
    """Return the serialised ONNX model: input ``ids`` int64 ``(1, n)``, output ``vector`` float32 ``(1, hidden)``.

    With ``quantise=False`` the matrices stay in floats: the reference that the quantised model is measured against.
    """
    from onnx import TensorProto, helper  # noqa: PLC0415 - heavy

    graph = _Graph(quantise=quantise)
    x = _embeddings(graph, weights)
    for layer in range(weights.layers):
        x = _attention(graph, weights, f"l{layer}", x)
        x = _feed_forward(graph, weights, f"l{layer}", x)
    tokens, last = graph.constant("axis_tokens", np.array([1])), graph.constant("axis_last", np.array([-1]))
    mean = graph.add("ReduceMean", x, tokens, keepdims=0)
    graph.add("Div", mean, graph.add("ReduceL2", mean, last, keepdims=1), output="vector")
    built = helper.make_graph(
        graph.nodes,
        "multilingual-e5-small",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"])],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, weights.hidden])],
        graph.constants,
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_VENDOR, 1)]
    serialised: bytes = helper.make_model(built, opset_imports=opsets, ir_version=_IR_VERSION).SerializeToString()
    return serialised


class _Graph:
    """Collects nodes and constants; every node is named after the output it gives."""

    def __init__(self, *, quantise: bool) -> None:
        self.quantise = quantise
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, values: NDArray[Any]) -> str:
        from onnx import numpy_helper  # noqa: PLC0415 - heavy

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def four_bits(self, name: str, values: NDArray[np.uint8]) -> str:
        """Store values 0..15 two a byte, the earlier in the low half."""
        from onnx import TensorProto, helper  # noqa: PLC0415 - heavy

        flat = values.reshape(-1)
        packed = (flat[0::2] | (flat[1::2] << 4)).astype(np.uint8).tobytes()
        self.constants.append(helper.make_tensor(name, TensorProto.UINT4, values.shape, packed, raw=True))
        return name

    def many(self, operator: str, *inputs: str, outputs: list[str], domain: str = "", **attributes: object) -> None:
        from onnx import helper  # noqa: PLC0415 - heavy

        node = helper.make_node(operator, list(inputs), outputs, domain=domain, name=outputs[0], **attributes)
        self.nodes.append(node)

    def add(self, operator: str, *inputs: str, output: str = "", domain: str = "", **attributes: object) -> str:
        output = output or f"{operator}_{len(self.nodes)}"
        self.many(operator, *inputs, outputs=[output], domain=domain, **attributes)
        return output


def _embeddings(graph: _Graph, weights: E5Weights) -> str:
    values, scales = weights.halves("emb.word", weights.hidden)
    table = graph.four_bits("word", values)
    zero_points = graph.four_bits("word_zero", np.full(scales.shape, 8, dtype=np.uint8))
    words = graph.add(
        "GatherBlockQuantized", table, "ids", graph.constant("word_scale", scales), zero_points,
        domain=_VENDOR, gather_axis=0, quantize_axis=1, block_size=BLOCK,
    )  # fmt: skip
    # token type 0 is added to every position once and for all
    places = weights.floats["emb.pos"].reshape(weights.positions, weights.hidden)
    table = graph.constant("position", places + weights.floats["emb.type"][: weights.hidden])
    first = graph.constant("axis_first", np.array([0]))
    used = graph.add("Slice", table, first, graph.add("Shape", "ids", start=1, end=2), first)
    return _normalise(graph, weights, "emb.ln", graph.add("Add", words, used))


def _attention(graph: _Graph, weights: E5Weights, layer: str, x: str) -> str:
    # one matrix for query, key and value: the activations are quantised once instead of three times
    joint = _linear(graph, weights, [f"{layer}.{part}" for part in "qkv"], weights.hidden, x)
    parts = [f"{layer}.{part}.out" for part in "qkv"]
    graph.many("Split", joint, outputs=parts, axis=-1, num_outputs=3)
    seen = graph.add("MultiHeadAttention", *parts, domain=_VENDOR, num_heads=weights.heads)
    out = _linear(graph, weights, [f"{layer}.ao"], weights.hidden, seen)
    return _normalise(graph, weights, f"{layer}.aln", graph.add("Add", out, x))


def _feed_forward(graph: _Graph, weights: E5Weights, layer: str, x: str) -> str:
    wide = graph.add("Gelu", _linear(graph, weights, [f"{layer}.fi"], weights.hidden, x), domain=_VENDOR)
    out = _linear(graph, weights, [f"{layer}.fo"], weights.feed_forward, wide)
    return _normalise(graph, weights, f"{layer}.oln", graph.add("Add", out, x))


def _normalise(graph: _Graph, weights: E5Weights, name: str, x: str) -> str:
    gain = graph.constant(f"{name}.w", weights.floats[f"{name}.w"])
    bias = graph.constant(f"{name}.b", weights.floats[f"{name}.b"])
    return graph.add("LayerNormalization", x, gain, bias, axis=-1, epsilon=weights.epsilon)


def _linear(graph: _Graph, weights: E5Weights, names: list[str], inputs: int, x: str) -> str:
    """Multiply by the transposed matrices, side by side, in 8 bits: scale = largest weight of the output / 127."""
    matrix = np.concatenate([weights.matrix(f"{name}.w", inputs) for name in names]).T
    bias = np.concatenate([weights.floats[f"{name}.b"] for name in names])
    if not graph.quantise:
        product = graph.add("MatMul", x, graph.constant(f"{names[0]}.float", matrix))
        return graph.add("Add", product, graph.constant(f"{names[0]}.bias", bias))
    scale = np.maximum(np.abs(matrix).max(axis=0), np.finfo(np.float32).tiny) / _INT8_MAX
    rounded = np.rint(matrix / scale).astype(np.int8)
    return graph.add(
        "DynamicQuantizeMatMul", x,
        graph.constant(f"{names[0]}.int8", rounded), graph.constant(f"{names[0]}.scale", scale.astype(np.float32)),
        "",  # no zero points: the weights are symmetric
        graph.constant(f"{names[0]}.bias", bias),
        domain=_VENDOR,
    )  # fmt: skip
