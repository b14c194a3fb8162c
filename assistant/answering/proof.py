"""Each sentence a model writes is proven against the sources before anyone sees it.

What stands is cited: where it stands in another source than the one it names, that one is cited instead. What does not
is marked, and what nothing can be made of - another language, garbage, the prompt repeated, the same sentence again,
matters that no source speaks of - is dropped. So no figure is shown unmarked that no cited source holds.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Final

from assistant.answering.citations import marks, normalise_marks, without_marks
from guardrails.grounding import NO_SOURCE_TEXT, POLARITY, QUOTE, SENTENCE, Evidence, foreign

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assistant.answering.turn import Source

UNSUPPORTED_NOTE: Final = " (근거 확인 필요)"
MOST_DROPPED: Final = 8  # sentences in a row of which nothing is kept; the model has lost its way
MOST_CHARS: Final = 12_000  # of one answer; no prompt of ours asks for a tenth of it

_NOWHERE: Final = 0.25  # share of a sentence's words found in the sources below which it is about something else
_LONGEST: Final = 600  # characters of a sentence that is worth a mark; what runs on beyond that is no sentence
_ELSEWHERE: Final = 0.7  # share that a source must hold of them to be cited for what another one was named for
_HIDDEN: Final = {"Cc", "Cf", "Co", "Cs", "Cn"}
_BROKEN: Final = "\ufffd"
_QUOTATION: Final = re.compile(r"[“\"]([^“”\"\n]{2,600})[”\"]")
_QUOTATION_OR_TITLE: Final = re.compile(_QUOTATION.pattern + r"|[「『][^「」『』\n]{2,80}[」』]")
_PROMPT: Final = re.compile(r"</?(?:출처|질문|대화요약|마지막질문|think)\b|<\|[^|]{1,40}\|>|번호=\"\d+\"")
_CIRCLED: Final = re.compile("[①-⑳]")
_HEADING: Final = re.compile(r"#{1,6} .*|\*\*[^*]+\*\*:?|.{1,40}:")
_LOOSE_STOP: Final = re.compile(r"\s+([.!?。])$")
_SPACES: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence as it is shown.

    ``text`` has its citation marks, its note and the white space after it; ``body`` is what it claims. ``rule`` names
    what it breaks, empty when it stands. A sentence that claims nothing has neither rule nor citation.
    """

    text: str
    body: str
    cited: tuple[int, ...] = ()
    rule: str = ""


