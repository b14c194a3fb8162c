"""Citation marks in an answer: read the forms models use, keep the valid ones, quote what was meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.answering.sentences import sentences
from retrieval.korean import tokens

if TYPE_CHECKING:
    from collections.abc import Collection

    from assistant.answering.turn import Source

_FORMS = re.compile(
    r"[\[【(]\s*(?:출처|자료|근거|source)?\s*:?\s*(\d{1,2}(?:\s*[,·및]\s*\d{1,2})*)\s*[\]】)]", re.IGNORECASE
)
_PLAIN = re.compile(r"\[(\d{1,2})\]")
_WORDED_ROUND = re.compile(r"\(\s*(?:출처|자료|근거|source)", re.IGNORECASE)


def normalise_marks(text: str, valid: Collection[int]) -> str:
    """Write every citation mark as ``[n]``; numbers that name no source are dropped."""

    def rewrite(match: re.Match[str]) -> str:
        whole = match.group()
        if whole.startswith("(") and not _WORDED_ROUND.match(whole):
            return whole  # "(1)" numbers an item
        numbers = [int(number) for number in re.findall(r"\d+", match.group(1))]
        return "".join(f"[{number}]" for number in numbers if number in valid)

    return re.sub(r" +(?=\n|$)", "", _FORMS.sub(rewrite, text))


def marks(text: str) -> list[int]:
    """Return the source numbers cited in a text, in order, each once."""
    return list(dict.fromkeys(int(number) for number in _PLAIN.findall(text)))


def without_marks(text: str) -> str:
    """Return the text with its citation marks taken out."""
    return _PLAIN.sub("", text).strip()


def narrow(source: Source, claims: str) -> None:
    """Set the source's quote to the sentence of its text that shares most words with what cites it."""
    wanted = set(tokens(claims))
    found = sentences(source.body)
    if not wanted or not found:
        return
    best = max(found, key=lambda sentence: len(wanted & set(tokens(sentence.text))) / (len(wanted) + 4))
    quote_span(source, best.start, best.end)


def quote_span(source: Source, start: int, end: int) -> None:
    """Set the quote by offsets into the source's body."""
    source.quote = source.body[start:end]
    source.start = source.body_start + start
    source.end = source.body_start + end
