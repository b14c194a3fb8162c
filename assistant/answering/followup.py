"""Follow-ups made to stand alone, by rules: what a question leaves out is taken from what went before.

"그 조항 예외는?" points at the article that the last answer cited, "시행령 5조는?" at its law, "위의 2번" at its second
source; "그럼 과태료는요?" leaves out what it is about. A question that has a subject of its own carries nothing over.
Everything here is pseudonymised text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from assistant.answering.citations import marks
from assistant.answering.topic import bare_noun, is_law, only_asks, own_words, topic_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.answering.memory import Cited, Exchange


class Kind(StrEnum):
    """How a question hangs together with what went before."""

    ALONE = "alone"  # it stands on its own
    CHANGED = "changed"  # it says itself that it is about something else
    PLACE = "place"  # it points at a passage that was cited
    LAW = "law"  # it points at the law or document that was cited
    ELLIPSIS = "ellipsis"  # it leaves out what it is about


@dataclass(frozen=True, slots=True)
class Resolved:
    """What is to be searched for, and why.

    ``carried`` names what was taken over. ``certain`` says that nothing is left to guess, so no model need be asked.
    """

    query: str
    kind: Kind = Kind.ALONE
    carried: str = ""
    certain: bool = True


_THIS: Final = r"(?:그|이|저|위의?|앞의|방금|해당|같은|동|말씀하신|말한|인용한|답변의)"
_END: Final = r"(?=$|[\s,.?!은는이가을를의에도와과만]|로\s|까지|부터)"
_LEAD: Final = re.compile(
    r"^(?:(?:그럼|그러면|그렇다면|그런데|근데|그리고|또|또한|추가로|혹시|참고로|아니면|음|네|예|아)[\s,.]+)+"
)
_FOLLOWS: Final = re.compile(r"^(?:그럼|그러면|그렇다면|아니면|만약)(?=[\s,])")
_CHANGED: Final = re.compile(
    r"^[^.?!,\n]{0,12}?(?:(?:다른|새로운|별개의?|딴)\s?(?:질문|문의|건|주제|얘기|이야기)"
    r"|(?:주제|화제|얘기)를?\s?(?:바꿔|돌려)|그건 그렇고|이번에는|이번엔)[^.?!,\n]{0,16}?"
    r"(?:[.,!]\s*|(?:인데요?|입니다만?|있습니다|있어요|할게요|드립니다|서)[.,]?\s+|\s+)"
)
_ARTICLE: Final = re.compile(r"제?\s?(\d{1,4})\s?조(?:\s?의\s?(\d{1,3})(?!\d))?(?!\s?(?:원|달러|각))")
_PARAGRAPH: Final = re.compile(r"제?\s?(\d{1,2})\s?항(?![가-힣]*목)")
_ITEM: Final = re.compile(r"제?\s?(\d{1,2})\s?호(?!선|실|차)")
_PLACE: Final = re.compile(
    rf"{_THIS}\s?(?:조항|조문|조(?!례|사|건|치|직|합|정|세)|항(?!목|공|만)|규정(?!집)|단서|근거(?:\s?(?:조항|조문|규정))?){_END}"
    rf"|(?:거기|여기|그곳)(?:에서|에는|에|서)?{_END}"
)
_NUMBERED: Final = re.compile(
    r"(?:위의?|앞의|방금|그|답변의)?\s?(?:"
    r"\[(?P<mark>\d{1,2})\]|(?P<n>\d{1,2})\s?번\s?(?P<what>근거|출처|조항|조문|문서|자료|항목|것|내용)?"
    r"|(?:(?P<word>첫|두|세|네|다섯)\s?번째|(?P<last>마지막))\s?(?:근거|출처|조항|조문|문서|자료|항목|것|내용)?)"
    r"(?=$|[\s,.?!은는이가을를의에도와과만])"
)
_WORDED: Final = {"첫": 1, "두": 2, "세": 3, "네": 4, "다섯": 5}
_NEWEST: Final = -1
_LAW: Final = re.compile(
    rf"{_THIS}\s?(?:법률?|법령|조례|규칙|지침|문서|자료|매뉴얼|편람|고시|훈령|예규|영)(?![원인무규적제학]){_END}"
)
_RANK: Final = re.compile(
    rf"(?:{_THIS}\s?(?:법률?|영)?의?\s?|^)(?P<rank>시행\s?령|시행\s?규칙){_END}|(?:같은|동)\s?(?P<short>영|규칙){_END}"
)
_BACK: Final = re.compile(
    rf"{_THIS}\s?(?:경우|기간|기한|사람|내용|제도|것|때|건|거|금액|절차|서류|대상|사항|방법|점|상황)"
    r"|(?:그것|그건|그게|이것|이건|이게|그때|이때|위에서|앞에서|거기)"
)
_FRAGMENT: Final = re.compile(r"(?:은|는|도|이면|라면|으면|면|만)\s?요?\s?\??$|이요\s?\?*$")
_SUFFIX: Final = re.compile(r"\s(?:시행령|시행규칙)$")
_MOST_WORDS: Final = 8  # of an earlier topic; more of it would outweigh what is asked now


def resolve(question: str, past: Sequence[Exchange]) -> Resolved:
    """Return what a question means after what went before it.

    Args:
        question: the question, pseudonymised.
        past: exchanges of this conversation, oldest first; those that cite what may not be read are not among them.
    """
    text = " ".join(question.split())
    if not past:
        return Resolved(question)
    changed = _CHANGED.match(text)
    if changed and len(text) - changed.end() >= 4:  # noqa: PLR2004 - something must be asked
        return Resolved(text[changed.end() :].strip(), Kind.CHANGED)
    body = _LEAD.sub("", text).strip() or text
    last = past[-1]
    if is_law(body):  # it names its law itself
        return Resolved(question)
    return (
        _numbered(body, last)
        or _rank(body, last)
        or _place(body, last)
        or _law(body, last)
        or _left_out(question, text, body, last)
    )


def _numbered(body: str, last: Exchange) -> Resolved | None:
    found = _NUMBERED.search(body)
    if found is None or not last.cited:
        return None
    if (
        found["n"]
        and not found["what"]
        and not body.startswith(found[0])
        and not found[0].startswith(("위", "앞", "방금"))
    ):
        return None  # "하루 2번 …" counts
    number = _NEWEST if found["last"] else int(found["mark"] or found["n"] or _WORDED[found["word"]])
    cited = _cited(last, number, as_source=bool(found["mark"]))
    return _at(body, found, cited) if cited else None


def _cited(last: Exchange, number: int, *, as_source: bool) -> Cited | None:
    """Return the source a number means: that of the list item with this number, the source itself, or by order."""
    if number == _NEWEST:
        return last.cited[-1]
    if not as_source:
        item = re.search(rf"^\s*{number}[.)]\s.*$", last.answer, re.MULTILINE)
        named = marks(item[0]) if item else []
        if named:
            number = named[0]
    by_number = {cited.n: cited for cited in last.cited}
    if number in by_number:
        return by_number[number]
    return last.cited[number - 1] if 0 < number <= len(last.cited) else None


def _rank(body: str, last: Exchange) -> Resolved | None:
    """The decree or rule of the law that was spoken of."""
    found = _RANK.search(body)
    cited = _law_cited(last)
    if found is None or cited is None:
        return None
    rank = (found["rank"] or {"영": "시행령", "규칙": "시행규칙"}[found["short"]]).replace(" ", "")
    title = f"{_SUFFIX.sub('', cited.title)} {rank}"
    rest = _without(body, found)
    topic = "" if _ARTICLE.search(rest) or own_words(rest) else " ".join(_topic(last))
    return Resolved(_joined(title, topic, rest), Kind.LAW, title)


def _place(body: str, last: Exchange) -> Resolved | None:
    """The article that was cited: "그 조항", "거기 2항", "2항은?"."""
    found = _PLACE.search(body)
    bare = None if found or _ARTICLE.search(body) else _PARAGRAPH.match(body) or _ITEM.match(body)
    if not last.cited or (found is None and bare is None):
        return None
    return _at(body, found, last.cited[0])


def _at(body: str, found: re.Match[str] | None, cited: Cited) -> Resolved:
    """Ask ``body`` of a cited passage, what pointed at it taken out."""
    rest = _without(body, found) if found else body
    paragraph, item = _PARAGRAPH.search(rest), _ITEM.search(rest)
    place = cited.place
    for part, name in ((paragraph, "항"), (item, "호")):
        if part is not None:
            place += f" 제{int(part[1])}{name}"
            rest = rest.replace(part[0], " ", 1)
    return Resolved(_joined(place, cited.article_title, _tidy(rest)), Kind.PLACE, cited.place)


def _law(body: str, last: Exchange) -> Resolved | None:
    """The law or document that was cited: "그 법 20조", or an article without a law."""
    found = _LAW.search(body)
    cited = last.cited[0] if last.cited else None
    if cited is None:
        return None
    if found is None and _ARTICLE.search(body) and is_law(cited.title):
        return Resolved(_joined(cited.title, "", body), Kind.LAW, cited.title)
    if found is None:
        return None
    rest = _without(body, found)
    topic = "" if _ARTICLE.search(rest) or len(own_words(rest)) > 1 else " ".join(_topic(last, rest))
    return Resolved(_joined(cited.title, topic, rest), Kind.LAW, cited.title)


def _left_out(question: str, text: str, body: str, last: Exchange) -> Resolved:
    """Tell an ellipsis from a question of its own; an ellipsis takes over law and topic."""
    own = own_words(body)
    back = _BACK.search(body) is not None
    fragment = bool(_FRAGMENT.search(body)) and only_asks(body)
    if len(own) >= 3 and not back:  # noqa: PLR2004 - three words of its own are a subject
        return Resolved(question)
    follows = bool(_FOLLOWS.match(text))
    whole = sum(len(word) for word in own) >= 4 and not fragment  # noqa: PLR2004 - "전입신고는 어떻게 하나요?"
    if not (back or fragment or follows or not own) and (len(own) > 1 or whole):
        return Resolved(question)
    if fragment and len(own) > 1 and not follows and not back:
        return Resolved(question)
    topic = _topic(last, body)
    cited = _law_cited(last)
    known = " ".join(topic)
    law = cited.title if cited is not None and cited.title.replace(" ", "") not in known.replace(" ", "") else ""
    rest = _BACK.sub(" ", body) if back else body
    carried = _joined(law, known, "")
    return Resolved(_joined(law, known, rest), Kind.ELLIPSIS, carried, certain=False)


def _topic(last: Exchange, body: str = "") -> list[str]:
    """Return what the last exchange was about; what it asked of that gives way to what is asked now."""
    words = topic_of(last.query or last.question, replaced=bool(body) and bare_noun(body))
    title = last.cited[0].title.split() if last.cited else []
    if title and last.query.startswith(last.cited[0].title):
        words = words[len(topic_of(" ".join(title))) :]  # the law is put in front again by whoever asks
    return list(dict.fromkeys(words))[-_MOST_WORDS:]


def _law_cited(last: Exchange) -> Cited | None:
    """Return the law that the last answer rests on; ``None`` where its first source is none."""
    return last.cited[0] if last.cited and is_law(last.cited[0].title) else None


def _without(body: str, found: re.Match[str]) -> str:
    return _tidy(f"{body[: found.start()]} {body[found.end() :]}")


def _tidy(rest: str) -> str:
    """Take away particles that have lost their word."""
    return re.sub(r"(?:^|\s)(?:은|는|이|가|을|를|의|에|에서|에는|도|와|과|만|로)(?=\s|$)", " ", rest).strip()


def _joined(*parts: str) -> str:
    return " ".join(" ".join(part for part in parts if part).split())
