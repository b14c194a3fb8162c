"""Training pairs: an everyday question and the passage that answers it.

``python -m retrieval.training.pairs`` writes them as JSON lines ``{"group", "key", "question", "passage"}``: ``key``
names what answers (two pairs of one key are never each other's negatives), ``group`` the law or collection it comes
from. Laws are left out by name, so that a model can be judged on laws it never saw.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.chunking import chunk
from retrieval.chunking.breadcrumb import embed_text
from retrieval.loaders.markdown import MarkdownLoader
from retrieval.types import ChunkKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_PASSAGES_OF_ONE = 3  # an article cut into many passages answers with its first ones


@dataclass(frozen=True, slots=True)
class Pair:
    """One question and one passage, as the model will see them (without its prefixes)."""

    group: str
    key: str
    question: str
    passage: str


def of_statutes(
    folder: Path, questions: Mapping[tuple[str, str], Sequence[str]], *, without: frozenset[str]
) -> Iterator[Pair]:
    """Pair the questions of articles with the articles' passages, leaving out laws by title.

    Args:
        folder: statutes as Markdown files.
        questions: questions by (title, ``제N조``).
        without: titles that training must not see; their decrees and rules go with them.
    """
    for path in sorted(folder.rglob("*.md")):
        document = MarkdownLoader().load(path, filename=path.name)
        if any(document.title.startswith(title) for title in without):
            continue
        passages: dict[str, list[str]] = {}
        for piece in chunk(document):
            article = piece.locator.article
            if article and piece.kind is not ChunkKind.SUPPLEMENTARY:
                passages.setdefault(article, []).append(embed_text(document.title, piece.locator.heading, piece.text))
        for article, texts in passages.items():
            for number, question in enumerate(questions.get((document.title, article), ())):
                text = texts[number % min(len(texts), _PASSAGES_OF_ONE)]
                yield Pair(document.title, f"{document.title} {article}", question, text)


def of_dataset(path: Path, *, group: str, parts: frozenset[int]) -> Iterator[Pair]:
    """Pair the queries of a ``{"corpus", "queries"}`` file with their gold; ``parts`` are the tenths that train.

    The tenth of a query is the first byte of the SHA-256 of its gold id, modulo ten: stable, and a passage never trains
    in one part and tests in another.
    """
    data = json.loads(path.read_text(encoding="utf-8"))
    texts = {row["id"]: f"{row['title']}\n{row['text']}".strip() for row in data["corpus"]}
    for query in data["queries"]:
        gold = query["gold"][0]
        if tenth(gold) in parts:
            yield Pair(group, f"{group} {gold}", query["text"], texts[gold])


def tenth(identifier: str) -> int:
    """Return which tenth of a dataset an id belongs to."""
    return hashlib.sha256(identifier.encode()).digest()[0] % 10


def batches(pairs: Sequence[Pair], size: int, *, seed: int, same_group: float = 0.5) -> Iterator[list[Pair]]:
    """Yield one epoch of batches; a share of them is drawn from neighbouring groups only.

    Passages of the same law are each other's hard negatives: telling articles of one law apart is what is wanted.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret
    order = list(pairs)
    chance.shuffle(order)
    hard = sorted(order[: int(len(order) * same_group)], key=lambda pair: pair.group)
    easy = order[int(len(order) * same_group) :]
    result = [part[start : start + size] for part in (hard, easy) for start in range(0, len(part), size)]
    chance.shuffle(result)
    yield from result


def read(path: Path) -> list[Pair]:
    """Read pairs from JSON lines."""
    return [Pair(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line]


def write(path: Path, pairs: Iterable[Pair]) -> int:
    """Write pairs as JSON lines; return how many."""
    lines = [json.dumps(asdict(pair), ensure_ascii=False) for pair in pairs]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m retrieval.training.pairs", description=__doc__)
    parser.add_argument("--statutes", type=Path, required=True, help="folder of statutes as Markdown")
    parser.add_argument("--questions", type=Path, required=True, help='JSON lines {"title","article","questions"}')
    parser.add_argument("--without", type=Path, help="file with one title a line that training must not see")
    parser.add_argument("--dataset", type=Path, action="append", default=[], help="{corpus, queries} file; tenths 0-5")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    rows = [json.loads(line) for line in options.questions.read_text(encoding="utf-8").splitlines() if line]
    without = options.without.read_text(encoding="utf-8").splitlines() if options.without else []
    found = list(
        of_statutes(
            options.statutes,
            {(row["title"], row["article"]): row["questions"] for row in rows},
            without=frozenset(filter(None, without)),
        )
    )
    for path in options.dataset:
        found.extend(of_dataset(path, group=path.stem, parts=frozenset(range(6))))
    sys.stdout.write(f"{write(options.output, found)} pairs\n")


if __name__ == "__main__":
    main()
