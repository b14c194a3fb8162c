"""A paper as Markdown (CommonMark with tables), the AI mark in its front matter."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from assistant.writers.paper import Heading, Item, Kind, Paper, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.writers.paper import Block, Run

_SPECIAL: Final = re.compile(r"([\\`*_{}<>|~]|^\s*(?:#{1,6}(?=\s)|[-+](?=\s)|\d{1,9}[.)](?=\s)|={3,}|-{3,})|\](?=\())")


def to_markdown(paper: Paper) -> bytes:
    """Return the paper as UTF-8."""
    meta = {"title": paper.title, "author": paper.author, "created": paper.created, **paper.properties}
    front = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in meta.items() if value)
    parts = [f"---\n{front}---", f"# {_escaped(' '.join(paper.title.split()))}"]
    parts += [_block(block) for block in paper.blocks]
    text = parts[0]
    for (before, after), part in zip(pairwise((None, None, *paper.blocks)), parts[1:], strict=True):
        text += ("\n" if isinstance(before, Item) and isinstance(after, Item) else "\n\n") + part
    return f"{text}\n".encode()


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * min(block.level + 1, 6)} {_escaped(' '.join(block.text.split()))}"
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Item):
        return f"{block.mark} " + _runs(block.runs).replace("\n", "\n  ")
    text = _runs(block.runs)
    if block.kind is Kind.QUOTE:
        return "\n".join(f"> {line}" for line in text.split("\n"))
    if block.kind is Kind.NOTE:
        return "\n".join(f"<small>{line}</small>" for line in text.split("\n"))
    return text.replace("\n", "  \n")


def _table(table: Table) -> str:
    rows = [[*row, *[""] * (table.width - len(row))] for row in table.rows]
    if not table.head:
        rows.insert(0, [""] * table.width)
    lines = ["| " + " | ".join(_escaped(cell).replace("\n", "<br>") for cell in row) + " |" for row in rows]
    return "\n".join([*lines[:1], "|" + " --- |" * table.width, *lines[1:]])


def _runs(runs: Sequence[Run]) -> str:
    return "".join(f"**{_escaped(run.text)}**" if run.bold and run.text.strip() else _escaped(run.text) for run in runs)


def _escaped(text: str) -> str:
    return "\n".join(_SPECIAL.sub(_slash, line) for line in text.split("\n"))


def _slash(match: re.Match[str]) -> str:
    found = match[0]
    head = found.rstrip()
    if len(head) > 1 and head[-1] in ".)":  # 1. at the head of a line
        return f"{head[:-1]}\\{head[-1]}"
    lead = found[: len(found) - len(found.lstrip())]
    return f"{lead}\\{found.lstrip()}"
