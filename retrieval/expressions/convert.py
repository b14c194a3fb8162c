"""``python -m retrieval.expressions.convert RAW STATUTES``: makes the shipped files from what the writers wrote.

``RAW`` holds text files: a line ``# title of the law``, then ``number<TAB>question / question``, where ``15-2`` stands
for 제15조의2. ``STATUTES`` holds one folder for each act, with the act, its decree and its rules as Markdown. Every law
and article is looked up there: what does not exist is reported and left out, and the article's own title is taken from
there. One file for each folder is written below ``data``.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrieval.expressions.table import LONGEST, SHORTEST, Line, folded, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

DATA: Final = Path(__file__).with_name("data")
_NUMBER: Final = re.compile(r"(\d{1,4})(?:-(\d{1,3}))?")
_SEPARATOR: Final = re.compile(r"\s+/\s+|\s*[／|]\s*")
_SPACES: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Statute:
    """A law as the statutes folder has it: name of the folder, title, and the titles of its articles by number."""

    family: str
    title: str
    articles: Mapping[str, str]


@dataclass(slots=True)
class Outcome:
    """What came of a conversion: lines by family, and what was left out, as ``file:line: why``."""

    lines: dict[str, list[Line]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def statutes(folder: Path) -> Iterator[Statute]:
    """Read every law below a folder of Markdown files, in the way they are read when they are taken in.

    Raises:
        LoadError: a file is not what it should be.
    """
    from retrieval.chunking import chunk  # noqa: PLC0415 - the library only where files are converted
    from retrieval.loaders import load  # noqa: PLC0415
    from retrieval.types import ChunkKind  # noqa: PLC0415

    for path in sorted(folder.glob("*/*.md")):
        document = load(path, filename=path.name)
        articles: dict[str, str] = {}
        for piece in chunk(document):
            if piece.locator.article and piece.kind is not ChunkKind.SUPPLEMENTARY:
                articles.setdefault(piece.locator.article, piece.locator.article_title or "")
        yield Statute(path.parent.name, document.title, articles)


def convert(raw: Iterable[Path], laws: Iterable[Statute]) -> Outcome:
    """Match what the writers wrote with the laws; of two texts of one title the longer one is meant."""
    by_title: dict[str, Statute] = {}
    for law in sorted(laws, key=lambda one: len(one.articles)):
        by_title[folded(law.title)] = law
    outcome = Outcome()
    for path in raw:
        found: Statute | None = None
        for number, text in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
            if text.startswith("#"):
                found = by_title.get(folded(text.lstrip("# ")))
                if found is None:
                    outcome.left_out.append(f"{path.name}:{number}: no such law")
            elif text.strip() and found is not None:
                lines = _lines(found, text)
                if not lines:
                    outcome.left_out.append(f"{path.name}:{number}: no such article, or no question")
                outcome.lines.setdefault(found.family, []).extend(lines)
    return outcome


def _lines(law: Statute, text: str) -> list[Line]:
    name, *questions = text.split(maxsplit=1)
    match = _NUMBER.fullmatch(name)
    if match is None or not questions:
        return []
    article = f"제{int(match[1])}조" + (f"의{int(match[2])}" if match[2] else "")
    if article not in law.articles:
        return []
    title = _SPACES.sub(" ", law.articles[article]).strip()
    kept = (_SPACES.sub(" ", question).strip() for question in _SEPARATOR.split(questions[0]))
    return [Line(law.title, article, title, question) for question in kept if SHORTEST <= len(question) <= LONGEST]


def _once(lines: Sequence[Line]) -> list[Line]:
    """Keep the first of the questions of one article that differ in spaces, dots or letter case only."""
    seen: dict[tuple[str, str, str], Line] = {}
    for line in sorted(lines):
        seen.setdefault((line.title, line.article, folded(line.question)), line)
    return list(seen.values())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line; exit status 1 where something was left out."""
    parser = argparse.ArgumentParser(prog="python -m retrieval.expressions.convert", description=__doc__)
    parser.add_argument("raw", type=Path, help="folder of the writers' files (*.txt)")
    parser.add_argument("statutes", type=Path, help="folder with one folder of Markdown files for each act")
    parser.add_argument("--target", type=Path, default=DATA)
    options = parser.parse_args(arguments)
    outcome = convert(sorted(options.raw.glob("*.txt")), statutes(options.statutes))
    options.target.mkdir(parents=True, exist_ok=True)
    for stale in options.target.glob("*.tsv"):
        stale.unlink()
    written = {
        family: write(options.target / f"{family}.tsv", _once(lines))
        for family, lines in outcome.lines.items()
        if lines
    }
    sys.stdout.write("".join(f"{line}\n" for line in outcome.left_out))
    sys.stdout.write(f"{sum(written.values())} questions, {len(written)} families, {len(outcome.left_out)} left out\n")
    sys.exit(1 if outcome.left_out else 0)


if __name__ == "__main__":
    main()
