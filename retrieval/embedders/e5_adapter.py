"""The low-rank adapter of the bundled embedding model: what ``retrieval.training`` learned.

File: NumPy ``.npz`` (no pickles) with ``<matrix>.down`` float16 ``(rank, in)`` and ``<matrix>.up`` float16
``(out, rank)`` for matrices named as in the weights file, and ``recipe``, a JSON string. Set-up adds ``up @ down`` to
the matrices before it quantises them, so the built model runs as fast as without.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.embedders.e5_weights import ModelSourceError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from retrieval.embedders.e5_weights import E5Weights

_DOWN, _UP = ".down", ".up"


def digest(path: Path) -> str:
    """Return the SHA-256 of an adapter file.

    Raises:
        ModelSourceError: it cannot be read.
    """
    return hashlib.sha256(_bytes(path)).hexdigest()


def adapted(weights: E5Weights, path: Path) -> E5Weights:
    """Return the weights with the adapter at ``path`` added.

    Raises:
        ModelSourceError: the file cannot be read or does not fit these weights.
    """
    try:
        with np.load(io.BytesIO(_bytes(path)), allow_pickle=False) as arrays:
            deltas = {
                name.removesuffix(_DOWN): _delta(arrays, name.removesuffix(_DOWN))
                for name in arrays.files
                if name.endswith(_DOWN)
            }
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ModelSourceError(f"{path.name} is no adapter: {error}") from error
    unfit = [name for name, delta in deltas.items() if not _fits(weights, f"{name}.w", delta.shape)]
    if unfit or not deltas:
        raise ModelSourceError(f"{path.name} does not fit these weights: {', '.join(unfit) or 'it is empty'}")
    return replace(weights, deltas={f"{name}.w": delta for name, delta in deltas.items()})


def _delta(arrays: Any, name: str) -> NDArray[np.float32]:  # noqa: ANN401 - numpy's reader of archives
    up, down = arrays[name + _UP].astype(np.float32), arrays[name + _DOWN].astype(np.float32)
    delta: NDArray[np.float32] = up @ down
    return delta


def _fits(weights: E5Weights, name: str, shape: tuple[int, ...]) -> bool:
    if name not in weights.blocks:
        return False
    columns = weights.feed_forward if name.endswith(".fo.w") else weights.hidden
    return weights.matrix(name, columns).shape == shape


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelSourceError(f"{path.name} cannot be read: {error}") from error
