"""Reading a question: everything that can be known of it before anything is searched.

Pure and without a model: tables, morphemes and rules. Loading costs part of a second, a question about a millisecond.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from retrieval import korean
from retrieval.query.keyboard import put_right
from retrieval.query.lexicon import Lexicon, shipped_lexicon, terms_of
from retrieval.query.numbers import number_terms
from retrieval.query.references import acts_of, find_references
from retrieval.query.spelling import Speller
from retrieval.query.titles import TitleBook
from retrieval.query.types import Correction, Query, Term, Why
from retrieval.query.vocabulary import Vocabulary, shipped_vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrieval.query.types import ActMention, Reference

LEXICON_WEIGHT = 0.3
TITLE_WEIGHT = 0.5
CORRECTION_WEIGHT = 0.6
_LONGEST = 2000  # characters of a pasted question that are looked at
_JAMO = re.compile(r"[\u1100-\u11ff\u3130-\u318f]+")  # ㅋㅋ, ㅠㅠ, ㅇㅇ: NFKC makes U+11xx of them
_SPACES = re.compile(r"\s+")


class QueryReader:
    """Understands questions about the documents at hand. Immutable once made; safe to share between threads.

    Args:
        book: titles that may be meant; the known abbreviations alone when not given.
        lexicon: everyday words and legal terms; the list that comes with the package when not given.
        vocabulary: words that are spelt right; the list that comes with the package when not given.
        held: whether the documents at hand have a word, so that no word of theirs is taken for a mistyped one.
    """

    def __init__(
        self,
        book: TitleBook | None = None,
        lexicon: Lexicon | None = None,
        vocabulary: Vocabulary | None = None,
        *,
        held: Callable[[str], bool] | None = None,
    ) -> None:
        self._book = TitleBook() if book is None else book
        self._lexicon = shipped_lexicon() if lexicon is None else lexicon
        self._speller = Speller(_known(self._lexicon, vocabulary or shipped_vocabulary()), held)

    def understand(self, text: str, *, before: str = "") -> Query:
        """Return what is known of a question.

        Args:
            text: as typed; anything, also empty.
            before: the question before it in the same conversation: ``같은 법`` may mean a title of it.
        """
        cleaned, retyped = self._typed(text[:_LONGEST])
        references = find_references(cleaned, self._book, before=clean(before[-_LONGEST:]))
        acts = acts_of(references)
        rest = _without(cleaned, references)
        corrections = [*self._speller.joined(rest), *self._speller.parted(rest)]
        corrections += self._speller.typos(_carried_out(rest, corrections))
        terms = [
            *_titles(acts),
            *number_terms(cleaned),
            *(Term(one.read, CORRECTION_WEIGHT, one.why, one.written) for one in corrections),
            *terms_of(self._lexicon.find(_carried_out(cleaned, corrections)), weight=LEXICON_WEIGHT),
        ]
        own = tuple(dict.fromkeys(korean.tokens(cleaned)))
        return Query(
            text=text,
            cleaned=cleaned,
            references=tuple(references),
            acts=acts,
            terms=tuple(terms),
            corrections=(*retyped, *corrections),
            own=own,
            added=_added(terms, own),
        )

    def _typed(self, text: str) -> tuple[str, list[Correction]]:
        """Return a text cleaned and with Korean typed in English layout put right."""
        retyped = [
            Correction(written, meant, Why.KEYBOARD, certain=True)
            for written, meant in put_right(text, self._speller.is_known)
        ]
        for one in sorted(retyped, key=lambda one: -len(one.written)):
            text = re.sub(rf"(?<![A-Za-z]){one.written}(?![A-Za-z])", one.read, text)
        return clean(text), retyped


@lru_cache(maxsize=2)
def _known(lexicon: Lexicon, vocabulary: Vocabulary) -> Vocabulary:
    """Return a vocabulary that knows the words of a lexicon; readers made anew for other titles share it."""
    return vocabulary.with_words([*lexicon.everyday(), *lexicon.legal()])


def understand(question: str, book: TitleBook, *, before: str = "") -> Query:
    """Understand one question with the lists that come with the package; a ``QueryReader`` does so for many."""
    return QueryReader(book).understand(question, before=before)


def clean(text: str) -> str:
    """Return a text in NFKC without invisible characters, single jamo (``ㅠㅠ``) and superfluous space."""
    composed = unicodedata.normalize("NFKC", text.replace("ㆍ", "·"))
    visible = "".join(c if unicodedata.category(c)[0] != "C" else " " * (c in "\n\t\r") for c in composed)
    return _SPACES.sub(" ", _JAMO.sub(" ", visible)).strip()


def _without(text: str, references: Sequence[Reference]) -> str:
    """Blank out references: titles are no words to be spelt otherwise."""
    for one in references:
        text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]
    return text


def _carried_out(text: str, corrections: Sequence[Correction]) -> str:
    for one in corrections:
        text = text.replace(one.written, one.read)
    return text


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
