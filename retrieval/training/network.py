"""multilingual-e5-small in PyTorch, made from the bundled weights, with low-rank adapters on every matrix.

Only the adapters learn (Hu et al. 2021, LoRA): ``y = x Wᵀ + (x Aᵀ) Bᵀ`` with A ``(rank, in)`` and B ``(out, rank)``,
B zero at first. They are a hundredth of the model, and set-up adds ``B A`` to W when it builds the model, so that the
product runs as fast as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from retrieval.embedders.e5_weights import E5Weights

MATRICES = ("q", "k", "v", "ao", "fi", "fo")


class Adapted(nn.Module):
    """A frozen linear map and its adapter."""

    def __init__(self, weight: NDArray[np.float32], bias: NDArray[np.float32], rank: int) -> None:
        """Take the frozen parts."""
        super().__init__()
        self.register_buffer("weight", torch.tensor(weight))
        self.register_buffer("bias", torch.tensor(np.array(bias)))
        self.down = nn.Parameter(torch.randn(rank, weight.shape[1]) / weight.shape[1] ** 0.5)
        self.up = nn.Parameter(torch.zeros(weight.shape[0], rank))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return ``(…, out)``."""
        return functional.linear(x, self.weight, self.bias) + (x @ self.down.T) @ self.up.T


class Layer(nn.Module):
    """One transformer layer as in BERT: attention, then feed-forward, each with residual and norm after it."""

    def __init__(self, weights: E5Weights, number: int, rank: int) -> None:
        """Take layer ``number`` of the weights."""
        super().__init__()
        self.heads = weights.heads
        name = f"l{number}"
        for part in MATRICES:
            columns = weights.feed_forward if part == "fo" else weights.hidden
            matrix, bias = weights.matrix(f"{name}.{part}.w", columns), weights.floats[f"{name}.{part}.b"]
            self.add_module(part, Adapted(matrix, bias, rank))
        self.after_attention = _norm(weights, f"{name}.aln")
        self.after_feed_forward = _norm(weights, f"{name}.oln")

    def forward(self, x: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        """``x`` is ``(batch, tokens, hidden)``, ``seen`` a boolean mask that broadcasts to the attention scores."""
        batch, tokens, hidden = x.shape
        parts = [
            getattr(self, part)(x).view(batch, tokens, self.heads, hidden // self.heads).transpose(1, 2)
            for part in "qkv"
        ]
        mixed = functional.scaled_dot_product_attention(*parts, attn_mask=seen)
        x = self.after_attention(x + self.ao(mixed.transpose(1, 2).reshape(batch, tokens, hidden)))
        return self.after_feed_forward(x + self.fo(functional.gelu(self.fi(x))))


class E5(nn.Module):
    """The encoder; ``forward`` gives unit vectors."""

    def __init__(self, weights: E5Weights, *, rank: int) -> None:
        """Build the frozen model with fresh adapters of this rank."""
        super().__init__()
        self.words = nn.Embedding.from_pretrained(torch.tensor(weights.matrix("emb.word", weights.hidden)), freeze=True)
        places = weights.floats["emb.pos"].reshape(weights.positions, weights.hidden)
        self.register_buffer("places", torch.tensor(places + weights.floats["emb.type"][: weights.hidden]))
        self.norm = _norm(weights, "emb.ln")
        self.layers = nn.ModuleList(Layer(weights, number, rank) for number in range(weights.layers))

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """``ids`` and boolean ``mask`` are ``(batch, tokens)``; returns ``(batch, hidden)``."""
        x = self.norm(self.words(ids) + self.places[: ids.shape[1]])
        seen = mask[:, None, None, :]
        for layer in self.layers:
            x = layer(x, seen)
        weight = mask[..., None].to(x.dtype)
        return functional.normalize((x * weight).sum(1) / weight.sum(1), dim=-1)

    def adapters(self) -> Iterator[tuple[str, Adapted]]:
        """Yield the adapted matrices under the names of the weights file."""
        for number, layer in enumerate(self.layers):
            for part in MATRICES:
                yield f"l{number}.{part}", getattr(layer, part)


def padded(rows: Sequence[Sequence[int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return ids and mask of texts of different lengths."""
    longest = max(map(len, rows))
    ids = np.full((len(rows), longest), pad, dtype=np.int64)
    mask = np.zeros((len(rows), longest), dtype=bool)
    for number, row in enumerate(rows):
        ids[number, : len(row)], mask[number, : len(row)] = row, True
    return torch.from_numpy(ids), torch.from_numpy(mask)


def _norm(weights: E5Weights, name: str) -> Any:  # noqa: ANN401 - torch is untyped here
    norm = nn.LayerNorm(weights.hidden, eps=weights.epsilon)
    with torch.no_grad():
        norm.weight.copy_(torch.tensor(np.array(weights.floats[f"{name}.w"])))
        norm.bias.copy_(torch.tensor(np.array(weights.floats[f"{name}.b"])))
    return norm.requires_grad_(requires_grad=False)
