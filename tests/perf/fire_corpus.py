"""Thousands of small files: articles of real statutes where there are some, made-up notices where there are none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ARTICLE = re.compile(r"^##### (제\d+조(?:의\d+)?) \(([^)\n]+)\)\n\n(.+?)(?=^#|\Z)", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r"^제목: (.+)$", re.MULTILINE)
_LONGEST = 160  # characters of a file's text: it is the pipeline that is tried here, not the embedding
_PER_FOLDER = 100


def make(folder: Path, count: int, statutes: Path | None) -> list[Path]:
    """Write ``count`` files of different content, a hundred in a folder, and return their paths."""
    texts = _articles(statutes) if statutes is not None else iter(())
    paths = []
    for number in range(count):
        title, text = next(texts, None) or _notice(number)
        path = folder / f"{number // _PER_FOLDER:03}" / f"{number:05}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {title}\n\n{text} (관리번호 {number:05})\n", encoding="utf-8")
        paths.append(path)
    return paths


def _articles(statutes: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(statutes.rglob("*.md")):
        source = path.read_text(encoding="utf-8")
        found = _TITLE.search(source)
        for article, name, body in _ARTICLE.findall(source):
            text = " ".join(re.sub(r"[*\\]", "", body).split())[:_LONGEST]
            if found and len(text) > 40:
                yield f"{found[1].strip()} {article} {name}", text


def _notice(number: int) -> tuple[str, str]:
    facts = (number * 7 + 100, number % 30 + 1, number % 12 + 1)
    text = "사용료는 {}원으로 하고, 신청은 사용일 {}일 전까지 하며, 결과는 {}일 안에 알린다.".format(*facts)
    return f"시설 {number}호 사용 안내", text
