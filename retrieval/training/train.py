"""Trains the adapters: a question must be nearer to what answers it than to anything else of its batch.

    python -m retrieval.training.train --model MODEL_FOLDER --pairs pairs.jsonl --output adapter.npz

Contrastive loss over the batch (InfoNCE, van den Oord et al. 2018) at temperature .02; in a share of the batches the
positive is another question of the same article instead of its text: the product keeps questions as vectors, too.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional

from retrieval.embedders.e5 import E5Tokenizer
from retrieval.embedders.e5_weights import find_source, read_source
from retrieval.training.network import E5, padded
from retrieval.training.pairs import Pair, batches, read

if TYPE_CHECKING:
    from collections.abc import Sequence

TEMPERATURE = 0.02
_SIBLINGS = 0.25  # share of positives that are another question of the same article


def train(options: argparse.Namespace) -> None:
    """Train and write the adapters after every epoch and every ``--save-every`` steps."""
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    weights = read_source(find_source())
    model = E5(weights, rank=options.rank)
    manifest = json.loads((options.model / "model.json").read_text(encoding="utf-8"))
    tokenizer = E5Tokenizer(options.model, manifest)
    pairs = read(options.pairs)
    siblings: dict[str, list[str]] = {}
    for pair in pairs:
        siblings.setdefault(pair.key, []).append(pair.question)
    plan = [batch for epoch in range(options.epochs) for batch in batches(pairs, options.batch, seed=epoch)]
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(learning, lr=options.rate, weight_decay=0.01)
    chance, started, total = random.Random(options.seed), time.monotonic(), 0.0  # noqa: S311 - no secret
    for step, batch in enumerate(plan, start=1):
        for group in optimiser.param_groups:
            group["lr"] = options.rate * _schedule(step / len(plan))
        loss = _loss(model, tokenizer, batch, _positives(batch, siblings, chance), options.tokens)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimiser.step()
        total += loss.item()
        if step % options.save_every == 0 or step == len(plan):
            _save(model, options, step, len(plan))
            spent = time.monotonic() - started
            sys.stdout.write(f"{step}/{len(plan)} loss {total / options.save_every:.4f} {spent:.0f} s\n")
            sys.stdout.flush()
            total = 0.0


def _schedule(done: float) -> float:
    """Warm up over the first twentieth, then half a cosine down to zero."""
    return min(done / 0.05, 1.0) * 0.5 * (1 + math.cos(math.pi * done))


def _positives(batch: Sequence[Pair], siblings: dict[str, list[str]], chance: random.Random) -> list[str]:
    answers = []
    for pair in batch:
        others = [question for question in siblings[pair.key] if question != pair.question]
        answers.append(chance.choice(others) if others and chance.random() < _SIBLINGS else pair.passage)
    return answers


def _loss(model: E5, tokenizer: E5Tokenizer, batch: Sequence[Pair], answers: Sequence[str], tokens: int) -> Any:  # noqa: ANN401
    questions = _embed(model, tokenizer, [f"query: {pair.question}" for pair in batch], tokens)
    passages = _embed(model, tokenizer, [f"passage: {answer}" for answer in answers], tokens)
    cosines = questions @ passages.T
    keys = np.array([pair.key for pair in batch])
    twins = torch.from_numpy((keys[:, None] == keys[None, :]) & ~np.eye(len(batch), dtype=bool))
    return functional.cross_entropy(
        (cosines / TEMPERATURE).masked_fill(twins, -1e4), torch.arange(len(batch))
    )  # fmt: skip


def _embed(model: E5, tokenizer: E5Tokenizer, texts: Sequence[str], tokens: int) -> torch.Tensor:
    return model(*padded([tokenizer.ids(text, max_tokens=tokens) for text in texts], pad=1))


def _save(model: E5, options: argparse.Namespace, step: int, steps: int) -> None:
    arrays: dict[str, Any] = {}
    with torch.no_grad():
        for name, adapted in model.adapters():
            arrays[f"{name}.down"] = adapted.down.numpy().astype(np.float16)
            arrays[f"{name}.up"] = adapted.up.numpy().astype(np.float16)
    recipe = {
        "rank": options.rank, "epochs": options.epochs, "batch": options.batch, "rate": options.rate,
        "tokens": options.tokens, "seed": options.seed, "step": step, "steps": steps,
    }  # fmt: skip
    np.savez(options.output, recipe=np.array(json.dumps(recipe)), **arrays)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m retrieval.training.train", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="model folder of an installation (its tokenizer)")
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--tokens", type=int, default=96)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--save-every", type=int, default=50)
    train(parser.parse_args(arguments))


if __name__ == "__main__":
    main()
