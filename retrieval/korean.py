"""Korean words for search: one normalisation and one tokenisation, the same for documents and questions.

A text becomes content morphemes (Kiwi) *and* syllable bigrams of its Hangul runs: morphemes bring ``맡겼는데`` and
``맡기다`` together, bigrams survive unknown words and wrong spacing. Numbers, Latin words, Chinese characters and
article references (``제12조의2``) are words of their own.

Kiwi reads 40,000 characters a second, so each distinct Hangul run is analysed once and remembered: all statutes
together have 4.4 million runs but 156,000 distinct ones. Analysing runs without their neighbours also means that
the same word always gives the same tokens, in a question as in a document.
"""

from __future__ import annotations

import re
import sys
import threading
import unicodedata
from functools import lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

REVISION = 1  # raise it when the tokens of a text change: indexes built before are then out of date

_CACHED_RUNS = 200_000  # about 60 MB when full
_CACHED_QUERY_RUNS = 20_000  # runs whose morphemes are asked for alone, by questions
_LONGEST_RUN = 40  # longer runs are not words (pasted tables, OCR); cut so that Kiwi's cost stays linear
_CONTENT_TAGS = frozenset({"NNG", "NNP", "NR", "XR", "SL", "SH", "MAG"})
_VERB_TAGS = frozenset({"VV", "VA"})
_NOUN_TAGS = frozenset({"NNG", "NNP", "NNB", "NR", "XR", "XSN", "XPN"})
_DICTIONARY = 70  # Kiwi numbers the entries of its dictionary from here on; below are its tags, for words it guesses
# light verbs and reference words of legal prose: in every second article, they only cost time
_STOP_STEMS = frozenset(
    {"하", "되", "있", "관하", "대하", "따르", "위하", "의하", "그렇", "어떻", "이러하", "그러하", "받", "같"}
)
_STOP_ADVERBS = frozenset({"그", "및", "또", "또는", "다만", "즉", "각각", "등"})

_ARTICLE = re.compile(
    r"(?:제\s*(\d{1,4})\s*조|(?<![\d.,])(\d{1,4})조(?!\s*(?:원|달러|\d+\s*[천백십]*\s*[억만원])))"  # 5조원 is money
    r"(?:\s*의\s*(\d{1,3})(?!\d))?"
)
_ARTICLE_TOKEN = re.compile(r"제\d+조(?:의\d+)?")
_WORD = re.compile(
    r"(?P<number>\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<unit>[가-힣%])?"
    r"|(?P<latin>[a-z][a-z0-9]*(?:[.+#-][a-z0-9]+)*)"
    r"|(?P<han>[\u4e00-\u9fff]+)"
    r"|(?P<hangul>[가-힣]+)"
)
_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Cn"}


