"""What is known of a question before anything is searched."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Rank(StrEnum):
    """Rank of a rule in the order of Korean law, as far as its title says it."""

    ACT = "act"
    DECREE = "decree"
    RULE = "rule"
    ORDINANCE = "ordinance"


class Why(StrEnum):
    """Where a word came from that the asker did not write."""

    LEXICON = "lexicon"  # everyday words and what the law calls the thing
    NUMBER = "number"  # the same number, period or amount in the law's way of writing
    SPACING = "spacing"  # the asker's words written together or apart
    TYPO = "typo"
    KEYBOARD = "keyboard"  # typed with the keyboard in English layout
    TITLE = "title"  # words of the title that an abbreviation stands for


@dataclass(frozen=True, slots=True)
class Reference:
    """A place in the law that the question names: a title, an article, or both.

    ``start``/``end`` cut it out of ``Query.cleaned``. ``title`` is the full title with its rank
    (``주민등록법 시행령``), ``None`` when only an article is named; ``held`` says whether the title book has that
    title, so a law that is named but not at hand can be told from one that is. ``article`` is written ``제23조의2`` as
    in ``Locator.article``. ``exactness``, 0 to 1: 1 for the title itself, less for abbreviations, titles made out by
    rule, carried over from elsewhere in the question, or mistyped ones.
    """

    start: int
    end: int
    title: str | None = None
    rank: Rank | None = None
    article: str | None = None
    paragraph: int | None = None
    held: bool = False
    exactness: float = 1.0


@dataclass(frozen=True, slots=True)
class ActMention:
    """A title the question means, with or without an article. ``weight`` is the exactness of the best mention."""

    title: str
    weight: float
    rank: Rank | None = None
    held: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """Words to ask besides the asker's own. ``weight`` is relative to the asker's own words, which weigh 1."""

    text: str
    weight: float
    why: Why
    source: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """A stretch of the question that may have been mistyped, and how it was read instead.

    ``certain`` when what was written is no Korean at all, so that it was replaced in ``Query.cleaned``; otherwise both
    forms are asked.
    """

    written: str
    read: str
    why: Why
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it was understood.

    ``text`` is what was typed, ``cleaned`` the same in NFKC, without noise and with the keyboard layout put right: what
    words and meaning are to be asked with. ``own`` and ``added`` are search words as ``retrieval.korean.tokens`` makes
    them, with their weight: the asker's (1.0 each), and those of ``terms`` that are not among them.
    """

    text: str
    cleaned: str
    references: tuple[Reference, ...] = ()
    acts: tuple[ActMention, ...] = ()
    terms: tuple[Term, ...] = ()
    corrections: tuple[Correction, ...] = ()
    own: tuple[str, ...] = ()
    added: dict[str, float] = field(default_factory=dict)

    @property
    def rewritten(self) -> str:
        """``cleaned`` with every correction carried out, for whoever can ask one form only (the meaning side)."""
        text = self.cleaned
        for correction in self.corrections:
            if not correction.certain:
                text = text.replace(correction.written, correction.read)
        return text

    def expanded(self, most: int = 6) -> str:
        """Return ``rewritten`` followed by the legal words for what it says, at most so many: for the meaning side."""
        terms = dict.fromkeys(term.text for term in self.terms if term.why is Why.LEXICON)
        return " ".join([self.rewritten, ", ".join(list(terms)[:most])]).strip()
