"""Reading a question: everything that can be known of it before anything is searched.

Pure and without a model: tables, morphemes and rules. Loading costs part of a second, a question about a millisecond.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from retrieval import korean
from retrieval.query.lexicon import Lexicon, shipped_lexicon, terms_of
from retrieval.query.references import acts_of, find_references
from retrieval.query.titles import TitleBook
from retrieval.query.types import Query, Term, Why

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.query.types import ActMention, Correction

LEXICON_WEIGHT = 0.3
TITLE_WEIGHT = 0.5
_LONGEST = 2000  # characters of a pasted question that are looked at
_JAMO = re.compile(r"[\u1100-\u11ff\u3130-\u318f]+")  # ㅋㅋ, ㅠㅠ, ㅇㅇ: NFKC makes U+11xx of them
_SPACES = re.compile(r"\s+")


class QueryReader:
    """Understands questions about the documents at hand. Immutable once made; safe to share between threads.

    Args:
        book: titles that may be meant; the known abbreviations alone when not given.
        lexicon: everyday words and legal terms; the list that comes with the package when not given.
    """

    def __init__(self, book: TitleBook | None = None, lexicon: Lexicon | None = None) -> None:
        self._book = TitleBook() if book is None else book
        self._lexicon = shipped_lexicon() if lexicon is None else lexicon

    def understand(self, text: str, *, before: str = "") -> Query:
        """Return what is known of a question.

        Args:
            text: as typed; anything, also empty.
            before: the question before it in the same conversation: ``같은 법`` may mean a title of it.
        """
        cleaned = clean(text[:_LONGEST])
        corrections: list[Correction] = []
        references = find_references(cleaned, self._book, before=clean(before[-_LONGEST:]))
        acts = acts_of(references)
        terms = [*_titles(acts), *terms_of(self._lexicon.find(cleaned), weight=LEXICON_WEIGHT)]
        own = tuple(dict.fromkeys(korean.tokens(cleaned)))
        return Query(
            text=text,
            cleaned=cleaned,
            references=tuple(references),
            acts=acts,
            terms=tuple(terms),
            corrections=tuple(corrections),
            own=own,
            added=_added(terms, own),
        )


def clean(text: str) -> str:
    """Return a text in NFKC without invisible characters, single jamo (``ㅠㅠ``) and superfluous space."""
    composed = unicodedata.normalize("NFKC", text.replace("ㆍ", "·"))
    visible = "".join(c if unicodedata.category(c)[0] != "C" else " " * (c in "\n\t\r") for c in composed)
    return _SPACES.sub(" ", _JAMO.sub(" ", visible)).strip()


def _titles(acts: Sequence[ActMention]) -> list[Term]:
    return [Term(act.title, TITLE_WEIGHT * act.weight, Why.TITLE, act.title) for act in acts]


def _added(terms: Sequence[Term], own: Sequence[str]) -> dict[str, float]:
    """Return the search words of terms with their best weight, but for those that the asker wrote."""
    asked = set(own)
    added: dict[str, float] = {}
    for term in terms:
        for word in korean.morphemes(term.text):
            if word not in asked and term.weight > added.get(word, 0.0):
                added[word] = term.weight
    return added
