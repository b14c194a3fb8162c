"""Rewrite: make a follow-up stand alone, so that search knows what it is about; sum up what went before for a model.

Rules come first. Where they are certain ("그 조항 예외는?") and where a question stands on its own, no model is asked:
the usual path has no model call before the one that answers. A model is asked about an ellipsis only, and what the
rules made of it stands where the model fails, is not allowed to see the conversation, or makes something up.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from assistant.answering.followup import resolve
from assistant.answering.memory import fit_for, summary
from assistant.errors import Failure
from assistant.library.legal import korean_today
from guardrails.figures import figures
from retrieval.korean import article_references, morphemes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.answering.kit import Kit
    from assistant.answering.memory import Exchange
    from assistant.answering.turn import Turn
    from assistant.ports import ChatModel

_GRADES: Final = "OSC"
_KEPT_TURNS: Final = 3
_NEW_WORDS: Final = 3  # one word in so many may be new: "얼마인가요", "절차"
_KEPT_CHARS: Final = 400
_MOST_TOKENS: Final = 120
_SHARE: Final = 8  # one part in so many of the context window is for what went before
_MOST_BACKGROUND: Final = 1200  # tokens


async def rewrite(turn: Turn, kit: Kit) -> None:
    """Fill ``turn.search_query`` with a question that stands alone, and ``turn.background`` for the model."""
    resolved = resolve(turn.question, turn.past)
    turn.search_query = resolved.query
    model = kit.model
    if model is None or not turn.past:
        return
    known = fit_for(turn.past, model.max_grade)
    turn.background = summary(known, kit.tokens, min(model.context_tokens // _SHARE, _MOST_BACKGROUND))
    if resolved.certain or not known or known[-1] is not turn.past[-1] or not _may_see(turn, model):
        return
    text = await _ask(turn, kit, model, known)
    if text and _invents_nothing(text, turn, known):
        turn.search_query = turn.pseudonyms.hide(text)


def _may_see(turn: Turn, model: ChatModel) -> bool:
    return _GRADES.index(turn.grade) <= _GRADES.index(model.max_grade)


async def _ask(turn: Turn, kit: Kit, model: ChatModel, known: Sequence[Exchange]) -> str:
    """Return what the model makes of the question; nothing where it fails (the compose step will tell about that)."""
    history = [
        {"role": role, "text": text}
        for one in known[-_KEPT_TURNS:]
        for role, text in (("직원", one.question), ("도우미", _told(one)))
    ]
    messages = kit.prompts.get("rewrite").render(
        question=turn.question,
        history=history,
        nonce=secrets.token_hex(8),
        today=(turn.as_of or korean_today()).isoformat(),
    )
    try:
        text = "".join([piece async for piece in model.stream(messages, max_tokens=_MOST_TOKENS)]).strip()
    except Failure:
        return ""
    first = text.splitlines()[0].strip().strip("\"'“”‘’") if text else ""
    return first if len(first) <= kit.settings.question_max_chars else ""


def _told(one: Exchange) -> str:
    places = ", ".join(dict.fromkeys(cited.place for cited in one.cited[:3]))
    return f"{one.answer[:_KEPT_CHARS]}{f' (근거: {places})' if places else ''}"


def _invents_nothing(text: str, turn: Turn, known: Sequence[Exchange]) -> bool:
    """Whether a rewritten question says what was said before: search would go astray on anything else.

    Every article and figure must have been said, and most words.
    """
    said = "\n".join([turn.question, *(f"{one.question}\n{_told(one)}" for one in known[-_KEPT_TURNS:])])
    new = set(morphemes(text)) - set(morphemes(said))
    return (
        set(article_references(text)) <= set(article_references(said))
        and {figure.key for figure in figures(text)} <= {figure.key for figure in figures(said)}
        and len(new) <= max(1, len(set(morphemes(text))) // _NEW_WORDS)
    )
