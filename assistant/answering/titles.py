"""Names of conversations, made from the first question by rules."""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 40  # characters; what a line of the list of conversations holds

_GREETING: Final = re.compile(
    r"^(?:(?:안녕\s?하(?:세요|십니까)|수고\s?(?:하십니다|많으십니다|가 많으십니다|하세요)"
    r"|반갑습니다|저기요|여보세요)[\s,.!~]*)+"
)
_OPENING: Final = re.compile(
    r"^(?:(?:혹시|다름이 아니라|다름 아니라|그런데|그럼|저는|제가)[\s,]+"
    r"|[^.?!,\n]{0,8}(?:질문|문의|여쭤볼 것|궁금한 (?:점|것|게))(?:이|을|를)?\s?"
    r"(?:있(?:습니다|어요|는데요?)|드립니다|드려요|드릴게요|합니다)[\s,.!]*)+"
)
_POLITE: Final = re.compile(
    r"\s*(?:(?:을|를|에 대해(?:서)?|에 관해(?:서)?|좀)?\s*(?:자세히|간단히|쉽게)?\s*"
    r"(?:(?:알려|설명해|찾아|가르쳐|말해)\s?(?:주세요|주십시오|줘요?|주실 수 있나요|주시겠어요)"
    r"|부탁\s?(?:드립니다|드려요)|궁금(?:합니다|해요)|알고 싶(?:습니다|어요)))[\s.?!~]*$"
)
_SENTENCE: Final = re.compile(r"(?<=[.?!])\s+|\n+")


def title_of(question: str) -> str:
    """Return a name for the conversation that a question opens: what is asked, without greeting and courtesies.

    Args:
        question: the first question, pseudonymised.
    """
    text = _opened(" ".join(_asked(question).split()))
    short = _POLITE.sub("", text).strip(" ,.?!~")
    short = short if len(short) >= 2 else text.strip(" ,.?!~")  # noqa: PLR2004 - courtesies were all there was
    return _cut(short or " ".join(question.split()))


def _asked(question: str) -> str:
    """Return the sentence that asks: the first question in the text, else its first sentence that says anything."""
    parts = [part.strip() for part in _SENTENCE.split(question) if part.strip()]
    told = [part for part in parts if len(_opened(part)) > 1]
    asking = next((part for part in told if part.endswith("?")), "")
    return asking or (told or parts or [""])[0]


def _opened(text: str) -> str:
    """Take away what a question is led in with."""
    return _OPENING.sub("", _GREETING.sub("", text))


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    head = text[:LONGEST]
    at = head.rfind(" ")
    return (head[:at] if at >= LONGEST // 2 else head).rstrip(" ,.") + "…"
