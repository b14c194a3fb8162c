"""Makes a tiny weights file in the layout of the real one, and runs its network in plain numpy."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from retrieval.embedders.e5_weights import E5Weights


HIDDEN, LAYERS, HEADS, FEED_FORWARD, POSITIONS = 64, 2, 2, 128, 32
SPECIALS = ["<s>", "<pad>", "</s>", "<unk>"]
WORDS = [
    "▁",
    "▁query",
    "▁passage",
    ":",
    "▁민원",
    "▁처리",
    "기",
    "간",
    "원",
    "민",
    "▁a",
    "b",
    "처리",
    "▁<",
    "s",
    ">",
    "제",
    "조",
]
PIECES = [*SPECIALS, *WORDS, "<mask>"]


def make_file(seed: int = 7) -> bytes:
    rng = np.random.default_rng(seed)
    rows = len(PIECES) + 3  # the real table has unused rows at its end as well
    tensors: list[tuple[str, bytes, int]] = []

    def blocks(name: str, outputs: int, inputs: int) -> None:
        packed = bytearray()
        for _ in range(outputs * inputs // 32):
            packed += np.float16(rng.uniform(0.01, 0.05)).tobytes() + rng.integers(0, 256, 16, dtype=np.uint8).tobytes()
        tensors.append((name, bytes(packed), outputs * inputs))

    def floats(name: str, count: int, around: float = 0.0) -> None:
        tensors.append((name, (around + rng.normal(0, 0.1, count)).astype("<f4").tobytes(), count))

    blocks("emb.word", rows, HIDDEN)
    floats("emb.pos", POSITIONS * HIDDEN)
    floats("emb.type", 2 * HIDDEN)
    floats("emb.ln.w", HIDDEN, 1.0)
    floats("emb.ln.b", HIDDEN)
    for layer in range(LAYERS):
        for part in ("q", "k", "v", "ao"):
            blocks(f"l{layer}.{part}.w", HIDDEN, HIDDEN)
            floats(f"l{layer}.{part}.b", HIDDEN)
        blocks(f"l{layer}.fi.w", FEED_FORWARD, HIDDEN)
        floats(f"l{layer}.fi.b", FEED_FORWARD)
        blocks(f"l{layer}.fo.w", HIDDEN, FEED_FORWARD)
        floats(f"l{layer}.fo.b", HIDDEN)
        for norm in ("aln", "oln"):
            floats(f"l{layer}.{norm}.w", HIDDEN, 1.0)
            floats(f"l{layer}.{norm}.b", HIDDEN)
    return _header(rows) + _vocabulary() + _directory(tensors, len(_header(rows)) + len(_vocabulary()))


def _header(rows: int) -> bytes:
    head = struct.pack("<4sI7i", b"E5S1", 1, HIDDEN, LAYERS, HEADS, FEED_FORWARD, rows, POSITIONS, 2)
    return head + struct.pack("<fi", 1e-12, 32)


def _vocabulary() -> bytes:
    encoded = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, encoded)]).astype("<u4")
    scores = np.array([0.0] * 4 + [-1.0 - 0.1 * len(WORDS) / (len(word) + 1) for word in WORDS] + [0.0], dtype="<f4")
    entries = b"".join(
        struct.pack("<IB", code, len(text)) + b"".join(struct.pack("<I", ord(one)) for one in text)
        for code, text in ((0, ""), (9, " "), (0x3000, " "))
    )
    head = struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, int(offsets[-1]))
    return (
        head + offsets.tobytes() + scores.tobytes() + b"".join(encoded) + struct.pack("<iI", 3, len(entries)) + entries
    )


def _directory(tensors: list[tuple[str, bytes, int]], start: int) -> bytes:
    size = 4 + sum(2 + len(name) + 1 + 4 + 8 + 8 for name, _, _ in tensors)
    entries, data, at = struct.pack("<i", len(tensors)), b"", start + size
    for name, raw, count in tensors:
        entries += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", 0, count, at, len(raw))
        data += raw
        at += len(raw)
    return entries + data


def reference(weights: E5Weights, ids: list[int]) -> np.ndarray:
    """The BERT forward pass in floats: mean over tokens, unit length. Shares nothing with the ONNX graph."""
    hidden, heads = weights.hidden, weights.heads

    def linear(x: np.ndarray, name: str, inputs: int) -> np.ndarray:
        return x @ weights.matrix(f"{name}.w", inputs).T + weights.floats[f"{name}.b"]

    def norm(x: np.ndarray, name: str) -> np.ndarray:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + weights.epsilon)
        return scaled * weights.floats[f"{name}.w"] + weights.floats[f"{name}.b"]

    def split(x: np.ndarray) -> np.ndarray:
        return x.reshape(len(ids), heads, hidden // heads).transpose(1, 0, 2)

    erf = np.vectorize(math.erf)
    table = weights.matrix("emb.word", hidden)[ids]
    x = table + weights.floats["emb.pos"].reshape(-1, hidden)[: len(ids)] + weights.floats["emb.type"][:hidden]
    x = norm(x, "emb.ln")
    for layer in range(weights.layers):
        q, k, v = (split(linear(x, f"l{layer}.{part}", hidden)) for part in "qkv")
        scores = q @ k.transpose(0, 2, 1) / np.sqrt(hidden // heads)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        seen = (scores / scores.sum(-1, keepdims=True)) @ v
        x = norm(x + linear(seen.transpose(1, 0, 2).reshape(len(ids), hidden), f"l{layer}.ao", hidden), f"l{layer}.aln")
        wide = linear(x, f"l{layer}.fi", hidden)
        wide = 0.5 * wide * (1 + erf(wide / np.sqrt(2)))
        x = norm(x + linear(wide, f"l{layer}.fo", weights.feed_forward), f"l{layer}.oln")
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)