class Prover:
    """Proves the sentences of one answer, one after the other.

    Args:
        sources: what the answer may cite.
        known: texts whose words may be quoted although no source holds them: the question.
        secrets: what must not be repeated: the fence of the prompt.
    """

    def __init__(self, sources: Sequence[Source], *, known: Iterable[str] = (), secrets: Iterable[str] = ()) -> None:
        self._parts = {source.n: reading(source) for source in sources}
        self._unions: dict[tuple[int, ...], Evidence] = {}
        self._known = " ".join(known)
        self._secrets = tuple(secrets)
        self._seen: set[str] = set()
        self._break = ""
        self._dropped_in_a_row = 0
        self.dropped = 0

    @property
    def lost(self) -> bool:
        """Whether the model has said nothing of use for so long that it may be stopped."""
        return self._dropped_in_a_row >= MOST_DROPPED

    def prove(self, piece: str) -> Statement | None:
        """Return a sentence as it may be shown, ``None`` when it is dropped."""
        statement = self._prove(piece)
        if statement is None:
            self.dropped += 1
            self._dropped_in_a_row += 1
            self._break = "\n" if "\n" in piece.strip(" ") else self._break
            return None
        if statement.body:
            self._dropped_in_a_row = 0
        lead, self._break = self._break, ""  # the line that a dropped sentence ended ends here
        return replace(statement, text=lead + statement.text) if lead else statement

    def _prove(self, piece: str) -> Statement | None:
        piece = visible(piece)
        piece = normalise_marks(piece.rstrip(), self._parts.keys()).rstrip() + piece[len(piece.rstrip()) :]
        body = _LOOSE_STOP.sub(r"\1", without_marks(piece.strip()))
        if not any(character.isalnum() for character in body):
            return None if _BROKEN in piece else Statement(_tidy(piece, body, ()), "")
        if self._useless(body):
            return None
        rule, cited, body = self._judge(body, tuple(number for number in marks(piece) if number in self._parts))
        if rule and (len(body) > _LONGEST or self._elsewhere(body)):
            return None
        self._seen.add(_SPACES.sub("", body))
        if not rule and _HEADING.fullmatch(body) and not any(character.isdigit() for character in body):
            cited = ()
        return Statement(_tidy(piece, body, cited, UNSUPPORTED_NOTE if rule else ""), body, cited, rule)

    def _useless(self, body: str) -> bool:
        """Whether a sentence is no Korean, no text, the prompt, or what was said before."""
        if foreign(body) or _BROKEN in body or _PROMPT.search(body) or any(secret in body for secret in self._secrets):
            return True
        return len(body) > 1 and _SPACES.sub("", body) in self._seen

    def _judge(self, body: str, cited: tuple[int, ...]) -> tuple[str, tuple[int, ...], str]:
        """Return the rule a sentence breaks (empty when it stands), the sources to cite, and its words."""
        if self._says_nothing(body):
            return "", (), body
        rule, found = self._carried(body, cited)
        if rule == QUOTE:
            rule, found = self._carried(self._own_words(body), cited)
        if rule == QUOTE:
            body = _without_false_quotations(body, self._union(tuple(self._parts)), self._known)
        return rule, found, body

    def _carried(self, body: str, cited: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
        """Return the rule that is broken and what to cite.

        Tried are the sources it cites, each source alone, then two together; the first that carries it whole is cited.
        """
        plain = _plain(body)
        denied = max((self._parts[n].coverage(plain) for n in self._parts if self._denies(n, plain)), default=0.0)
        for group in self._groups(cited):
            support = self._union(group).check(plain)
            enough = denied if set(group) <= set(cited) else max(denied, _ELSEWHERE)
            if support.ok and self._union(group).coverage(plain) >= enough:
                helpful = tuple(n for n in cited if n not in group and self._parts[n].check(plain).ok)
                return "", group + helpful
        first = self._union(cited or tuple(self._parts)).check(plain)
        return first.rule or (POLARITY if denied else SENTENCE), cited

    def _denies(self, number: int, plain: str) -> bool:
        """Whether a source says the opposite: one that says less of the matter does not make it right."""
        return self._parts[number].check(plain).rule == POLARITY

    def _groups(self, cited: tuple[int, ...]) -> Iterable[tuple[int, ...]]:
        """Yield what to try, the most likely first; each group once."""
        others = [number for number in self._parts if number not in cited]
        yield from ((number,) for number in cited)
        if len(cited) > 1:
            yield cited
        yield from ((number,) for number in others)
        yield from ((one, other) for one in cited for other in others) if cited else combinations(others, 2)

    def _union(self, numbers: tuple[int, ...]) -> Evidence:
        if numbers not in self._unions:
            self._unions[numbers] = Evidence.union([self._parts[number] for number in numbers])
        return self._unions[numbers]

    def _says_nothing(self, body: str) -> bool:
        """Whether a sentence claims nothing that a source would have to hold: "다음과 같습니다."."""
        return Evidence(()).check(_plain(body)).ok

    def _elsewhere(self, body: str) -> bool:
        """Whether a sentence that does not stand is not even about what the sources speak of."""
        return self._union(tuple(self._parts)).coverage(_plain(body)) < _NOWHERE

    def _own_words(self, body: str) -> str:
        """Return the sentence without the quotation marks around what the asker wrote."""
        return _QUOTATION_OR_TITLE.sub(lambda m: m[0][1:-1] if m[0][1:-1] in self._known else m[0], body)


def reading(source: Source) -> Evidence:
    """Read a source once: its title, its place and its day are part of what it says."""
    place = f"{source.title} {source.locator.get('article') or ''} {source.locator.get('article_title') or ''}"
    page = source.locator.get("page")
    since = source.effective_on
    day = f"{since.isoformat()} 시행" if since else ""
    return Evidence([f"{place} {f'{page}쪽' if page else ''} {day}\n{source.body}"])


def visible(text: str) -> str:
    """Return a model's text composed (NFC) and without characters that nobody sees."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(c for c in composed if c in "\n\t" or unicodedata.category(c) not in _HIDDEN)


def supported(statements: Sequence[Statement]) -> bool:
    """Whether anything of an answer stands on a source."""
    return any(one.cited and not one.rule for one in statements)


def admits_nothing_found(statements: Sequence[Statement]) -> bool:
    """Whether an answer says that no ground was found."""
    return any(NO_SOURCE_TEXT in one.body for one in statements)


def _plain(body: str) -> str:
    """Return a sentence with disguised digits as digits: ⁴⁵일, and ② as the paragraph that it names."""
    named = _CIRCLED.sub(lambda m: f" 제{int(unicodedata.numeric(m[0]))}항 ", body)
    return "".join(unicodedata.normalize("NFKC", c) if unicodedata.category(c) in {"No", "Nl"} else c for c in named)


def _without_false_quotations(body: str, evidence: Evidence, known: str) -> str:
    """Take the quotation marks off what stands in no source and was not asked either."""
    return _QUOTATION.sub(lambda m: m[0] if evidence.quotes(m[1]) or m[1] in known else m[1], body)


def _tidy(piece: str, body: str, cited: Sequence[int], note: str = "") -> str:
    """Put the citation marks (and the note on a missing ground) at the end of a sentence, its white space kept."""
    lead = piece[: len(piece) - len(piece.lstrip())]
    tail = piece[len(piece.rstrip()) :]
    numbers = "".join(f"[{number}]" for number in cited)
    return f"{lead}{body}{' ' + numbers if numbers else ''}{note}{tail}"
