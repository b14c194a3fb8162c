"""Other kinds of text: pairs of questions and passages, ordinances, court decisions, rows of a data catalogue."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrieval.chunking import chunk
from retrieval.chunking.breadcrumb import SEPARATOR
from retrieval.loaders.markdown import MarkdownLoader
from retrieval.types import Block, BlockKind, ParsedDocument

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = Path(__file__).with_name("kinds.jsonl")
_TRAINING_TENTHS = 6  # as in retrieval.training.pairs: tenths 0-5 may train


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage as the product cuts it; ``answers`` names what it counts as when it is found."""

    answers: str
    title: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """A question, what answers it, and whether a model may have trained on its answer."""

    text: str
    gold: frozenset[str]
    split: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """Passages and questions of one kind."""

    name: str
    passages: tuple[Passage, ...]
    queries: tuple[Query, ...]


def pairs(path: Path) -> Dataset:
    """Read a ``{"corpus", "queries"}`` file. Split by the gold passage: six tenths may train, four only report."""
    data = json.loads(path.read_text(encoding="utf-8"))
    passages = [part for row in data["corpus"] for part in _cut(row["id"], row["title"], row["text"])]
    queries = [
        Query(row["text"], frozenset(row["gold"]), "tuning" if _tenth(row["gold"][0]) < _TRAINING_TENTHS else "test")
        for row in data["queries"]
    ]
    return Dataset(path.stem, tuple(passages), tuple(queries))


def korquad(path: Path) -> Dataset:
    """Read KorQuAD 1.0: every paragraph is a passage, every question has one."""
    passages: list[Passage] = []
    queries: list[Query] = []
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for number, paragraph in enumerate(article["paragraphs"]):
            name = f"{article['title']} {number}"
            passages.extend(_cut(name, article["title"], paragraph["context"]))
            queries.extend(Query(qa["question"], frozenset({name}), "test") for qa in paragraph["qas"])
    return Dataset("korquad", tuple(passages), tuple(queries))


def kind(name: str, folder: Path) -> Dataset:
    """Read the questions of one kind of ``kinds.jsonl`` and the documents they are about.

    ``ordinance`` and ``precedent`` are folders of Markdown files, ``catalogue`` one of JSON lines with ``목록키``.
    """
    rows = [json.loads(line) for line in KINDS.read_text(encoding="utf-8").splitlines()]
    queries = [
        Query(row["question"], frozenset(f"{title} {article}".strip() for title, article in row["gold"]), "test")
        for row in rows
        if row["kind"] == name
    ]
    passages = _catalogue(folder) if name == "catalogue" else _markdown(folder, by_article=name == "ordinance")
    return Dataset(name, tuple(passages), tuple(queries))


def _markdown(folder: Path, *, by_article: bool) -> Iterator[Passage]:
    for path in sorted(folder.rglob("*.md")):
        if path.stem == "LICENSE":
            continue
        document = MarkdownLoader().load(path, filename=path.name)
        for piece in chunk(document):
            name = f"{document.title} {piece.locator.article or ''}".strip() if by_article else path.stem
            yield Passage(name, document.title, SEPARATOR.join(piece.locator.heading), piece.text)


def _catalogue(folder: Path) -> Iterator[Passage]:
    for path in sorted(folder.glob("busan*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row: dict[str, Any] = json.loads(line)
            text = f"{row['목록명']}\n{row['목록설명']}\n{row['분류체계']} · {row['기관명']}"
            yield from _cut(str(row["목록키"]), row["목록명"], text)


def _cut(name: str, title: str, text: str) -> Iterator[Passage]:
    document = ParsedDocument(text, (Block(BlockKind.PARAGRAPH, 0, len(text)),), title, "text/plain", "pairs/1")
    for piece in chunk(document):
        yield Passage(name, title, SEPARATOR.join(piece.locator.heading), piece.text)


def _tenth(identifier: str) -> int:
    return hashlib.sha256(identifier.encode()).digest()[0] % 10