def normalise(text: str) -> str:
    """Return ``text`` in NFKC and case-folded, with control characters as spaces and invisible ones removed.

    Offsets change: this is for search only, never for quotes.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    if folded.isprintable():
        return folded
    return "".join(map(_visible, folded))


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category not in _INVISIBLE:
        return character
    return " " if category == "Cc" else ""


def article_references(text: str) -> list[str]:
    """Return the articles a text names, written ``제12조`` or ``제12조의2``; ``23조`` without 제 counts as well."""
    return [_article(match) for match in _ARTICLE.finditer(normalise(text))]


def is_article(word: str) -> bool:
    """Whether a token is an article reference as ``tokens`` writes them."""
    return _ARTICLE_TOKEN.fullmatch(word) is not None


def _article(match: re.Match[str]) -> str:
    base = f"제{int(match[1] or match[2])}조"
    return f"{base}의{int(match[3])}" if match[3] else base


def tokens(text: str) -> list[str]:
    """Return the search words of a text in reading order, repetitions kept."""
    return list(_tokens(normalise(text), _run_tokens))


def morphemes(text: str) -> list[str]:
    """Return only the content morphemes of a text in reading order, verbs as ``떼다``: words without their bigrams.

    The same morphemes as among ``tokens``; numbers, Latin words and articles as there. Without Kiwi the Hangul runs
    themselves.
    """
    return list(_tokens(normalise(text), _run_morphemes))


def words_in(run: str) -> list[str]:
    """Return nouns, the compound of nouns it begins with, and verbs (``떼다``) of one Hangul run; none without Kiwi.

    For word lists, not for search: one-syllable words are left out, compounds are kept whole beside their parts.
    """
    kiwi = _kiwi()
    if kiwi is None or len(run) > _LONGEST_RUN:
        return []
    with _kiwi_lock:
        parts = [(part.form, part.tag.split("-")[0]) for part in kiwi.tokenize(run)]
    compound = "".join(form for form, _ in takewhile(lambda part: part[1] in _NOUN_TAGS, parts))
    words = [form for form, tag in parts if tag in _CONTENT_TAGS and len(form) > 1]
    words += [form + "다" for form, tag in parts if tag in _VERB_TAGS]
    return words + ([compound] if compound not in words and len(compound) > 1 and run.startswith(compound) else [])


def unsure_words(run: str) -> list[str]:
    """Return the parts of a Hangul run that need not be words: what Kiwi only guesses, and scraps among nouns.

    Kiwi takes what it does not know for a noun, and a mistyped one often for two, one of them a single syllable.
    Nothing where all are words of its dictionary, and without Kiwi.
    """
    kiwi = _kiwi()
    if kiwi is None:
        return []
    with _kiwi_lock:
        parts = kiwi.tokenize(run[:_LONGEST_RUN])
    nouns = [part.form for part in parts if part.tag.split("-")[0] in _NOUN_TAGS]
    guessed = [part.form for part in parts if part.id < _DICTIONARY]
    return guessed + [form for form in nouns if len(form) == 1 and len(nouns) > 1 and form not in guessed]


def spaced(text: str) -> str:
    """Return a text with the spaces that Kiwi would set; the text itself without Kiwi."""
    kiwi = _kiwi()
    if kiwi is None or not text.strip():
        return text
    with _kiwi_lock:
        return str(kiwi.space(text))


def tokens_batch(texts: Iterable[str]) -> Iterator[list[str]]:
    """Tokenise many texts for ingest; runs seen before cost a look-up."""
    return map(tokens, texts)


def _tokens(text: str, of_run: Callable[[str], tuple[str, ...]]) -> Iterator[str]:
    rest = 0
    for match in _ARTICLE.finditer(text):
        yield from _words(text[rest : match.start()], of_run)
        yield _article(match)
        rest = match.end()
    yield from _words(text[rest:], of_run)


def _words(text: str, of_run: Callable[[str], tuple[str, ...]]) -> Iterator[str]:
    for match in _WORD.finditer(text):
        kind = match.lastgroup
        if kind == "hangul":
            yield from of_run(match[0])
        elif kind == "latin":
            yield match[0]
        elif kind == "han":
            yield from _bigrams(match[0]) or (match[0],)
        else:
            number = match["number"].replace(",", "")
            yield number
            if match["unit"]:
                yield number + match["unit"]


def _bigrams(run: str) -> tuple[str, ...]:
    return tuple(run[i : i + 2] for i in range(len(run) - 1))


@lru_cache(maxsize=_CACHED_RUNS)
def _run_tokens(run: str) -> tuple[str, ...]:
    """Bigrams and morphemes of one Hangul run."""
    found = list(_bigrams(run))
    if _kiwi() is None:
        return _interned(found or [run])
    return _interned([*found, *_run_morphemes(run)])


@lru_cache(maxsize=_CACHED_QUERY_RUNS)
def _run_morphemes(run: str) -> tuple[str, ...]:
    """Morphemes of one Hangul run; the run itself without Kiwi."""
    kiwi = _kiwi()
    if kiwi is None:
        return (run,)
    pieces = (run[start : start + _LONGEST_RUN] for start in range(0, len(run), _LONGEST_RUN))
    return _interned([word for piece in pieces for word in _morphemes(kiwi, piece)])


def _interned(words: list[str]) -> tuple[str, ...]:
    """Keep one copy of each token: the same few ten thousand make up all remembered runs."""
    return tuple(map(sys.intern, words))


def _morphemes(kiwi: Any, run: str) -> Iterator[str]:  # noqa: ANN401 - kiwipiepy is imported lazily
    with _kiwi_lock:
        parts = kiwi.tokenize(run)
    for part in parts:
        tag = part.tag.split("-")[0]
        if tag in _CONTENT_TAGS and part.form not in _STOP_ADVERBS:
            yield part.form
        elif tag in _VERB_TAGS and part.form not in _STOP_STEMS:
            yield part.form + "다"


_kiwi_lock = threading.RLock()
_kiwi_state: dict[str, Any] = {}


def _kiwi() -> Any | None:  # noqa: ANN401 - kiwipiepy is imported lazily
    """Load Kiwi once per process; ``None`` where it cannot be loaded, and then only bigrams are used."""
    with _kiwi_lock:
        if "kiwi" not in _kiwi_state:
            _kiwi_state["kiwi"] = _load_kiwi()
        return _kiwi_state["kiwi"]


def _load_kiwi() -> Any | None:  # noqa: ANN401 - kiwipiepy is imported lazily
    try:
        from kiwipiepy import Kiwi  # noqa: PLC0415 - heavy

        # the multi-word and typo dictionaries double load time (4.3 to 1.9 s) and add 190 MB for proper names
        # that legal and office texts lack; allomorphs matter to spelling, not to search
        kiwi = Kiwi(num_workers=1, integrate_allomorph=False, load_multi_dict=False, load_typo_dict=False)
        kiwi.tokenize("가나다")
    except (ImportError, OSError, RuntimeError, ValueError):
        return None
    return kiwi


def fingerprint() -> str:
    """Say how tokens are made, to be stored with an index: ``kiwi+bigram/1`` or, without Kiwi, ``bigram/1``."""
    return f"{'kiwi+' if _kiwi() is not None else ''}bigram/{REVISION}"
