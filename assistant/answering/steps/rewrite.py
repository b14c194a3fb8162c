"""Rewrite: make an elliptical follow-up stand alone, so that search knows what it is about."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from assistant.errors import Failure
from assistant.library.legal import korean_today

if TYPE_CHECKING:
    from assistant.answering.kit import Kit
    from assistant.answering.turn import Turn

# Words that point back at what was said. Without one of them, and long enough, a question stands on its own.
_POINTS_BACK = re.compile(
    r"^(?:그럼|그러면|그렇다면|그런데|그리고|그건|그게|거기|또|또는|아니면|만약)\b|"
    r"(?:^|\s)(?:그|이|저|위|해당|앞의|방금|같은)\s?(?:조항|조문|법|규정|조례|경우|기간|사람|내용|문서|자료|제도|것|때|건|거)|"
    r"(?:그것|이것|거기서|여기서|그때|이때|위에서|앞에서)|(?:은요|는요|도요|이면요|라면요)\s*\??$"
)
_SHORT = 14  # characters; a shorter follow-up is taken as elliptical
_KEPT_TURNS = 3
_KEPT_CHARS = 400


async def rewrite(turn: Turn, kit: Kit) -> None:
    """Fill ``turn.search_query``: the question itself, or for a follow-up one that carries its subject along."""
    turn.search_query = turn.question
    if not turn.history or not _is_follow_up(turn.question):
        return
    previous = turn.history[-1][0]
    turn.search_query = f"{previous} {turn.question}"
    model = kit.model
    if model is None:
        return
    prompt = kit.prompts.get("rewrite")
    history = [
        {"role": role, "text": text[:_KEPT_CHARS]}
        for question, answer in turn.history[-_KEPT_TURNS:]
        for role, text in (("직원", question), ("도우미", answer))
    ]
    messages = prompt.render(
        question=turn.question,
        history=history,
        nonce=secrets.token_hex(8),
        today=(turn.as_of or korean_today()).isoformat(),
    )
    try:
        text = "".join([piece async for piece in model.stream(messages, max_tokens=120)]).strip()
    except Failure:
        return  # the joined questions serve; the compose step will tell about the model
    first = text.splitlines()[0].strip() if text else ""
    if first and len(first) <= kit.settings.question_max_chars:
        turn.search_query = turn.pseudonyms.hide(first)


def _is_follow_up(question: str) -> bool:
    return len(question) < _SHORT or bool(_POINTS_BACK.search(question))
