"""Cuts documents with our chunker and with LangChain's recursive splitter and counts what a reader would mind."""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrieval.chunking import chunk
from retrieval.errors import LoadError
from retrieval.loaders import SUPPORTED_ENDINGS, load
from retrieval.types import BlockKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from retrieval.types import Block, ParsedDocument

    Span = tuple[int, int]
    Cutter = Callable[[ParsedDocument], list[Span]]

_ARTICLE: Final = re.compile(r"\s*제\s?\d+\s?조(?:의\s?\d+)?(?!\s?제?\d|[가-힣])")


@dataclass(slots=True)
class Tally:
    """What one way of cutting did to a set of documents; lengths in characters, ``seconds`` of processor time."""

    lengths: list[int] = field(default_factory=list)
    articles: int = 0
    articles_whole: int = 0
    tables: int = 0
    tables_whole: int = 0
    rows_cut: int = 0
    words_cut: int = 0
    lost: int = 0
    seconds: float = 0.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Read files and folders, cut them both ways, print one table."""
    parser = argparse.ArgumentParser(prog="python -m eval.chunking", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, help="files and folders of documents")
    parser.add_argument("--size", type=int, default=900, help="largest chunk of text, in characters")
    parser.add_argument("--limit", type=int, default=0, help="read so many files at most, spread over all (0: all)")
    options = parser.parse_args(arguments)
    ways: dict[str, Cutter] = {"ours": _ours(options.size), "langchain": _langchain(options.size)}
    tallies = {name: Tally() for name in ways}
    count = 0
    for document in _documents(options.paths, options.limit):
        count += 1
        for name, cutter in ways.items():
            add(tallies[name], document, cutter, options.size)
    _print(tallies, count, options.size)


def add(tally: Tally, document: ParsedDocument, cutter: Cutter, size: int) -> None:
    """Cut one document and count.

    An article is the text from a heading that names it to the next heading; a table a table block. They count as whole
    when one chunk holds all of them; only those that fit into ``size`` are counted.
    """
    began = time.process_time()
    spans = cutter(document)
    tally.seconds += time.process_time() - began
    text = document.text
    tally.lengths.extend(end - start for start, end in spans)
    for start, end in _articles(document):
        if end - start <= size:
            tally.articles += 1
            tally.articles_whole += _holds(spans, start, end)
    for block in _of(document, BlockKind.TABLE):
        visible = text[block.start : block.end].lstrip()
        if len(visible) <= size:
            tally.tables += 1
            tally.tables_whole += _holds(spans, block.end - len(visible), block.end)
        starts = [start for start, _ in spans if block.start < start < block.end]
        before = [text[block.start : start].rstrip(" \t") for start in starts]
        tally.rows_cut += sum(1 for part in before if part and not part.endswith("\n"))
    tally.words_cut += sum(1 for start, _ in spans if start and not text[start - 1].isspace() and text[start].isalnum())
    kept = [False] * len(text)
    for start, end in spans:
        kept[start:end] = [True] * (end - start)
    tally.lost += sum(1 for char, held in zip(text, kept, strict=True) if not held and not char.isspace())


def _ours(size: int) -> Cutter:
    return lambda document: [(piece.start, piece.end) for piece in chunk(document, max_chars=size)]


def _langchain(size: int) -> Cutter:
    from langchain_text_splitters import RecursiveCharacterTextSplitter  # noqa: PLC0415 - a vendor, for comparison only

    splitter = RecursiveCharacterTextSplitter(chunk_size=size, chunk_overlap=0, add_start_index=True)

    def cut(document: ParsedDocument) -> list[Span]:
        pieces = splitter.create_documents([document.text])
        starts = [int(piece.metadata["start_index"]) for piece in pieces]
        return [(start, start + len(piece.page_content)) for start, piece in zip(starts, pieces, strict=True)]

    return cut


def _documents(paths: Sequence[Path], limit: int) -> Iterable[ParsedDocument]:
    files = sorted(
        file
        for path in paths
        for file in (path.rglob("*") if path.is_dir() else [path])
        if file.is_file() and file.suffix.lower() in SUPPORTED_ENDINGS
    )
    step = max(1, -(-len(files) // limit)) if limit else 1
    for file in files[::step]:
        try:
            yield load(file)
        except LoadError as error:
            sys.stderr.write(f"{file.name}: {error.reason.value}\n")


def _articles(document: ParsedDocument) -> list[Span]:
    headings = _of(document, BlockKind.HEADING)
    ends = [*(block.start for block in headings[1:]), len(document.text)][: len(headings)]
    spans = []
    for block, end in zip(headings, ends, strict=True):
        if _ARTICLE.match(document.text[block.start : block.end]):
            spans.append((block.start, block.start + len(document.text[block.start : end].rstrip())))
    return spans


def _of(document: ParsedDocument, kind: BlockKind) -> list[Block]:
    return [block for block in document.blocks if block.kind is kind]


def _holds(spans: Sequence[Span], start: int, end: int) -> bool:
    return any(left <= start and end <= right for left, right in spans)


def _print(tallies: dict[str, Tally], count: int, size: int) -> None:
    write = sys.stdout.write
    write(f"{count} documents, at most {size} characters a chunk; our tables are cut from 2,400 on\n\n")
    rows: list[tuple[str, Callable[[Tally], str]]] = [
        ("chunks", lambda tally: f"{len(tally.lengths):,}"),
        ("length, median", lambda tally: f"{statistics.median(tally.lengths or [0]):.0f}"),
        ("length, mean", lambda tally: f"{statistics.fmean(tally.lengths or [0]):.0f}"),
        ("length, largest", lambda tally: f"{max(tally.lengths, default=0):,}"),
        ("articles kept whole", lambda tally: _share(tally.articles_whole, tally.articles)),
        ("tables kept whole", lambda tally: _share(tally.tables_whole, tally.tables)),
        ("table rows cut inside", lambda tally: f"{tally.rows_cut:,}"),
        ("words cut inside", lambda tally: f"{tally.words_cut:,}"),
        ("visible characters lost", lambda tally: f"{tally.lost:,}"),
        ("processor seconds", lambda tally: f"{tally.seconds:.1f}"),
    ]
    write("| | " + " | ".join(tallies) + " |\n")
    write("|---|" + "---:|" * len(tallies) + "\n")
    for label, shown in rows:
        write(f"| {label} | " + " | ".join(shown(tally) for tally in tallies.values()) + " |\n")


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.4f} of {whole:,}" if whole else "-"
