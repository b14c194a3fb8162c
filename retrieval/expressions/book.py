"""Looking up the everyday questions of an article."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from retrieval.expressions.table import Line, folded, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_fold = lru_cache(maxsize=30_000)(folded)  # titles come again and again, line after line and question after question


class Expressions:
    """Everyday questions by law and article. Read-only, safe to share between threads.

    An article is known by three things: title of its law, its number and its own title. Laws are renamed and articles
    renumbered; questions written for the old article must not stick to a new one of the same number. So where one of
    the three differs there are no questions. Spaces, dots and letter case do not count.
    """

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        """Take lines of any order; a question that stands twice with one article counts once, in the first spelling."""
        found: dict[str, dict[tuple[str, str], dict[str, str]]] = {}
        for line in lines:
            law = found.setdefault(_fold(line.title), {})
            questions = law.setdefault((line.article, _fold(line.article_title)), {})
            questions.setdefault(folded(line.question), line.question)
        self._laws = {
            title: {article: tuple(sorted(questions.values())) for article, questions in law.items()}
            for title, law in found.items()
        }

    def __len__(self) -> int:
        """Return the number of questions."""
        return sum(len(questions) for law in self._laws.values() for questions in law.values())

    @property
    def laws(self) -> int:
        """Number of laws that have questions."""
        return len(self._laws)

    @property
    def fingerprint(self) -> str:
        """What tells this set of questions from any other: 16 hexadecimal digits."""
        digest = hashlib.sha256()
        for title, law in sorted(self._laws.items()):
            for article, questions in sorted(law.items()):
                digest.update("\x1f".join((title, *article, *questions)).encode("utf-8", "surrogatepass"))
                digest.update(b"\x1e")
        return digest.hexdigest()[:16]

    def knows(self, title: str) -> bool:
        """Whether there are questions for any article of a law of this title."""
        return _fold(title) in self._laws

    def questions(self) -> Iterator[str]:
        """Yield every question; one that stands with several articles comes several times."""
        for law in self._laws.values():
            for questions in law.values():
                yield from questions

    def of(self, title: str, article: str | None, article_title: str | None) -> tuple[str, ...]:
        """Return the questions of one article, sorted; none where title, number or article title is another.

        Args:
            title: title of the law as the document has it.
            article: ``제12조`` or ``제12조의2``.
            article_title: title of the article, without brackets.
        """
        law = self._laws.get(_fold(title))
        if law is None or article is None:
            return ()
        return law.get((article, _fold(article_title or "")), ())


@lru_cache(maxsize=1)
def shipped() -> tuple[Line, ...]:
    """Return the lines that come with this package.

    Raises:
        ValueError: a shipped file has a bad line; a test keeps that from being released.
    """
    with as_file(files("retrieval.expressions") / "data") as folder:
        parts = [(path.name, read(path)) for path in sorted(folder.glob("*.tsv"))]
    for name, (_, problems) in parts:
        if problems:
            raise ValueError(f"{name}:{problems[0].number}: {problems[0].code.value}")
    return tuple(line for _, (lines, _) in parts for line in lines)
