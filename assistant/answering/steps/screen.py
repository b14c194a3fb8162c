"""Screen: normalise the question, hide personal data, ask the input guards, set the grade."""

from __future__ import annotations

import asyncio
import unicodedata
from typing import TYPE_CHECKING

from assistant.answering.turn import Status
from guardrails.types import Action, Stage

if TYPE_CHECKING:
    from assistant.answering.kit import Kit
    from assistant.answering.turn import Turn

_INVISIBLE = {"Cf", "Cc", "Co", "Cs"}
_FEWEST_LETTERS = 2


async def screen(turn: Turn, kit: Kit) -> None:
    """Fill ``turn.question`` with what may be stored and sent; block or ask back where policy says so."""
    report = await asyncio.to_thread(kit.guards.inspect, turn.typed, Stage.INPUT)
    turn.findings.extend(report.findings)
    visible = tidy(turn.typed)
    entities = await asyncio.to_thread(kit.pii.find, visible)
    turn.question = await asyncio.to_thread(turn.pseudonyms.hide, visible)
    turn.policy = f"{kit.guards.policy.version}:{kit.guards.policy.hash[:12]}"
    if entities:
        turn.notice("pii_hidden", f"개인정보로 보이는 표현 {len(entities)}건을 가리고 처리합니다.")
    blocking = report.strictest(Action.BLOCK)
    if blocking is not None:
        rule = kit.guards.policy.rule(blocking.rule)
        turn.end(Status.BLOCKED_INPUT, " ".join(part for part in (rule.reason, rule.remedy) if part))
        return
    if sum(character.isalnum() for character in turn.question) < _FEWEST_LETTERS:
        turn.end(Status.CLARIFY_QUESTION)


def tidy(text: str) -> str:
    """Return the text composed (NFC), without invisible characters, with plain line ends."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(c for c in composed if c in "\n\t" or unicodedata.category(c) not in _INVISIBLE).strip()
