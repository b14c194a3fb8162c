"""What went before in a conversation: what a follow-up leans on, and the summary of it that a model is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assistant.answering.citations import without_marks
from assistant.answering.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.ports import TokenCounter

_GRADES: Final = "OSC"
_ANSWER_CHARS: Final = 400  # of a recent answer
_LEAD_CHARS: Final = 120  # of an older one


@dataclass(frozen=True, slots=True)
class Cited:
    """A source that an answer cited: its number there, and where it stands."""

    n: int
    title: str
    article: str = ""
    article_title: str = ""
    heading: str = ""

    @property
    def place(self) -> str:
        """The document and the place in it, as one would ask for it."""
        return " ".join(part for part in (self.title, self.article or self.heading) if part)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question of this conversation and what came of it, pseudonymised.

    ``query`` is what was searched for, with what the question itself had left out. ``cited`` stands in the order in
    which the answer names its sources; it is empty where nothing was answered. ``grade`` is the highest data grade that
    went into the answer.
    """

    question: str
    query: str
    answer: str
    grade: str = "O"
    cited: tuple[Cited, ...] = ()
    answered: bool = True


def fit_for(past: Sequence[Exchange], max_grade: str) -> list[Exchange]:
    """Return the answered exchanges that a model may be told of.

    An answer carries the grade of its sources with it: what a model may not receive as a source it may not receive as
    history either.
    """
    highest = _GRADES.index(max_grade)
    return [one for one in past if one.answered and _GRADES.index(one.grade) <= highest]


def summary(past: Sequence[Exchange], tokens: TokenCounter, budget: int) -> str:
    """Return a conversation as a model is told of it, oldest first, in at most ``budget`` tokens.

    The last two exchanges come with the beginning of their answers, earlier ones with their first sentence and sources,
    and what does not fit any more with the bare questions, newest first, as far as there is room.
    """
    lines: list[str] = []
    for age, one in enumerate(reversed(past)):
        forms = [_full(one), _short(one), _bare(one)][0 if age < 2 else 1 :]  # noqa: PLR2004 - the last two
        fitting = ((form, cost) for form in forms if (cost := tokens.count(form) + 1) <= budget)
        form, cost = next(fitting, ("", 0))
        if not form:
            break
        budget -= cost
        lines.append(form)
    return "\n".join(reversed(lines))


def _full(one: Exchange) -> str:
    answer = one.answer if len(one.answer) <= _ANSWER_CHARS else one.answer[:_ANSWER_CHARS].rstrip() + "…"
    return f"직원: {one.question}\n도우미: {answer}"


def _short(one: Exchange) -> str:
    plain = without_marks(one.answer)
    found = sentences(plain)
    lead = (found[0].text if found else plain)[:_LEAD_CHARS].strip()
    places = ", ".join(dict.fromkeys(cited.place for cited in one.cited[:3]))
    return f"직원: {one.question}\n도우미(요약): {lead}{f' ({places})' if places else ''}"


def _bare(one: Exchange) -> str:
    return f"직원(앞선 질문): {one.question}"
